package tty

import (
	"errors"
	"io"
	"unicode/utf8"
)

// maxLine is where a terminal stops taking characters of one line.
const maxLine = 64 << 10

// editor holds the line being typed.
type editor struct {
	t      *Terminal
	mode   Mode
	line   []byte
	column int
	escape bool // inside an escape sequence, which is dropped
}

// fill takes bytes until the line is complete.
func (e *editor) fill() error {
	for done := false; !done; {
		if e.t.in.Buffered() == 0 {
			if err := e.t.flush(); err != nil {
				return err
			}
		}
		b, err := e.t.in.ReadByte()
		if err != nil {
			if len(e.line) > 0 && !e.t.pty && errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if done, err = e.key(b); err != nil {
			return err
		}
	}
	return nil
}

// key takes one byte and tells whether the line is complete.
func (e *editor) key(b byte) (done bool, err error) {
	if !e.t.pty {
		if b == '\n' {
			return true, nil
		}
		e.keep(b)
		return false, nil
	}
	if e.escape {
		e.escape = b == '[' || b < '@'
		return false, nil
	}
	switch b {
	case '\r', '\n':
		e.t.hold([]byte("\n"))
		return true, nil
	case 0x03:
		e.t.hold([]byte("^C\n"))
		return false, ErrInterrupt
	case 0x04:
		if len(e.line) == 0 {
			return false, io.EOF
		}
	case 0x08, 0x7f:
		e.rubout()
	case 0x15:
		for len(e.line) > 0 {
			e.rubout()
		}
	case 0x1b:
		e.escape = true
	default:
		if b >= 0x20 {
			e.echo(b)
		}
	}
	return false, nil
}

func (e *editor) keep(b byte) {
	if len(e.line) < maxLine {
		e.line = append(e.line, b)
	}
}

func (e *editor) echo(b byte) {
	e.keep(b)
	if e.mode == Secret {
		return
	}
	out := []byte{b}
	if utf8.RuneStart(b) {
		e.column++
	}
	if e.mode == Edited && e.t.width > 0 && e.column >= e.t.width {
		out = append(out, " \r"...)
		e.column = 0
	}
	e.t.hold(out)
}

func (e *editor) rubout() {
	if len(e.line) == 0 {
		return
	}
	_, size := utf8.DecodeLastRune(e.line)
	e.line = e.line[:len(e.line)-size]
	if e.mode == Secret {
		return
	}
	e.column--
	e.t.hold([]byte("\b \b"))
}
