package journal

import (
	"errors"
	"fmt"
	"io/fs"
)

// state says whether the journal failed.
func (w *Writer) state() (full bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.full, w.err
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

// at says where an operation failed. What the system says may name the file as it was before its run had a number.
func (w *Writer) at(op string, err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	return &fs.PathError{Op: op, Path: w.path, Err: err}
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

// release cuts off what is left of the refused write and gives the reserve's room back. The sync keeps a power cut from showing
// pieces of the refused write under what is written in its place.
func (w *Writer) release() error {
	if err := errors.Join(w.f.Truncate(w.size), w.disk.Remove(w.reserve)); err != nil {
		return err
	}
	return w.sync()
}

// rescue writes what has ended into the room of the reserve, and refuses everything else with the error.
func (w *Writer) rescue(b *batch, refuse error) {
	if b != nil {
		if err := w.write(b, end); err != nil {
			w.lost(b, w.at("write", err))
			return
		}
	}
	if w.size > w.synced {
		if err := w.sync(); err != nil {
			w.lost(b, w.at("sync", err))
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
