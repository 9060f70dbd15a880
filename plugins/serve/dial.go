package serve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// Dial has the engine connect to an address of the host.
func (c *conn) Dial(ctx context.Context, to sdk.Dial) (net.Conn, error) {
	from, err := wire.EncodeFrom(to.From)
	if err != nil {
		return nil, err
	}
	if to.Port < 1 || to.Port > 65535 {
		return nil, errors.New("dial: no such port")
	}
	if err := c.over(); err != nil {
		return nil, err
	}
	life, cancel := context.WithCancel(c.life)
	stop := context.AfterFunc(ctx, cancel) // ctx bounds the dialling only
	st, err := c.engine.Dial(life)
	if err == nil {
		open := &pb.DialRequest_Open{
			Grant: c.grant, Op: c.op(sdk.Read), Address: to.Address, Port: uint32(to.Port), From: from,
		}
		err = st.Send(&pb.DialRequest{Request: &pb.DialRequest_Open_{Open: open}})
	}
	var first *pb.DialResponse
	if err == nil || err == io.EOF {
		first, err = st.Recv()
	}
	if err == nil && first.GetOpened() == nil {
		cancel()
		return nil, wire.DecodeError(first.GetEnded())
	}
	if err != nil || !stop() {
		cancel()
		return nil, either(ctx, errors.Join(err, ctx.Err()), nil)
	}
	return newTunnel(st, cancel, first.GetOpened()), nil
}

// tunnel is a net.Conn over a stream. The inner half of a net.Pipe gives it deadlines; two goroutines carry the bytes.
type tunnel struct {
	net.Conn
	local, remote net.Addr
	stream        pb.Connection_DialClient
	cancel        context.CancelFunc
	ended         chan struct{} // the engine ended the stream

	mu  sync.Mutex
	err error // how it ended, when not in order
}

func newTunnel(st pb.Connection_DialClient, cancel context.CancelFunc, o *pb.DialResponse_Opened) *tunnel {
	outer, inner := net.Pipe()
	t := &tunnel{
		Conn: outer, local: addr(o.GetLocal()), remote: addr(o.GetRemote()), stream: st, cancel: cancel,
		ended: make(chan struct{}),
	}
	go t.receive(inner)
	go t.send(inner)
	return t
}

// receive carries what the peer sends, and reads on when nobody takes it any more, to see the end.
func (t *tunnel) receive(inner net.Conn) {
	defer close(t.ended)
	defer inner.Close()
	for {
		m, err := t.stream.Recv()
		if err == nil && m.GetEnded() != nil {
			err = wire.DecodeError(m.GetEnded())
		}
		if err != nil {
			t.fail(err)
			return
		}
		_, _ = inner.Write(m.GetData())
	}
}

// send carries what we write, until Close.
func (t *tunnel) send(inner net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := inner.Read(buf)
		if n > 0 && t.stream.Send(&pb.DialRequest{Request: &pb.DialRequest_Data{Data: bytes.Clone(buf[:n])}}) != nil {
			return // receive knows why
		}
		if err != nil {
			_ = t.stream.Send(&pb.DialRequest{Request: &pb.DialRequest_Close{Close: &pb.Done{}}})
			return
		}
	}
}

func (t *tunnel) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != io.EOF && t.err == nil {
		t.err = err
	}
}

// Read gives the peer's bytes, and at the end the reason for it.
func (t *tunnel) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	if err == io.EOF {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.err != nil {
			err = t.err
		}
	}
	return n, err
}

// linger is how long Close waits for the engine to have written what was sent before.
const linger = time.Second

// Close ends both directions.
func (t *tunnel) Close() error {
	err := t.Conn.Close()
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case <-t.ended:
	case <-timer.C:
	}
	t.cancel()
	return err
}

// LocalAddr is the near end of the engine's connection.
func (t *tunnel) LocalAddr() net.Addr { return t.local }

// RemoteAddr is the far end.
func (t *tunnel) RemoteAddr() net.Addr { return t.remote }

func addr(s string) net.Addr {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return named(s)
	}
	return net.TCPAddrFromAddrPort(a)
}

// named is an address that is no IP address, as a connection through a host may have.
type named string

func (n named) Network() string { return "tcp" }
func (n named) String() string  { return string(n) }
