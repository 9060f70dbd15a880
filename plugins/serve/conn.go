package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// conn is the sdk.Conn of one call: every method is one request to the engine under the call's grant.
type conn struct {
	engine   pb.ConnectionClient
	grant    *pb.Grant
	life     context.Context // ends with the call, and what it left open with it
	memories *memories
	ops      atomic.Uint64
	effects  atomic.Bool // an operation that may change the host was sent
}

func (c *conn) op(e sdk.Effect) *pb.Op {
	if e != sdk.Read {
		c.effects.Store(true)
	}
	return &pb.Op{Id: c.ops.Add(1), Effect: wire.EncodeEffect(e)}
}

// over is the error of a stream that is opened when the call has ended. The engine would refuse it too.
func (c *conn) over() error {
	if c.life.Err() == nil {
		return nil
	}
	return fmt.Errorf("%w: the call that this connection was made for has ended", wire.ErrRefusedGrant)
}

// Run executes a command on the host.
func (c *conn) Run(ctx context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
	r, err := c.engine.Run(ctx, &pb.RunRequest{Grant: c.grant, Op: c.op(cmd.Effect), Argv: cmd.Argv, Stdin: cmd.Stdin})
	if err := either(ctx, err, r.GetError()); err != nil {
		return nil, err
	}
	return &sdk.CommandResult{Status: int(r.Status), Stdout: r.Stdout, Stderr: r.Stderr}, nil
}

// Put writes a file, its content in chunks.
func (c *conn) Put(ctx context.Context, file sdk.Put) error {
	open := &pb.PutRequest_Open{
		Grant: c.grant, Op: c.op(sdk.Idempotent), Path: file.Path, Mode: uint32(file.Mode.Perm()), MakeDirs: file.MakeDirs,
		Size: int64(len(file.Content)),
	}
	if file.Secret != nil {
		if len(file.Content) > 0 {
			return fmt.Errorf("put %s: both content and a secret are given", file.Path)
		}
		open.Secret = file.Secret.ID
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	st, err := c.engine.Put(ctx)
	if err != nil {
		return either(ctx, err, nil)
	}
	err = st.Send(&pb.PutRequest{Request: &pb.PutRequest_Open_{Open: open}})
	for rest := file.Content; err == nil && len(rest) > 0; {
		n := min(len(rest), pb.ChunkSize)
		err = st.Send(&pb.PutRequest{Request: &pb.PutRequest_Chunk{Chunk: rest[:n]}})
		rest = rest[n:]
	}
	if err != nil && err != io.EOF { // io.EOF: the answer is there already, and says why
		return either(ctx, err, nil)
	}
	r, err := st.CloseAndRecv()
	return either(ctx, err, r.GetError())
}

// Get reads a file.
func (c *conn) Get(ctx context.Context, path string) ([]byte, error) {
	r, err := c.engine.Get(ctx, &pb.GetRequest{Grant: c.grant, Op: c.op(sdk.Read), Path: path})
	if err := either(ctx, err, r.GetError()); err != nil {
		return nil, err
	}
	return r.Content, nil
}

// GetSecret has the engine read a file and returns a handle to it.
func (c *conn) GetSecret(ctx context.Context, path string) (sdk.Handle, error) {
	r, err := c.engine.GetSecret(ctx, &pb.GetSecretRequest{Grant: c.grant, Op: c.op(sdk.Read), Path: path})
	if err := either(ctx, err, r.GetError()); err != nil {
		return sdk.Handle{}, err
	}
	return wire.DecodeHandle(r.Handle), nil
}

// Stat tells about a file.
func (c *conn) Stat(ctx context.Context, path string) (sdk.FileInfo, error) {
	r, err := c.engine.Stat(ctx, &pb.StatRequest{Grant: c.grant, Op: c.op(sdk.Read), Path: path})
	if err := either(ctx, err, r.GetError()); err != nil {
		return sdk.FileInfo{}, err
	}
	return wire.DecodeFileInfo(r), nil
}

// Remove deletes a file.
func (c *conn) Remove(ctx context.Context, path string) error {
	r, err := c.engine.Remove(ctx, &pb.RemoveRequest{Grant: c.grant, Op: c.op(sdk.Idempotent), Path: path})
	return either(ctx, err, r.GetError())
}

// either gives the error of a request: the RPC's own, in words of the sdk, or the one in the answer.
func either(ctx context.Context, rpc error, answer *pb.Error) error {
	switch {
	case rpc == nil:
		return wire.DecodeError(answer)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	switch status.Code(rpc) {
	case codes.DeadlineExceeded:
		return context.DeadlineExceeded
	case codes.Canceled:
		return context.Canceled
	case codes.Unavailable:
		return errors.New("the connection to the engine is gone")
	case codes.ResourceExhausted:
		return fmt.Errorf("too large for one request to the engine (limit %d MiB)", pb.MaxMessage>>20)
	default:
		return fmt.Errorf("request to the engine: %s", status.Convert(rpc).Message())
	}
}
