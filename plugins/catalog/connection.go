package catalog

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"io/fs"

	"google.golang.org/grpc"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// maxPut bounds a file that a module writes by content.
const maxPut = 64 << 20

// connection is the Connection service for one process: it passes operations on to the Conn of their grant.
type connection struct {
	pb.UnimplementedConnectionServer
	grants *grants
	shells *shellBook
	epoch  int // which process of the plugin this is
}

// under runs an operation, or a stream of them, under its grant.
func (c *connection) under(rpc context.Context, g *pb.Grant, op *pb.Op, do func(context.Context, *grant) error) error {
	n, err := c.grants.enter(g, op)
	if err != nil {
		return err
	}
	defer n.running.Done()
	ctx, done := n.join(rpc)
	defer done()
	return do(ctx, n)
}

// within is under for one operation on the Conn.
func (c *connection) within(rpc context.Context, g *pb.Grant, op *pb.Op, do func(context.Context, sdk.Conn) error) *pb.Error {
	return wire.EncodeError(c.under(rpc, g, op, func(ctx context.Context, n *grant) error { return do(ctx, n.conn) }))
}

// Run executes a command.
func (c *connection) Run(rpc context.Context, m *pb.RunRequest) (*pb.RunResponse, error) {
	out := &pb.RunResponse{}
	out.Error = c.within(rpc, m.GetGrant(), m.GetOp(), func(ctx context.Context, conn sdk.Conn) error {
		r, err := conn.Run(ctx, sdk.Command{Argv: m.GetArgv(), Effect: wire.DecodeEffect(m.GetOp()), Stdin: m.GetStdin()})
		if err != nil {
			return err
		}
		out.Status, out.Stdout, out.Stderr = int32(r.Status), r.Stdout, r.Stderr
		return nil
	})
	return out, nil
}

// Put collects a file's content and writes it.
func (c *connection) Put(st grpc.ClientStreamingServer[pb.PutRequest, pb.PutResponse]) error {
	first, err := st.Recv()
	if err != nil {
		return err
	}
	open := first.GetOpen()
	fail := c.within(st.Context(), open.GetGrant(), open.GetOp(), func(ctx context.Context, conn sdk.Conn) error {
		file := sdk.Put{Path: open.GetPath(), Mode: fs.FileMode(open.GetMode()).Perm(), MakeDirs: open.GetMakeDirs()}
		if open.GetSecret() != "" {
			file.Secret = &sdk.Handle{ID: open.GetSecret()}
		}
		if file.Content, err = collect(ctx, st, open); err != nil {
			return fmt.Errorf("put %s: %w; nothing was written", file.Path, err)
		}
		return conn.Put(ctx, file)
	})
	return st.SendAndClose(&pb.PutResponse{Error: fail})
}

func collect(ctx context.Context, st grpc.ClientStreamingServer[pb.PutRequest, pb.PutResponse], open *pb.PutRequest_Open) ([]byte, error) {
	size := open.GetSize()
	if size < 0 || size > maxPut {
		return nil, fmt.Errorf("%d bytes are more than the limit of %d MiB", size, maxPut>>20)
	}
	var content []byte
	for {
		m, err := st.Recv()
		switch {
		case err == io.EOF && int64(len(content)) == size:
			return content, nil
		case err == io.EOF:
			return nil, fmt.Errorf("%d of %d bytes arrived", len(content), size)
		case err != nil && ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, err
		}
		content = append(content, m.GetChunk()...)
		if int64(len(content)) > size {
			return nil, fmt.Errorf("more than the %d bytes that were announced arrived", size)
		}
	}
}

// Get reads a file.
func (c *connection) Get(rpc context.Context, m *pb.GetRequest) (*pb.GetResponse, error) {
	out := &pb.GetResponse{}
	out.Error = c.within(rpc, m.GetGrant(), m.GetOp(), func(ctx context.Context, conn sdk.Conn) (err error) {
		out.Content, err = conn.Get(ctx, m.GetPath())
		return err
	})
	return out, nil
}

// GetSecret reads a file into the engine.
func (c *connection) GetSecret(rpc context.Context, m *pb.GetSecretRequest) (*pb.GetSecretResponse, error) {
	out := &pb.GetSecretResponse{}
	out.Error = c.within(rpc, m.GetGrant(), m.GetOp(), func(ctx context.Context, conn sdk.Conn) error {
		h, err := conn.GetSecret(ctx, m.GetPath())
		if err != nil {
			return err
		}
		out.Handle = wire.EncodeHandle(h)
		return nil
	})
	return out, nil
}

// Stat tells about a file.
func (c *connection) Stat(rpc context.Context, m *pb.StatRequest) (*pb.StatResponse, error) {
	out := &pb.StatResponse{}
	fail := c.within(rpc, m.GetGrant(), m.GetOp(), func(ctx context.Context, conn sdk.Conn) error {
		info, err := conn.Stat(ctx, m.GetPath())
		if err != nil {
			return err
		}
		out = wire.EncodeFileInfo(info)
		return nil
	})
	out.Error = fail
	return out, nil
}

// Remove deletes a file.
func (c *connection) Remove(rpc context.Context, m *pb.RemoveRequest) (*pb.RemoveResponse, error) {
	fail := c.within(rpc, m.GetGrant(), m.GetOp(), func(ctx context.Context, conn sdk.Conn) error {
		return conn.Remove(ctx, m.GetPath())
	})
	return &pb.RemoveResponse{Error: fail}, nil
}

// PublicKey gives the public half of a key behind a handle.
func (c *connection) PublicKey(rpc context.Context, m *pb.PublicKeyRequest) (*pb.PublicKeyResponse, error) {
	out := &pb.PublicKeyResponse{}
	out.Error = c.within(rpc, m.GetGrant(), m.GetOp(), func(ctx context.Context, conn sdk.Conn) error {
		signer, err := conn.Signer(ctx, sdk.Handle{ID: m.GetSecret()})
		if err != nil {
			return err
		}
		out.Pkix, err = x509.MarshalPKIXPublicKey(signer.Public())
		return err
	})
	return out, nil
}

// Sign signs with a key behind a handle.
func (c *connection) Sign(rpc context.Context, m *pb.SignRequest) (*pb.SignResponse, error) {
	out := &pb.SignResponse{}
	out.Error = c.within(rpc, m.GetGrant(), m.GetOp(), func(ctx context.Context, conn sdk.Conn) error {
		opts, err := wire.DecodeSignerOpts(m)
		if err != nil {
			return err
		}
		signer, err := conn.Signer(ctx, sdk.Handle{ID: m.GetSecret()})
		if err != nil {
			return err
		}
		out.Signature, err = signer.Sign(rand.Reader, m.GetDigest(), opts)
		return err
	})
	return out, nil
}
