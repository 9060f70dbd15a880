package journal

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/muster-run/muster/engine/event"
)

// Writer appends to the journal of one run. Its methods may be called from any goroutine; records stand in the file in the
// order in which Append was called.
//
// One goroutine writes. It takes all that has gathered, writes it at once and syncs once for all who wait (see flush.go).
type Writer struct {
	run    int
	path   string // of the journal
	failed chan struct{}
	kick   chan struct{} // something is to be done
	done   chan struct{} // the flusher has ended

	mu      sync.Mutex
	open    *batch // gathers
	bytes   int    // in open
	missing int    // events that were left out since the last that was not
	wanted  bool   // somebody waits
	closing bool
	err     error // why the journal failed
	full    bool  // because of the disk: ends are still taken, into the reserve

	thin thinning

	flusher
}

// backlog is how many bytes of events may wait in memory.
const backlog = 32 << 20

func (s *Store) writer(run int, f file, size int64, c chain) *Writer {
	w := &Writer{
		run: run, path: s.Path(run), failed: make(chan struct{}), kick: make(chan struct{}, 1), done: make(chan struct{}), open: newBatch(),
		flusher: flusher{f: f, size: size, synced: size, chain: c, disk: s.disk, reserve: filepath.Join(s.dir(run), reserveName)},
	}
	go w.loop()
	return w
}

// Run is the run's number.
func (w *Writer) Run() int { return w.run }

// Append puts a record behind those before it, and returns at once. Whether it is durable, Wait says. An Event is copied
// when it is appended; so is everything else.
func (w *Writer) Append(r Record) Ticket {
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	payload, err := encode(r)
	if err != nil {
		return refused(fmt.Errorf("journal: %w", err))
	}
	k := classOf(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err != nil && !(w.full && k == end):
		return refused(w.err)
	case w.closing:
		return refused(errClosed)
	}
	if !w.admit(k, payload) {
		return refused(errBehind)
	}
	w.put(payload, k)
	return Ticket{w.open, k == end}
}

// Wait returns nil when the record is durable, and otherwise why it never will be, or the context's error. On a full disk the end
// of a node or run and what was steered may be durable although the journal failed: they have a reserve.
func (w *Writer) Wait(ctx context.Context, t Ticket) error {
	if t.of == nil {
		return nil
	}
	select {
	case <-t.of.done:
		return t.answer()
	default:
	}
	w.mu.Lock()
	w.wanted = true
	w.wake()
	w.mu.Unlock()
	select {
	case <-t.of.done:
		return t.answer()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// admit makes sure that events do not fill the memory while a disk hangs. What is left out is said as soon as there is room.
func (w *Writer) admit(k class, payload []byte) bool {
	if k == note && w.bytes+len(payload) > backlog {
		w.missing++
		return false
	}
	if w.missing > 0 {
		text := fmt.Sprintf("%d events are missing here: the disk of the control machine did not keep up", w.missing)
		gap, err := encode(Record{Time: time.Now(), Event: &Event{event.Event{Time: time.Now(), Type: event.NodeLog, Text: text}}})
		if err == nil {
			w.put(gap, note)
		}
		w.missing = 0
	}
	return true
}

// put adds to the open batch.
func (w *Writer) put(payload []byte, k class) {
	w.open.items = append(w.open.items, item{payload, k})
	w.bytes += len(payload)
	if len(w.open.items) == 1 {
		w.wake()
	}
}

// wake makes the flusher look. It holds one call, and looks at everything.
func (w *Writer) wake() {
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// Handle records an event; of a node's progress, what is new and at most one text in 30 s. It does not wait, and an event
// that cannot be recorded is lost: Err says why.
func (w *Writer) Handle(e event.Event) {
	if w.thin.keeps(e) {
		w.Append(Record{Time: e.Time, Event: &Event{e}})
	}
}

// Failed is closed when the journal failed. From then on no intent becomes durable.
func (w *Writer) Failed() <-chan struct{} { return w.failed }

// Err is why the journal failed; nil while it has not.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close makes durable what was appended, ends the goroutine, and lets other processes have the run. It returns Err. A second
// call does nothing more.
func (w *Writer) Close() error {
	w.mu.Lock()
	w.closing = true
	w.wake()
	w.mu.Unlock()
	<-w.done
	return w.Err()
}
