package bwsim

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/tty"
)

// session is one SSH session channel: a shell, one command, or SFTP.
type session struct {
	host    *Host
	conn    *ssh.ServerConn
	id      int // of the connection
	channel ssh.Channel

	pty   bool
	width int
	term  *tty.Terminal
}

// errDropped ends a session whose connection a fault has cut.
var errDropped = errors.New("connection dropped")

// serve handles the channel's requests; the first that starts something starts
// it beside them, and the end of the requests ends it.
func (s *session) serve(ctx context.Context, requests <-chan *ssh.Request) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	started := false
	for r := range requests {
		var start func(context.Context) int
		ok := r.Type == "window-change"
		if !started {
			start, ok = s.request(r)
		}
		if r.WantReply {
			r.Reply(ok, nil)
		}
		if start != nil {
			started = true
			s.host.fleet.running.Go(func() { s.finish(start(ctx)) })
		}
	}
}

// request reads one request; start is what it begins, if anything.
func (s *session) request(r *ssh.Request) (start func(context.Context) int, ok bool) {
	switch r.Type {
	case "pty-req":
		var req struct {
			Term                         string
			Columns, Rows, Width, Height uint32
			Modes                        string
		}
		if ssh.Unmarshal(r.Payload, &req) != nil {
			return nil, false
		}
		s.pty, s.width = true, int(req.Columns)
		return nil, true
	case "env", "window-change":
		return nil, true
	case "shell":
		return s.shell, true
	case "exec":
		var req struct{ Command string }
		if ssh.Unmarshal(r.Payload, &req) != nil {
			return nil, false
		}
		return func(ctx context.Context) int { return s.exec(ctx, req.Command) }, true
	case "subsystem":
		var req struct{ Name string }
		if ssh.Unmarshal(r.Payload, &req) != nil || req.Name != "sftp" {
			return nil, false
		}
		return s.sftp, true
	}
	return nil, false
}

// finish reports the exit status and closes the channel.
func (s *session) finish(status int) {
	s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
	s.channel.Close()
}

// terminal makes the session's line discipline.
func (s *session) terminal(ctx context.Context) *tty.Terminal {
	s.term = tty.New(ctx, s.channel, s.pty, s.width, s.host.dialect.pace)
	return s.term
}

// stderr is the error stream: a pty has only one.
func (s *session) stderr() io.Writer {
	if s.pty {
		return s.term
	}
	return s.channel.Stderr()
}

// around records a command and lets a fault act on it; answer prints what a
// refusal says, and cut sends the beginning of what was answered.
func (s *session) around(ctx context.Context, where, line string, run func() error, answer func(string), cut func() error) error {
	s.host.record(Event{Kind: Command, Session: s.id, Context: where, Text: line})
	f, struck := s.host.trip(line)
	if !struck {
		return run()
	}
	switch f.Kind {
	case Refuse:
		answer(s.host.refusalText(f, line))
		return nil
	case Slow:
		if err := wait(ctx, f.Delay); err != nil {
			return err
		}
		return run()
	}
	if f.AfterEffect {
		if err := run(); err != nil {
			return err
		}
		if err := cut(); err != nil {
			return err
		}
	}
	if f.Kind == Hang {
		<-ctx.Done()
		return ctx.Err()
	}
	s.conn.Close()
	return errDropped
}

// wait lets a time pass.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refusalText is a fault's own text or one of the dialect's.
func (h *Host) refusalText(f Fault, line string) string {
	if f.Text != "" {
		return strings.TrimSuffix(f.Text, "\n") + "\n"
	}
	word, _, _ := strings.Cut(line, " ")
	return h.dialect.refusal(word, refused)
}
