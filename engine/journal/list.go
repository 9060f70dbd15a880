package journal

import (
	"os"
	"time"
)

// Info is a run in a list.
type Info struct {
	Run     int
	Begin   Begin
	Process Process // the last one
	Began   time.Time
	Last    time.Time // of the last record
	Finish  *Finish   // of the last process; nil: it died, or is running
	Running bool
	Err     error // why nothing more is known of it
}

// List gives all runs, the latest first.
func (s *Store) List() ([]Info, error) {
	runs, err := s.numbers()
	if err != nil {
		return nil, err
	}
	out := make([]Info, 0, len(runs))
	for _, run := range runs {
		out = append(out, s.info(run))
	}
	return out, nil
}

func (s *Store) info(run int) Info {
	in := Info{Run: run}
	f, err := s.open(run, os.O_RDONLY)
	if err != nil {
		in.Err = err
		return in
	}
	defer f.Close()
	in.Running, _ = locked(f.Fd())
	_, st, err := read(f)
	if err != nil {
		in.Err = err
		return in
	}
	in.Begin, in.Began, in.Last, in.Finish = st.Begin, st.Began, st.Last, st.Finish
	if n := len(st.Processes); n > 0 {
		in.Process = st.Processes[n-1]
	}
	return in
}
