package catalog

import (
	"context"
	"io"
	"net"

	"google.golang.org/grpc"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

type dialStream = grpc.BidiStreamingServer[pb.DialRequest, pb.DialResponse]

// Dial carries the bytes of one TCP connection.
func (c *connection) Dial(st dialStream) error {
	first, err := st.Recv()
	if err != nil {
		return err
	}
	open := first.GetOpen()
	err = c.under(st.Context(), open.GetGrant(), open.GetOp(), func(ctx context.Context, n *grant) error {
		from, err := wire.DecodeFrom(open.GetFrom())
		if err != nil {
			return err
		}
		tcp, err := n.conn.Dial(ctx, sdk.Dial{Address: open.GetAddress(), Port: int(open.GetPort()), From: from})
		if err != nil {
			return err
		}
		return carry(ctx, st, tcp)
	})
	if err == nil {
		err = io.EOF
	}
	return st.Send(&pb.DialResponse{Response: &pb.DialResponse_Ended{Ended: wire.EncodeError(err)}})
}

// carry copies both ways until the peer has closed, the module has closed, or ctx ends. The error is the peer's.
func carry(ctx context.Context, st dialStream, tcp net.Conn) error {
	defer context.AfterFunc(ctx, func() { tcp.Close() })()
	defer tcp.Close()
	opened := &pb.DialResponse_Opened{Local: tcp.LocalAddr().String(), Remote: tcp.RemoteAddr().String()}
	if err := st.Send(&pb.DialResponse{Response: &pb.DialResponse_Opened_{Opened: opened}}); err != nil {
		return err
	}
	go upwards(st, tcp)
	for {
		buf := make([]byte, 32<<10) // a new one each time: a message may be read after Send returned
		n, err := tcp.Read(buf)
		if n > 0 {
			if err := st.Send(&pb.DialResponse{Response: &pb.DialResponse_Data{Data: buf[:n]}}); err != nil {
				return err
			}
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		}
	}
}

// upwards writes what the module sends. It ends with the stream, which ends with carry.
func upwards(st dialStream, tcp net.Conn) {
	for {
		m, err := st.Recv()
		switch {
		case err == io.EOF:
			if half, ok := tcp.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
			return
		case err != nil || m.GetClose() != nil:
			tcp.Close()
			return
		}
		if _, err := tcp.Write(m.GetData()); err != nil {
			return // reading tells why
		}
	}
}
