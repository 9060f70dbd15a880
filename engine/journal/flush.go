package journal

import (
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// most is how long a record stays in memory when nobody waits for it.
	most = 100 * time.Millisecond
	// unsyncedMost bytes of events are written without a sync.
	unsyncedMost = 8 << 20
)

// flusher is what only the writing goroutine uses.
type flusher struct {
	f       file
	size    int64 // of what was written
	synced  int64 // of what is durable
	chain   chain
	waiting []*batch // written and not synced
	disk    disk
	reserve string
	buf     []byte
}

// loop writes when somebody waits, when the writer closes, and a while after the first record that nobody waits for.
func (w *Writer) loop() {
	defer close(w.done)
	timer := time.NewTimer(most)
	timer.Stop()
	defer timer.Stop()
	armed := false
	for {
		due := false
		select {
		case <-w.kick:
		case <-timer.C:
			due, armed = true, false
		}
		b, sync, closing := w.take(due)
		if b != nil || sync {
			timer.Stop()
			armed = false
			w.flush(b, sync)
		} else if !armed && !closing && w.gathers() {
			timer.Reset(most)
			armed = true
		}
		if closing {
			w.end()
			return
		}
	}
}

// take takes what has gathered, if it is time.
func (w *Writer) take(due bool) (b *batch, sync, closing bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sync = w.wanted || w.closing
	if (due || sync) && len(w.open.items) > 0 {
		b = w.open
		w.open, w.bytes = newBatch(), 0
	}
	w.wanted = false
	return b, sync, w.closing
}

func (w *Writer) gathers() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.open.items) > 0
}

// flush writes a batch, and syncs if it must.
func (w *Writer) flush(b *batch, sync bool) {
	full, lost := w.state()
	switch {
	case lost != nil && !full:
		w.answer(b, lost, lost)
		return
	case full:
		w.rescue(b, lost)
		return
	}
	if b != nil {
		if err := w.write(b, note); err != nil {
			w.broken(b, fmt.Errorf("write: %w", err))
			return
		}
		w.waiting = append(w.waiting, b)
		for _, it := range b.items {
			sync = sync || it.class != note
		}
		b.items = nil
	}
	if !sync && w.size-w.synced < unsyncedMost || w.size == w.synced {
		return
	}
	if err := w.sync(); err != nil {
		w.fail(fmt.Errorf("sync: %w", err), false)
		w.drop(nil, w.Err())
		return
	}
	w.settle()
}

// state says whether the journal failed.
func (w *Writer) state() (full bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.full, w.err
}

// write puts the records of a batch, from a class upwards, behind what was written.
func (w *Writer) write(b *batch, from class) error {
	c, data := w.chain, w.buf[:0]
	for _, it := range b.items {
		if it.class >= from {
			data = appendFrame(data, &c, w.size-w.synced+int64(len(data)), it.payload)
		}
	}
	w.buf = data
	if cap(data) > 4<<20 {
		w.buf = nil // one large batch does not keep its memory for ever
	}
	if len(data) == 0 {
		return nil
	}
	Crash()
	n, err := w.f.WriteAt(data, w.size)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	Crash()
	w.size, w.chain = w.size+int64(n), c
	return nil
}

func (w *Writer) sync() error {
	Crash()
	if err := w.f.Sync(); err != nil {
		return err
	}
	Crash()
	w.synced = w.size
	return nil
}

// settle tells those who wait that what was written is durable.
func (w *Writer) settle() {
	for _, b := range w.waiting {
		close(b.done)
	}
	w.waiting = nil
}

// fail ends the journal: nothing that failed is tried again, because a system whose sync failed once says of the next that
// all is well, and it is not.
func (w *Writer) fail(err error, full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = fmt.Errorf("the journal of run %d failed: %w", w.run, err)
		close(w.failed)
	}
	w.full = full
}

// drop answers everything that is not durable and never will be.
func (w *Writer) drop(b *batch, err error) {
	for _, waits := range w.waiting {
		w.answer(waits, err, err)
	}
	w.waiting = nil
	w.answer(b, err, err)
}

func (w *Writer) answer(b *batch, err, ends error) {
	if b != nil {
		b.items, b.err, b.ends = nil, err, ends
		close(b.done)
	}
}

// broken takes in that a batch could not be written. When the disk is full, and only then, nothing of it is in the file
// that cannot be cut off again: room is made by giving the reserve back, and what has ended is recorded there.
func (w *Writer) broken(b *batch, err error) {
	if !isFull(err) {
		w.fail(err, false)
		w.drop(b, w.Err())
		return
	}
	w.fail(full(err), true)
	if err := w.release(); err != nil {
		w.lost(b, err)
		return
	}
	w.rescue(b, w.Err())
}

// release gives the reserve's room back.
func (w *Writer) release() error {
	return errors.Join(w.f.Truncate(w.size), w.disk.Remove(w.reserve))
}

// rescue writes what has ended into the room of the reserve, and refuses everything else with the error.
func (w *Writer) rescue(b *batch, refuse error) {
	if b != nil {
		if err := w.write(b, end); err != nil {
			w.lost(b, fmt.Errorf("write: %w", err))
			return
		}
	}
	if w.size > w.synced {
		if err := w.sync(); err != nil {
			w.lost(b, fmt.Errorf("sync: %w", err))
			return
		}
	}
	w.settle()
	w.answer(b, refuse, nil)
}

// lost gives up on the reserve, too.
func (w *Writer) lost(b *batch, err error) {
	w.mu.Lock()
	w.full = false
	w.err = fmt.Errorf("%w; and what ended since is not recorded: %w", w.err, err)
	lost := w.err
	w.mu.Unlock()
	w.drop(b, lost)
}

// end closes the file, which frees the lock, and removes the reserve: only a run under way needs one.
func (w *Writer) end() {
	_ = w.disk.Remove(w.reserve) // a later process that finds it uses it
	_ = w.f.Close()              // everything in it is synced, or was given up
}
