// Package tty is the line discipline of one SSH session: it turns bytes into
// lines, echoes them, and ends output lines as a terminal does. It knows
// nothing of shells or commands.
package tty

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrInterrupt is returned by ReadLine when Ctrl-C was typed.
var ErrInterrupt = errors.New("interrupt")

// Mode is how a line is read.
type Mode int

// The modes: Cooked echoes, as the kernel does; Edited also breaks the echo at
// the window's right margin, as bash's line editor does; Secret echoes nothing.
const (
	Cooked Mode = iota
	Edited
	Secret
)

// Pace slows output down and cuts it up; the zero value does neither.
type Pace struct {
	// Chunk is the most bytes sent at once; 0 sends everything together.
	Chunk int
	// Pause is how long the first output after a line waits.
	Pause time.Duration
}

// Terminal is one session's end of the line. It is for one goroutine; only its
// context may be ended from elsewhere.
type Terminal struct {
	ctx   context.Context
	in    *bufio.Reader
	out   io.Writer
	pty   bool
	width int
	pace  Pace
	fresh bool   // a line was read and nothing printed since
	held  []byte // printed but not sent: an echo is sent in one piece, not per key
}

// New makes a terminal. Without a pty nothing is echoed and line ends stay as
// they are. A width of 0 never wraps.
func New(ctx context.Context, rw io.ReadWriter, pty bool, width int, pace Pace) *Terminal {
	return &Terminal{ctx: ctx, in: bufio.NewReader(rw), out: rw, pty: pty, width: width, pace: pace}
}

// Write prints, with \n as the end of a line.
func (t *Terminal) Write(p []byte) (int, error) {
	if t.fresh {
		t.fresh = false
		if err := t.wait(t.pace.Pause); err != nil {
			return 0, err
		}
	}
	t.hold(p)
	if err := t.flush(); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (t *Terminal) hold(p []byte) {
	if t.pty {
		p = bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))
	}
	t.held = append(t.held, p...)
}

func (t *Terminal) flush() error {
	p := t.held
	t.held = t.held[:0]
	for len(p) > 0 {
		n := len(p)
		if t.pace.Chunk > 0 {
			n = min(n, t.pace.Chunk)
		}
		if _, err := t.out.Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return t.ctx.Err()
}

func (t *Terminal) wait(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
}

var ansi = regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]`)

// ReadLine prints the prompt and reads a line without its end. At the end of
// input it returns io.EOF, after Ctrl-C ErrInterrupt.
func (t *Terminal) ReadLine(prompt string, mode Mode) (string, error) {
	if _, err := io.WriteString(t, prompt); err != nil {
		return "", err
	}
	last := prompt[strings.LastIndex(prompt, "\n")+1:]
	e := &editor{t: t, mode: mode, column: utf8.RuneCountInString(ansi.ReplaceAllString(last, ""))}
	err := e.fill()
	if flushErr := t.flush(); err == nil {
		err = flushErr
	}
	if err != nil {
		return "", err
	}
	t.fresh = true
	return string(e.line), nil
}

// Reader gives what is typed to a command that reads its standard input: a
// pty's lines until Ctrl-D, else the bytes as they come.
func (t *Terminal) Reader() io.Reader {
	if !t.pty {
		return t.in
	}
	return &lineReader{t: t}
}

type lineReader struct {
	t    *Terminal
	rest []byte
}

// Read implements io.Reader.
func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		line, err := r.t.ReadLine("", Cooked)
		if err != nil {
			return 0, err
		}
		r.rest = []byte(line + "\n")
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
