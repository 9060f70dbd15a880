package executor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// shellIdle is how long a shell is kept without a node that uses it, so that long soaks do not hold thousands of them.
const shellIdle = 60 * time.Second

// shellBuffer bounds the output of a shell that nobody receives; past it the reader waits, and so does the host, through
// the SSH window.
const shellBuffer = 1 << 20

// shells keeps the interactive shells of all hosts between nodes.
type shells struct {
	mu   sync.Mutex
	kept map[shellKey]*keptShell
}

type shellKey struct{ host, plugin, name string }

// keptShell is one (host, plugin, name): a live shell or the memory that there were some.
type keptShell struct {
	mu         sync.Mutex
	held       bool
	generation uint64
	live       *liveShell
	idle       *time.Timer
}

func (s *shells) entry(k shellKey) *keptShell {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[shellKey]*keptShell{}
	}
	e := s.kept[k]
	if e == nil {
		e = &keptShell{}
		s.kept[k] = e
	}
	return e
}

// open gives the shell to a node, opening it when there is none alive.
func (s *shells) open(ctx context.Context, k shellKey, t transport.Transport) (*heldShell, error) {
	e := s.entry(k)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held {
		return nil, fmt.Errorf("shell %q of %s is held by another call", k.name, k.host)
	}
	if e.idle != nil {
		e.idle.Stop()
		e.idle = nil
	}
	if e.live == nil || e.live.ended() {
		raw, err := t.Shell(ctx)
		if err != nil {
			return nil, err
		}
		e.generation++
		e.live = newLiveShell(raw)
	}
	e.held = true
	return &heldShell{entry: e, live: e.live, generation: e.generation}, nil
}

// closeAll ends every shell; nodes must have given them back.
func (s *shells) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.kept {
		e.drop()
	}
}

func (e *keptShell) drop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.idle != nil {
		e.idle.Stop()
		e.idle = nil
	}
	if e.live != nil {
		e.live.close()
		e.live = nil
	}
}

// dropIfIdle is what the idle timer calls; a node may have taken the shell since.
func (e *keptShell) dropIfIdle() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.held && e.live != nil {
		e.live.close()
		e.live = nil
	}
}

// liveShell reads a raw shell from its opening to its end.
type liveShell struct {
	raw    transport.Shell
	memory sdk.Memory

	mu     sync.Mutex
	room   sync.Cond
	buf    []byte
	more   chan struct{} // closed and replaced when buf grows or the shell ends
	err    error
	closed bool
	done   chan struct{}
}

func newLiveShell(raw transport.Shell) *liveShell {
	l := &liveShell{raw: raw, more: make(chan struct{}), done: make(chan struct{})}
	l.room.L = &l.mu
	go l.read()
	return l
}

func (l *liveShell) read() {
	defer close(l.done)
	chunk := make([]byte, 32<<10)
	for {
		n, err := l.raw.Read(chunk)
		l.mu.Lock()
		l.buf = append(l.buf, chunk[:n]...)
		if err != nil {
			l.err = err
		}
		close(l.more)
		l.more = make(chan struct{})
		for len(l.buf) > shellBuffer && !l.closed {
			l.room.Wait()
		}
		stop := err != nil || l.closed
		l.mu.Unlock()
		if stop {
			return
		}
	}
}

func (l *liveShell) ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil || l.closed
}

func (l *liveShell) close() {
	l.mu.Lock()
	l.closed = true
	l.room.Broadcast()
	l.mu.Unlock()
	_ = l.raw.Close()
	<-l.done
}

// receive returns what has come, waiting for something when nothing has.
func (l *liveShell) receive(ctx context.Context) ([]byte, error) {
	for {
		l.mu.Lock()
		if len(l.buf) > 0 {
			out := l.buf
			l.buf = nil
			l.room.Broadcast()
			l.mu.Unlock()
			return out, nil
		}
		err, closed, more := l.err, l.closed, l.more
		l.mu.Unlock()
		if closed && err == nil {
			err = io.EOF
		}
		if err != nil {
			return nil, err
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// heldShell is a kept shell in the hands of one node: what sdk.Shell is for a module in this process.
type heldShell struct {
	entry      *keptShell
	live       *liveShell
	generation uint64
	conn       *nodeConn
	once       sync.Once
}

var _ sdk.Shell = (*heldShell)(nil)

func (h *heldShell) Generation() uint64  { return h.generation }
func (h *heldShell) Memory() *sdk.Memory { return &h.live.memory }

// SendLine types a line. What it types never holds a control character: a newline in a value would be a second command.
func (h *heldShell) SendLine(ctx context.Context, line sdk.Line) error {
	text, what := line.Text, line.Text
	if line.Secret != nil {
		b, err := h.conn.secret(*line.Secret)
		if err != nil {
			return err
		}
		text = strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r") // a file with a password ends as text files do
		what = "(the secret " + line.Secret.Name + ")"
	}
	if i := strings.IndexFunc(text, isControl); i >= 0 {
		return fmt.Errorf("line refused: it holds a control character at byte %d", i)
	}
	if err := h.conn.before(ctx, line.Effect, what); err != nil {
		return err
	}
	return h.write(ctx, text+"\r")
}

func isControl(r rune) bool {
	return r < 0x20 || r >= 0x7f && r <= 0x9f || r == 0x2028 || r == 0x2029
}

func (h *heldShell) Interrupt(ctx context.Context) error { return h.write(ctx, "\x03") }

// write gives up waiting at ctx's end: a peer that stopped reading would otherwise hold the node for ever.
func (h *heldShell) write(ctx context.Context, s string) error {
	wrote := make(chan error, 1)
	go func() {
		_, err := io.WriteString(h.live.raw, s)
		wrote <- err
	}()
	select {
	case err := <-wrote:
		return h.conn.seen(err)
	case <-ctx.Done():
		h.Discard()
		return ctx.Err()
	}
}

func (h *heldShell) Receive(ctx context.Context) ([]byte, error) {
	b, err := h.live.receive(ctx)
	if err != nil && !errors.Is(err, ctx.Err()) {
		err = h.conn.ended(err)
	}
	return b, err
}

func (h *heldShell) Discard() {
	h.entry.mu.Lock()
	if h.entry.live == h.live {
		h.entry.live = nil
	}
	h.entry.mu.Unlock()
	h.live.close()
}

func (h *heldShell) Close() error {
	h.once.Do(func() {
		h.entry.mu.Lock()
		defer h.entry.mu.Unlock()
		h.entry.held = false
		if h.entry.live != nil {
			h.entry.idle = time.AfterFunc(shellIdle, h.entry.dropIfIdle)
		}
	})
	return nil
}
