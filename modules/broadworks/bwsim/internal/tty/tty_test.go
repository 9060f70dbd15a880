package tty

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// wire is a client that typed everything beforehand.
type wire struct {
	io.Reader
	bytes.Buffer
}

func (w *wire) Read(p []byte) (int, error)  { return w.Reader.Read(p) }
func (w *wire) Write(p []byte) (int, error) { return w.Buffer.Write(p) }

func TestReadLine(t *testing.T) {
	tests := map[string]struct {
		typed string
		mode  Mode
		pty   bool
		width int
		line  string
		err   error
		shown string
	}{
		"echo":             {typed: "get\r", pty: true, line: "get", shown: "> get\r\n"},
		"secret":           {typed: "pw\r", pty: true, mode: Secret, line: "pw", shown: "> \r\n"},
		"no pty":           {typed: "get\n", line: "get", shown: "> "},
		"no pty, no end":   {typed: "get", line: "get", shown: "> "},
		"rub out":          {typed: "gex\x7ft\r", pty: true, line: "get", shown: "> gex\b \bt\r\n"},
		"kill line":        {typed: "ab\x15c\r", pty: true, line: "c", shown: "> ab\b \b\b \bc\r\n"},
		"interrupt":        {typed: "ab\x03", pty: true, err: ErrInterrupt, shown: "> ab^C\r\n"},
		"end of input":     {typed: "\x04", pty: true, err: io.EOF, shown: "> "},
		"hung up":          {typed: "ab", pty: true, err: io.EOF, shown: "> ab"},
		"escape sequence":  {typed: "a\x1b[1;5Cb\r", pty: true, line: "ab", shown: "> ab\r\n"},
		"wrap at margin":   {typed: "abcd\r", pty: true, mode: Edited, width: 5, line: "abcd", shown: "> abc \rd\r\n"},
		"cooked: no wraps": {typed: "abcd\r", pty: true, width: 5, line: "abcd", shown: "> abcd\r\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := &wire{Reader: strings.NewReader(tt.typed)}
			term := New(t.Context(), w, tt.pty, tt.width, Pace{})
			line, err := term.ReadLine("> ", tt.mode)
			if line != tt.line || !errors.Is(err, tt.err) || w.String() != tt.shown {
				t.Errorf("got %q, %v, shown %q; want %q, %v, %q", line, err, w.String(), tt.line, tt.err, tt.shown)
			}
		})
	}
}

func TestPaceEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &wire{Reader: strings.NewReader("get\r")}
	term := New(ctx, w, true, 0, Pace{Chunk: 1, Pause: time.Hour})
	if _, err := term.ReadLine("", Cooked); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := term.Write([]byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's end", err)
	}
}
