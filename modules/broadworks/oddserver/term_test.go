package oddserver

import (
	"bufio"
	"io"
	"strings"
	"sync"
	"time"
)

// term is the far end of a terminal: it edits and echoes what is typed, and paces what is printed.
type term struct {
	in  *bufio.Reader
	out io.Writer
	q   *quirks

	mu   sync.Mutex // a program of the shell's asks its own questions
	held string     // an echo that waits for the first output
}

// print writes text with the line ends of a terminal.
func (t *term) print(text string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held != "" && text != "" {
		line, rest, found := strings.Cut(text, "\n")
		if found {
			text = line + "\n" + t.held + rest
		} else {
			text = t.held + text
		}
		t.held = ""
	}
	return t.pace(strings.ReplaceAll(text, "\n", "\r\n"))
}

func (t *term) pace(text string) error {
	var pieces []string
	var pause time.Duration
	switch half := len(text) / 2; {
	case t.q.Pace == "bytes":
		for i := range len(text) {
			pieces = append(pieces, text[i:i+1])
		}
	case t.q.Pace == "pause" && strings.Count(text, "\r\n") > 2:
		pieces, pause = []string{text[:half], text[half:]}, 200*time.Millisecond
	case t.q.Pace == "promptpause" && strings.HasSuffix(text, "> "):
		pieces, pause = []string{text[:len(text)-8], text[len(text)-8 : len(text)-1], text[len(text)-1:]}, 40*time.Millisecond
	default:
		pieces = []string{text}
	}
	for i, p := range pieces {
		if i > 0 && pause > 0 {
			time.Sleep(pause)
		}
		if _, err := io.WriteString(t.out, p); err != nil {
			return err
		}
	}
	return nil
}

// read prints the prompt and returns the line typed after it. A hidden one is never echoed.
func (t *term) read(prompt string, hidden bool) (string, error) {
	if err := t.print(prompt); err != nil {
		return "", err
	}
	var line []byte
	for {
		c, err := t.in.ReadByte()
		if err != nil {
			return "", err
		}
		switch c {
		case '\r', '\n':
			if c == '\r' && t.in.Buffered() > 0 {
				if next, _ := t.in.Peek(1); next[0] == '\n' {
					t.in.Discard(1)
				}
			}
			return string(line), t.echo(prompt, string(line), hidden)
		case 3: // ^C
			return "", t.pace("^C\r\n")
		case 4: // ^D
			if len(line) == 0 {
				return "", io.EOF
			}
		case 21: // ^U
			line = nil
		case 8, 127:
			line = line[:max(0, len(line)-1)]
		default:
			line = append(line, c)
		}
	}
}

func (t *term) echo(prompt, line string, hidden bool) error {
	if hidden {
		return t.pace("\r\n")
	}
	last := prompt[strings.LastIndexByte(prompt, '\n')+1:]
	switch t.q.Echo {
	case "none":
		return nil
	case "double":
		return t.pace(line + "\r\n" + line + "\r\n")
	case "late":
		t.mu.Lock()
		t.held = line + "\n"
		t.mu.Unlock()
		return nil
	case "redraw": // what readline does when it loses count of columns
		return t.pace(line[:len(line)/2] + "\r" + last + "\x1b[K" + line + "\x1b[K\r\n")
	case "wrap", "hardwrap":
		return t.pace(wrapped(line, len(last), map[string]string{"wrap": " \r", "hardwrap": "\r\n"}[t.q.Echo]) + "\r\n")
	}
	return t.pace(line + "\r\n")
}

// wrapped is a line on a screen of 80 columns that begins in the given one.
func wrapped(line string, column int, edge string) string {
	var b strings.Builder
	for _, r := range line {
		b.WriteRune(r)
		if column++; column%80 == 0 {
			b.WriteString(edge)
		}
	}
	return b.String()
}
