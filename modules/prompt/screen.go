package prompt

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// How much of one reply is kept: its beginning and its end.
const (
	headSize = 1 << 20
	tailSize = 256 << 10
	lineSize = 64 << 10 // of the last line, in which a prompt is looked for
)

// screen collects output with escape sequences removed. It keeps \n, \r and \b, which cutEcho and clean understand, and
// drops other control characters. Escape sequences may be split over writes.
type screen struct {
	parser *ansi.Parser
	split  []byte // the beginning of a character whose rest has not come
	head   []byte
	tail   []byte
	cut    bool
	line   []byte                   // since the last \n
	prev   []byte                   // the last finished line that was not blank
	marked bool                     // mark was called and no line was finished since
	doubt  []byte                   // the line that was the last one at mark, finished
	over   func(line, above string) // told each finished line that is not blank, and the one above it; may be nil
}

func newScreen() *screen {
	s := &screen{parser: ansi.NewParser()}
	s.parser.SetParamsSize(32)
	s.parser.SetDataSize(4096) // of a title or the like, which is dropped
	s.parser.SetHandler(ansi.Handler{Print: s.print, Execute: s.execute})
	return s
}

// reset forgets everything but a sequence that is half read.
func (s *screen) reset() {
	s.head, s.tail, s.line, s.prev, s.doubt = s.head[:0], s.tail[:0], s.line[:0], s.prev[:0], s.doubt[:0]
	s.cut, s.marked, s.over = false, false, nil
}

// write takes output in any chunking. The parser trusts the first byte of a character to say how many follow, so bytes
// that are no UTF-8 are replaced first: else a Latin-1 letter at the end of a line would swallow the line's end.
func (s *screen) write(chunk []byte) {
	b := append(s.split, chunk...)
	for len(b) > 0 && utf8.FullRune(b) {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			s.parser.Parse([]byte(string(utf8.RuneError)))
		} else {
			s.parser.Parse(b[:n])
		}
		b = b[n:]
	}
	s.split = append(s.split[:0], b...)
}

func (s *screen) print(r rune) {
	var b [utf8.UTFMax]byte
	s.add(b[:utf8.EncodeRune(b[:], r)])
}

func (s *screen) execute(b byte) {
	switch b {
	case '\t':
		s.add([]byte("    "))
	case '\n', '\r', '\b':
		s.add([]byte{b})
	}
}

func (s *screen) add(b []byte) {
	if len(s.head) < headSize {
		s.head = append(s.head, b...)
	} else {
		s.tail = append(s.tail, b...)
		if len(s.tail) > 2*tailSize {
			s.tail = append(s.tail[:0], s.tail[len(s.tail)-tailSize:]...)
			s.cut = true
		}
	}
	if b[0] != '\n' {
		if len(s.line) < lineSize {
			s.line = append(s.line, b...)
		}
		return
	}
	if s.marked {
		s.doubt = append(s.doubt[:0], drawn(string(s.line))...)
		s.marked = false
	}
	if done := drawn(string(s.line)); strings.TrimSpace(done) != "" {
		if s.over != nil {
			s.over(done, string(s.prev))
		}
		s.prev = append(s.prev[:0], done...)
	}
	s.line = s.line[:0]
}

// mark notes that a prompt was doubted here: only what comes later can prove it.
func (s *screen) mark() { s.marked = true }

// grown reports whether a line was finished, or the last one repeated, since mark.
func (s *screen) grown() bool { return !s.marked || twice(s.last()) != "" }

// last is the line that output ends in, as a person would see it.
func (s *screen) last() string { return drawn(string(s.line)) }

// overwritten is what stood on the last line before its beginning was gone to for the last time.
func (s *screen) overwritten() string {
	if i := bytes.LastIndexByte(s.line, '\r'); i >= 0 {
		return drawn(string(s.line[:i]))
	}
	return ""
}

// previous is the last finished line that was not blank.
func (s *screen) previous() string { return string(s.prev) }

// doubted is the line that was the last one at mark, as it was when it was finished.
func (s *screen) doubted() string { return string(s.doubt) }

// text is everything kept, the last line as last returns it.
func (s *screen) text() string {
	var all strings.Builder
	all.Write(s.head)
	if s.cut {
		all.WriteString("\n[… output left out …]\n")
	}
	all.Write(s.tail)
	text := all.String()
	return text[:strings.LastIndexByte(text, '\n')+1] + s.last()
}

// drawn is one line after carriage returns and backspaces did their work.
func drawn(line string) string {
	line = strings.TrimRight(line, "\r")
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:]
	}
	if !strings.Contains(line, "\b") {
		return line
	}
	out := make([]rune, 0, len(line))
	for _, r := range line {
		if r != '\b' {
			out = append(out, r)
		} else if len(out) > 0 {
			out = out[:len(out)-1]
		}
	}
	return string(out)
}

// clean draws every line and trims none.
func clean(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = drawn(l)
	}
	return strings.Join(lines, "\n")
}
