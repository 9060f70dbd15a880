package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// Continue opens a run's journal for another process and records it. What a power cut left half-written at the end is cut
// off. The state is that before the new process. A run that another process works on is refused with a *Running.
func (s *Store) Continue(run int, p Process) (*Writer, *State, error) {
	w, st, err := s.resume(run, p)
	if err != nil {
		return nil, nil, fmt.Errorf("run %d cannot go on: %w", run, full(err))
	}
	return w, st, nil
}

func (s *Store) resume(run int, p Process) (w *Writer, st *State, err error) {
	f, err := s.open(run, os.O_RDWR)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	if free, err := lock(f.Fd()); err != nil {
		return nil, nil, fmt.Errorf("lock: %w", err)
	} else if !free {
		return nil, nil, s.running(run, f)
	}
	sc, st, err := read(run, f)
	if err != nil {
		return nil, nil, err
	}
	if err := settle(f, sc); err != nil {
		return nil, nil, err
	}
	if err := s.reserve(s.dir(run)); err != nil {
		return nil, nil, err
	}
	if err := s.disk.SyncDir(s.dir(run)); err != nil {
		return nil, nil, err
	}
	w, err = s.enter(run, f, sc, p)
	return w, st, err
}

// enter records the new process.
func (s *Store) enter(run int, f file, sc *scanner, p Process) (*Writer, error) {
	payload, err := encode(Record{Time: time.Now(), Process: &p})
	if err != nil {
		return nil, err
	}
	c := sc.chain
	data := appendFrame(nil, &c, 0, payload)
	Crash()
	if _, err := f.WriteAt(data, sc.at); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	Crash()
	return s.writer(run, f, sc.at+int64(len(data)), c), nil
}

// settle makes durable what was read, before anything is decided by it. What is not proved to have been synced may stand in
// memory alone, and a system whose sync has failed once counts such pages as written: so it is written again.
func settle(f file, sc *scanner) error {
	if err := f.Truncate(sc.at); err != nil {
		return err
	}
	tail := make([]byte, sc.at-sc.synced)
	if _, err := f.ReadAt(tail, sc.synced); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := f.WriteAt(tail, sc.synced); err != nil {
		return err
	}
	return f.Sync()
}

// open opens a run's journal after it has checked whose it is.
func (s *Store) open(run int, flag int) (file, error) {
	if err := checkDir(s.dir(run)); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoRun
	} else if err != nil {
		return nil, err
	}
	path := s.Path(run)
	f, err := s.disk.Open(path, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK)
	if err != nil {
		return nil, openError(path, err)
	}
	if err := checkFile(path, f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// read reads the open journal of a run as far as it goes now.
func read(run int, f file) (*scanner, *State, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	sc, err := newScanner(f, info.Size())
	if err != nil {
		return nil, nil, err
	}
	st, err := load(sc)
	if err == nil && st.Begin.Run != run {
		err = &Damaged{int64(headerLen), fmt.Sprintf("it is the journal of run %d", st.Begin.Run)}
	}
	if err != nil {
		return nil, nil, err
	}
	return sc, st, nil
}

// running says who works on a run.
func (s *Store) running(run int, f file) *Running {
	e := &Running{Run: run}
	if _, st, err := read(run, f); err == nil && len(st.Processes) > 0 {
		e.Process = &st.Processes[len(st.Processes)-1]
	}
	return e
}
