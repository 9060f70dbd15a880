package ssh

import (
	"context"
	"io"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/engine/transport"
)

// The terminal that a shell is given: so wide that no line is broken, so high that no pager stops.
const (
	terminal    = "dumb"
	columns     = 1000
	rows        = 1000
	speed       = 38400
	modeEchoOn  = 1
	modeTheRest = 0 // TTY_OP_END
)

// Shell opens a login shell on a PTY.
func (c *conn) Shell(ctx context.Context) (transport.Shell, error) {
	s, err := c.openSession(ctx)
	if err != nil {
		return nil, c.explain(ctx, "open a shell", err)
	}
	_, err = await(ctx, c, func() (struct{}, error) { return struct{}{}, s.startShell() }, func(struct{}) {})
	if err != nil {
		_ = s.Close()
		return nil, c.explain(ctx, "open a shell", err)
	}
	return newShell(c, s), nil
}

func (s *session) startShell() error {
	err := s.request("pty-req", ssh.Marshal(struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}{terminal, columns, rows, 0, 0, modes()}))
	if err != nil {
		return err
	}
	return s.request("shell", nil)
}

// modes asks for what the driver counts on: the host echoes what is typed, line by line.
func modes() string {
	var b []byte
	for _, m := range []struct {
		op    byte
		value uint32
	}{
		{ssh.ECHO, modeEchoOn}, {ssh.ICANON, modeEchoOn}, {ssh.TTY_OP_ISPEED, speed}, {ssh.TTY_OP_OSPEED, speed},
	} {
		b = append(b, m.op)
		b = append(b, byte(m.value>>24), byte(m.value>>16), byte(m.value>>8), byte(m.value))
	}
	return string(append(b, modeTheRest))
}

// shell reads through a pipe, because a read of the channel itself ends only when the host closes it.
type shell struct {
	conn *conn
	s    *session
	out  *io.PipeReader
	once sync.Once
}

func newShell(c *conn, s *session) *shell {
	r, w := io.Pipe()
	pumped := make(chan struct{})
	pump := func() {
		defer close(pumped)
		c.pump(s, w)
	}
	// What the host said before the connection died is still there to read; Close does not wait for a reader.
	release := func() {
		select {
		case <-pumped:
		case <-c.closed:
			_ = w.CloseWithError(c.Err())
		}
	}
	if !c.start(pump) || !c.start(release) {
		_ = w.CloseWithError(c.Err())
	}
	return &shell{conn: c, s: s, out: r}
}

// pump gives the reader what the host sends, then io.EOF when the shell ended, or the reason why the connection did.
func (c *conn) pump(s *session, w *io.PipeWriter) {
	_, err := io.Copy(w, s)
	if err == nil && c.lost(context.Background()) {
		err = c.Err()
	}
	_ = w.CloseWithError(err)
}

func (s *shell) Read(p []byte) (int, error) { return s.out.Read(p) }

func (s *shell) Write(p []byte) (int, error) {
	n, err := s.s.Write(p)
	if err != nil {
		err = s.conn.explain(context.Background(), "write to the shell", err)
	}
	return n, err
}

// Close ends the shell; what still waits to be read is lost.
func (s *shell) Close() error {
	s.once.Do(func() {
		_ = s.out.Close()
		_ = s.s.Close()
	})
	return nil
}
