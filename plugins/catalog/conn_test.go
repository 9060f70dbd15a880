package catalog_test

import (
	"context"
	"crypto"
	"net"
	"sync"

	"github.com/muster-run/muster/plugins/sdk"
)

// fakeConn is a host that answers as its fields say.
type fakeConn struct {
	sdk.Conn
	run  func(context.Context, sdk.Command) (*sdk.CommandResult, error)
	dial func(context.Context, sdk.Dial) (net.Conn, error)
	key  crypto.Signer

	mu     sync.Mutex
	put    sdk.Put
	shells int
	shell  *fakeShell
}

func (c *fakeConn) Run(ctx context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
	return c.run(ctx, cmd)
}

func (c *fakeConn) Dial(ctx context.Context, to sdk.Dial) (net.Conn, error) { return c.dial(ctx, to) }

func (c *fakeConn) Put(_ context.Context, p sdk.Put) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put = p
	return nil
}

func (c *fakeConn) Signer(context.Context, sdk.Handle) (crypto.Signer, error) { return c.key, nil }

func (c *fakeConn) Shell(context.Context, string) (sdk.Shell, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shell == nil {
		c.shells++
		c.shell = &fakeShell{conn: c, generation: uint64(c.shells), output: make(chan string, 10)}
	}
	return c.shell, nil
}

// fakeShell echoes lines and a prompt.
type fakeShell struct {
	sdk.Shell
	conn       *fakeConn
	generation uint64
	output     chan string
}

func (s *fakeShell) Generation() uint64 { return s.generation }

func (s *fakeShell) SendLine(_ context.Context, l sdk.Line) error {
	s.output <- l.Text + "\r\n"
	s.output <- "> "
	return nil
}

func (s *fakeShell) Receive(ctx context.Context) ([]byte, error) {
	select {
	case out := <-s.output:
		return []byte(out), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *fakeShell) Discard() {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	s.conn.shell = nil
}

func (s *fakeShell) Close() error { return nil }
