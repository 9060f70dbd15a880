package catalog

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"google.golang.org/grpc/grpclog"
)

// gRPC would write to the terminal what a plugin makes it complain of, in the plugin's words. What matters comes back as
// the error of a call.
func init() {
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
}

// Limits of what a plugin may write in its life.
const (
	maxLine   = 4 << 10
	maxOutput = 1 << 20
)

// pluginLog turns what a process writes into printable lines, up to a limit.
type pluginLog struct {
	emit func(line string)

	mu    sync.Mutex
	line  []byte
	total int
	last  string // the line that most likely says why the process ended
	final bool   // last is the head of a Go panic, and what follows is its trace
}

// Write takes any chunk. It never fails: a plugin must not notice who reads its log.
func (l *pluginLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range b {
		switch {
		case c == '\n':
			l.flush()
		case len(l.line) < maxLine:
			l.line = append(l.line, c)
		}
	}
	return len(b), nil
}

func (l *pluginLog) flush() {
	text := printable(strings.TrimRight(string(l.line), "\r"))
	l.line = l.line[:0]
	if text != "" && !l.final {
		l.last = text
		l.final = strings.HasPrefix(text, "panic: ") || strings.HasPrefix(text, "fatal error: ")
	}
	before := l.total
	l.total += len(text) + 1
	switch {
	case l.total <= maxOutput:
		l.emit(text)
	case before <= maxOutput:
		l.emit(fmt.Sprintf("(more than %d MiB written; the rest is not shown)", maxOutput>>20))
	}
}

// said is the most telling line so far, for an error about the process.
func (l *pluginLog) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.line) > 0 {
		l.flush()
	}
	return l.last
}

// printable shows what would move a cursor, change a colour or reorder text as an escape sequence.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
