package ssh

import (
	"bytes"
	"context"
	"io"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/plugins/sdk"
)

// maxOutput is how much of each output stream of a command is kept, in bytes; the rest is read and dropped.
const maxOutput = 1 << 20

// Run executes a command line in an exec channel. When ctx ends first, the host is told to end the command (SIGTERM, and
// the channel is closed), but whether it did is not known.
func (c *conn) Run(ctx context.Context, line string, stdin []byte) (*sdk.CommandResult, error) {
	s, err := c.openSession(ctx)
	if err != nil {
		return nil, c.explain(ctx, "run", err)
	}
	// SIGTERM before the close: sshd itself sends only SIGHUP, and only to a command with a terminal.
	interrupt := context.AfterFunc(ctx, func() {
		_, _ = s.SendRequest("signal", false, ssh.Marshal(struct{ Signal string }{"TERM"}))
		_ = s.Close()
	})
	defer interrupt()
	result, err := await(ctx, c, func() (*sdk.CommandResult, error) { return c.exec(s, line, stdin) },
		func(*sdk.CommandResult) {})
	if err == nil && result.Status < 0 && c.lost(ctx) {
		err = c.Err()
	}
	if err != nil {
		return nil, c.explain(ctx, "run", err)
	}
	return result, nil
}

// exec runs the line and collects what comes until the host closed the channel.
func (c *conn) exec(s *session, line string, stdin []byte) (*sdk.CommandResult, error) {
	defer s.Close()
	if err := s.request("exec", ssh.Marshal(struct{ Command string }{line})); err != nil {
		return nil, err
	}
	var out, errs capped
	c.start(func() {
		// A command need not read its input, so an error here says nothing.
		_, _ = io.Copy(s, bytes.NewReader(stdin))
		_ = s.CloseWrite()
	})
	drained := make(chan struct{})
	c.start(func() {
		defer close(drained)
		_, _ = io.Copy(&errs, s.Stderr())
	})
	_, _ = io.Copy(&out, s)
	select {
	case <-drained:
	case <-c.done:
		return nil, c.Err()
	}
	<-s.over
	return &sdk.CommandResult{Status: s.status, Stdout: out.b, Stderr: errs.b}, nil
}

// capped keeps the first maxOutput bytes and takes the rest without keeping it, so that the sender is not held up.
type capped struct{ b []byte }

func (c *capped) Write(p []byte) (int, error) {
	c.b = append(c.b, p[:min(len(p), maxOutput-len(c.b))]...)
	return len(p), nil
}
