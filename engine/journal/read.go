package journal

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/muster-run/muster/engine/event"
)

// Read gives what a run's journal says now, whether or not a process works on it. A damaged journal is refused with a *Damaged.
func (s *Store) Read(run int) (*State, error) {
	f, err := s.open(run, os.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("run %d: %w", run, err)
	}
	defer f.Close()
	_, st, err := read(run, f)
	if err != nil {
		return nil, fmt.Errorf("run %d: %w", run, err)
	}
	return st, nil
}

// Events hands each event of a run to a function, in order, and ends with its first error. Each process that worked on the
// run counts its events from 1 and begins with a run_started.
func (s *Store) Events(run int, each func(event.Event) error) error {
	return s.walk(run, func(sc *scanner, payload []byte) error {
		if !isEvent(payload) {
			return nil
		}
		r, err := decode(payload, sc.at)
		if err != nil {
			return fmt.Errorf("run %d: %w", run, err)
		}
		if r.Event == nil {
			return nil
		}
		return each(r.Event.Event)
	})
}

// Verdict is what Verify found in a journal that is not damaged.
type Verdict struct {
	Records int
	Bytes   int64 // of the whole records
	Torn    int64 // bytes of an incomplete record behind them
}

// Verify reads every byte of a run's journal.
func (s *Store) Verify(run int) (Verdict, error) {
	var v Verdict
	err := s.walk(run, func(sc *scanner, payload []byte) error {
		if _, err := decode(payload, sc.at); err != nil {
			return fmt.Errorf("run %d: %w", run, err)
		}
		v.Records, v.Bytes, v.Torn = v.Records+1, sc.at, sc.size-sc.at
		return nil
	})
	return v, err
}

// walk goes through the payloads of a journal.
func (s *Store) walk(run int, each func(*scanner, []byte) error) error {
	f, err := s.open(run, os.O_RDONLY)
	if err != nil {
		return fmt.Errorf("run %d: %w", run, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("run %d: %w", run, err)
	}
	sc, err := newScanner(f, info.Size())
	for err == nil {
		var payload []byte
		if payload, err = sc.next(); err == nil {
			if err := each(sc, payload); err != nil {
				return err
			}
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("run %d: %w", run, err)
}

// Running gives the process that works on a run, or false.
func (s *Store) Running(run int) (*Process, bool) {
	f, err := s.open(run, os.O_RDONLY)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	if held, err := locked(f.Fd()); err != nil || !held {
		return nil, false
	}
	return s.running(run, f).Process, true
}
