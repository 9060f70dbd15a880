package journal

import (
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
			w.broken(b, w.at("write", err))
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
		w.fail(w.at("sync", err), false)
		w.drop(nil, w.Err())
		return
	}
	w.settle()
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

// end closes the file, which frees the lock, and removes the reserve: only a run under way needs one.
func (w *Writer) end() {
	_ = w.disk.Remove(w.reserve) // a later process that finds it uses it
	_ = w.f.Close()              // everything in it is synced, or was given up
}
