package sdktest

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"unicode"

	"github.com/muster-run/muster/plugins/sdk"
)

// line is the host's shell of one name: it is kept between holders.
type line struct {
	holder     chan struct{} // holds one token while the shell is free
	generation uint64
	memory     *sdk.Memory

	mu     sync.Mutex
	device Device // nil: not open
	output strings.Builder
	ended  bool
	more   chan struct{} // closed when there is more to receive
}

func (c *Conn) line(name string) *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.shells[name]
	if l == nil {
		l = &line{holder: make(chan struct{}, 1), more: make(chan struct{})}
		l.holder <- struct{}{}
		c.shells[name] = l
	}
	return l
}

// Shell waits until nobody holds the shell, and opens it when it is not open.
func (c *Conn) Shell(ctx context.Context, name string) (sdk.Shell, error) {
	if err := c.begin(ctx, Op{"shell", name, sdk.Read}); err != nil {
		return nil, err
	}
	device := c.Devices[name]
	if device == nil {
		return nil, c.unforeseen("the shell %q was not foreseen", name)
	}
	l := c.line(name)
	select {
	case <-l.holder:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.device == nil {
		l.generation++
		l.memory, l.device, l.ended = &sdk.Memory{}, device(), false
		l.output.Reset()
		l.show(l.device.Open())
	}
	return &shell{conn: c, line: l, generation: l.generation, memory: l.memory}, nil
}

// show wants l.mu.
func (l *line) show(text string) {
	l.output.WriteString(text)
	close(l.more)
	l.more = make(chan struct{})
}

// shell is one holder's view of a line.
type shell struct {
	conn       *Conn
	line       *line
	generation uint64
	memory     *sdk.Memory
	closed     bool // under line.mu
}

// Generation counts openings.
func (s *shell) Generation() uint64 { return s.generation }

// Memory belongs to the generation.
func (s *shell) Memory() *sdk.Memory { return s.memory }

// SendLine gives the line to the device and shows the echo, which a secret has none of.
func (s *shell) SendLine(ctx context.Context, line sdk.Line) error {
	text, shown := line.Text, line.Text
	if line.Secret != nil {
		sec, err := s.conn.secret(*line.Secret)
		if err != nil {
			return err
		}
		text, shown = string(sec.content), sec.handle.Name
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return errors.New("a line with a control character; nothing was sent")
	}
	if err := s.conn.begin(ctx, Op{"send", shown, line.Effect}); err != nil {
		return err
	}
	return s.enter(func(d Device) (string, bool) {
		reply, end := d.Line(text)
		if line.Secret == nil {
			reply = text + "\r\n" + reply
		} else {
			reply = "\r\n" + reply
		}
		return reply, end
	})
}

// Interrupt types Ctrl-C.
func (s *shell) Interrupt(ctx context.Context) error {
	if err := s.conn.begin(ctx, Op{"interrupt", "", sdk.Read}); err != nil {
		return err
	}
	return s.enter(func(d Device) (string, bool) {
		if i, ok := d.(Interrupter); ok {
			return i.Interrupt(), false
		}
		return "^C\r\n", false
	})
}

func (s *shell) enter(do func(Device) (string, bool)) error {
	l := s.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	if l.ended {
		return io.EOF
	}
	out, end := do(l.device)
	l.ended = end
	l.show(out)
	return nil
}

// Receive waits for output.
func (s *shell) Receive(ctx context.Context) ([]byte, error) {
	l := s.line
	for {
		l.mu.Lock()
		out, ended, closed, more := l.output.String(), l.ended, s.closed, l.more
		if n := s.conn.Chunk; n > 0 && len(out) > n && !closed {
			l.output.Reset()
			l.output.WriteString(out[n:])
			out = out[:n]
		} else if !closed {
			l.output.Reset()
		}
		l.mu.Unlock()
		switch {
		case closed:
			return nil, net.ErrClosed
		case out != "":
			return []byte(out), nil
		case ended:
			return nil, io.EOF
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Discard closes the device.
func (s *shell) Discard() { s.leave(true) }

// Close frees the shell for the next holder.
func (s *shell) Close() error {
	s.leave(false)
	return nil
}

func (s *shell) leave(discard bool) {
	l := s.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	if discard || l.ended {
		l.device = nil
	}
	l.show("")
	l.holder <- struct{}{}
}
