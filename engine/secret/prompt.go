package secret

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Asker asks a person for a secret, without echo.
type Asker interface {
	// Ask shows the question and returns what was typed, without the end of line. io.EOF: the person gave none.
	Ask(ctx context.Context, question string) ([]byte, error)
}

// Prompt asks for the secret of that name. Every error is an *Error, or ctx's.
func Prompt(ctx context.Context, a Asker, name string) (Value, error) {
	b, err := a.Ask(ctx, Printable(name)+": ")
	switch {
	case ctx.Err() != nil:
		return Value{}, context.Cause(ctx)
	case err != nil:
		return Value{}, &Error{Summary: fmt.Sprintf("cannot ask for %q: %v", name, err), Err: err,
			Advice: "run it on a terminal, or take the secret from a file"}
	case len(b) == 0:
		return Value{}, &Error{Summary: fmt.Sprintf("nothing was typed for %q", name)}
	}
	return NewValue(b), nil
}

// Terminal is an Asker at the controlling terminal, whatever stdin and stdout are connected to.
type Terminal struct {
	// Path of the terminal; default /dev/tty.
	Path string
}

// Ask turns the echo off while it reads, and on again, also when ctx ends first.
func (t Terminal) Ask(ctx context.Context, question string) ([]byte, error) {
	path := t.Path
	if path == "" {
		path = "/dev/tty"
	}
	tty, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("there is no terminal: %w", cause(err))
	}
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		_ = tty.Close()
		return nil, fmt.Errorf("%s is no terminal: %w", path, err)
	}
	if _, err := io.WriteString(tty, question); err != nil {
		_ = tty.Close()
		return nil, err
	}
	type answer struct {
		b   []byte
		err error
	}
	out := make(chan answer, 1)
	go func() {
		defer tty.Close()
		b, err := term.ReadPassword(fd)
		_, _ = io.WriteString(tty, "\r\n") // the Enter that ended the line was not echoed
		out <- answer{b, err}
	}()
	select {
	case a := <-out:
		return a.b, a.err
	case <-ctx.Done():
		// The read itself cannot be ended: it waits, with the echo on again, until Enter or the end of the program.
		_ = term.Restore(fd, before)
		return nil, context.Cause(ctx)
	}
}
