package sim

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

// tap stands between a process and its journal. It knows what was durable when, so that the judge can ask at every effect,
// and ends everything at once when the process dies.
type tap struct {
	p *process
	w *journal.Writer

	mu      sync.Mutex
	sent    []journal.Record
	tickets map[journal.Ticket]int // -> how many of sent it stands for
	durable int                    // so many of sent
	frozen  bool
	size    int64 // of the file when it froze
	failAt  int   // so many records are taken; 0: all
	err     error
	failed  chan struct{}
	waits   int

	// Planted: it says that all is durable, and waits for nothing; it loses records and says nothing.
	sloppy bool
	drop   func(journal.Record) bool
}

// none is the ticket of nothing.
var none journal.Ticket

var errDisk = errors.New("simulated: no space left on device")

func newTap(p *process, w *journal.Writer) *tap {
	return &tap{p: p, w: w, tickets: map[journal.Ticket]int{}, failed: make(chan struct{})}
}

// Append takes a record.
func (t *tap) Append(r journal.Record) journal.Ticket {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.frozen || t.err != nil {
		return none
	}
	if t.failAt > 0 && len(t.sent) >= t.failAt {
		t.err = errDisk
		close(t.failed)
		return none
	}
	if t.drop != nil && t.drop(r) {
		return none
	}
	ticket := t.w.Append(r)
	t.sent = append(t.sent, r)
	t.tickets[ticket] = len(t.sent)
	return ticket
}

// Wait returns when the record is durable.
func (t *tap) Wait(ctx context.Context, ticket journal.Ticket) error {
	t.mu.Lock()
	n, frozen, bad := t.tickets[ticket], t.frozen, t.err
	t.waits++
	doomed := t.waits == t.p.doom.waits
	t.mu.Unlock()
	if doomed && t.p.doom.waits%2 == 0 {
		t.p.die()
		frozen = true
	}
	switch {
	case frozen:
		<-ctx.Done()
		return ctx.Err()
	case t.sloppy || t.drop != nil && n == 0:
		return nil
	case n == 0 || bad != nil:
		return errDisk
	}
	if err := t.w.Wait(ctx, ticket); err != nil {
		return err
	}
	t.mu.Lock()
	t.durable = max(t.durable, n)
	t.mu.Unlock()
	if doomed {
		t.p.die()
	}
	return ctx.Err()
}

// Failed is closed when a record could not be kept.
func (t *tap) Failed() <-chan struct{} { return t.failed }

// Err is why.
func (t *tap) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Handle takes an event, as a sink.
func (t *tap) Handle(e event.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.frozen && t.err == nil {
		t.w.Handle(e)
	}
}

// freeze is the moment of death: nothing more gets to the journal.
func (t *tap) freeze(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.frozen = true
	if info, err := os.Stat(path); err == nil {
		t.size = info.Size()
	}
}

// holds reports whether the intent and the effect for an operation on a host are durable.
func (t *tap) holds(host, what string) (intent, effect bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	begun := map[string]int{}
	for _, r := range t.sent[:t.durable] {
		switch {
		case r.Intent != nil:
			begun[r.Intent.Node] = r.Intent.Attempt
		case r.Effect != nil && (strings.HasPrefix(r.Effect.Node, host+": ") || !strings.Contains(r.Effect.Node, ": ")) && strings.Contains(r.Effect.What, what):
			effect = true
			// A health question is asked many times and meant once.
			n := begun[r.Effect.Node]
			intent = intent || n == r.Effect.Attempt || n > 0 && strings.Contains(r.Effect.Node, ".health.")
		}
	}
	return intent, effect
}

// outcomes are what was told of a node, in order.
func (t *tap) outcomes(node string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, r := range t.sent {
		if r.Outcome != nil && r.Outcome.Node == node {
			out = append(out, r.Outcome.Outcome)
		}
	}
	return out
}

// lose leaves of the file what a dead machine leaves: what was durable, and some of what had been written since. first is
// how many records, but for events, stood in it before this process. A kill takes nothing that had been written; a power
// cut may take any of it that was not durable.
func (t *tap) lose(path string, first int, power bool, keep func(int64) int64) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	size := min(t.size, int64(len(b)))
	if !power {
		return os.Truncate(path, size)
	}
	safe, n := int64(headerLen), 0
	for at := safe; at+frameLen <= size; {
		end := at + frameLen + int64(binary.LittleEndian.Uint32(b[at:]))
		if end > size {
			break
		}
		if !bytes.HasPrefix(b[at+frameLen:end], []byte(`{"event":`)) {
			n++
		}
		if at = end; n <= first+t.durable {
			safe = end
		}
		if n >= first+t.durable {
			break
		}
	}
	return os.Truncate(path, safe+keep(size-safe))
}

// records is how many records that are no events a journal holds.
func records(path string) (n int) {
	b, _ := os.ReadFile(path)
	for at := headerLen; at+frameLen <= len(b); {
		end := at + frameLen + int(binary.LittleEndian.Uint32(b[at:]))
		if end > len(b) {
			break
		}
		if !bytes.HasPrefix(b[at+frameLen:end], []byte(`{"event":`)) {
			n++
		}
		at = end
	}
	return n
}

// The form of a journal, as docs/adr/0007-journal.md gives it.
const (
	headerLen = 16
	frameLen  = 32
)

// tell is what was given to the journal, a line per record; those behind the mark were not durable.
func (t *tap) tell() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for i, r := range t.sent {
		if i == t.durable {
			b.WriteString("-- durable up to here\n")
		}
		switch {
		case r.Intent != nil:
			fmt.Fprintf(&b, "%s intent %+v\n", t.p.name, *r.Intent)
		case r.Effect != nil:
			fmt.Fprintf(&b, "%s effect %+v\n", t.p.name, *r.Effect)
		case r.Outcome != nil:
			fmt.Fprintf(&b, "%s outcome %+v\n", t.p.name, *r.Outcome)
		default:
			text, _ := json.Marshal(r)
			fmt.Fprintf(&b, "%s %s\n", t.p.name, text)
		}
	}
	return b.String()
}
