package journal

import (
	"bytes"
	"os"
	"time"
)

// Info is a run in a list.
type Info struct {
	Run     int
	Begin   Begin
	Process Process // the one that began the run
	Began   time.Time
	Last    time.Time // of the last record
	Finish  *Finish   // of the last process; nil: it died, or is running
	Running bool
	Err     error // why nothing more is known of it
}

// List gives all runs, the latest first. Of each it reads the first two records and the last 64 KiB, where a process that
// ended has its last word; only one that wrote more than that after its last intent is looked for further back. It verifies nothing but the records it uses.
func (s *Store) List() ([]Info, error) {
	runs, err := s.numbers()
	if err != nil {
		return nil, err
	}
	out := make([]Info, 0, len(runs))
	for _, run := range runs {
		in := Info{Run: run}
		in.Err = s.info(run, &in)
		out = append(out, in)
	}
	return out, nil
}

func (s *Store) info(run int, in *Info) error {
	f, err := s.open(run, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	if in.Running, err = locked(f.Fd()); err != nil {
		return err
	}
	stat, err := f.Stat()
	if err != nil {
		return err
	}
	if err := in.head(f, stat.Size()); err != nil {
		return err
	}
	for window := int64(64 << 10); ; window *= 16 {
		from := max(int64(headerLen), stat.Size()-window)
		if found, err := in.tail(f, from, stat.Size()); found || err != nil || from == int64(headerLen) {
			return err
		}
	}
}

// head reads the first two records.
func (in *Info) head(f file, size int64) error {
	sc, err := newScanner(f, size)
	if err != nil {
		return err
	}
	for n := range 2 {
		payload, err := sc.next()
		if err != nil && n == 0 {
			return &Damaged{int64(headerLen), "the beginning of the run cannot be read"}
		} else if err != nil {
			return nil
		}
		r, err := decode(payload, sc.at)
		switch {
		case err != nil:
			return err
		case r.Begin != nil:
			in.Begin, in.Began = *r.Begin, r.Time
		case r.Process != nil:
			in.Process = *r.Process
		}
	}
	return nil
}

// tail reads the records that begin behind an offset, and reports whether they say how the run stands.
func (in *Info) tail(f file, from, size int64) (found bool, err error) {
	var last []byte
	for {
		p, err := find(f, from, size)
		if err != nil {
			return false, err
		}
		if p == nil {
			break
		}
		from, last = p.at+frameLen+int64(p.length), p.payload
		if !tells(last) {
			continue
		}
		r, err := decode(last, from)
		if err != nil {
			return false, err
		}
		in.Finish, found = r.Finish, true
	}
	if last == nil {
		return false, nil
	}
	r, err := decode(last, size)
	in.Last = r.Time
	return found, err
}

// tells reports whether a record says that the run is under way, or that a process ended.
func tells(payload []byte) bool {
	for _, kind := range []string{`{"process":`, `{"intent":`, `{"finish":`} {
		if bytes.HasPrefix(payload, []byte(kind)) {
			return true
		}
	}
	return false
}
