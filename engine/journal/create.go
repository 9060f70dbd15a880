package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Create begins a run under the next free number, which it sets in b. When it returns, the run's first two records are durable.
// A crash meanwhile leaves a directory that is no run and is removed by a later Create.
func (s *Store) Create(b Begin, p Process) (*Writer, error) {
	w, err := s.create(b, p)
	if err != nil {
		return nil, fmt.Errorf("cannot begin the journal of a run: %w", full(err))
	}
	return w, nil
}

func (s *Store) create(b Begin, p Process) (w *Writer, err error) {
	s.sweep()
	dir, err := s.disk.TempDir(s.runs, newPattern)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.disk.Remove(dir) // what is left is swept later
		}
	}()
	f, err := s.disk.Open(filepath.Join(dir, journalName), os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	if free, err := lock(f.Fd()); err != nil || !free {
		return nil, fmt.Errorf("lock: %w", errors.Join(err, ErrRunning))
	}
	if err := s.reserve(dir); err != nil {
		return nil, err
	}
	return s.number(dir, f, b, p)
}

// number writes the first records and gives the directory its number. Another process may take the number first; then the next is tried.
func (s *Store) number(dir string, f file, b Begin, p Process) (*Writer, error) {
	taken, err := s.numbers()
	if err != nil {
		return nil, err
	}
	b.Run = 1
	if len(taken) > 0 {
		b.Run = taken[0] + 1
	}
	for ; ; b.Run++ {
		data, c, err := begin(b, p)
		if err != nil {
			return nil, err
		}
		if err := writeAll(f, data); err != nil {
			return nil, err
		}
		if err := s.disk.SyncDir(dir); err != nil {
			return nil, err
		}
		Crash()
		// A directory cannot replace one that has something in it, and every run's has.
		err = s.disk.Rename(dir, s.dir(b.Run))
		if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
			continue
		} else if err != nil {
			return nil, err
		}
		if err := s.disk.SyncDir(s.runs); err != nil {
			_ = s.disk.Remove(s.dir(b.Run)) // nobody has been told of it
			return nil, err
		}
		Crash()
		return s.writer(b.Run, f, int64(len(data)), c), nil
	}
}

// begin is the start of a journal.
func begin(b Begin, p Process) ([]byte, chain, error) {
	now := time.Now()
	data, c := header(), chainOf(header())
	for _, r := range []Record{{Time: now, Begin: &b}, {Time: now, Process: &p}} {
		payload, err := encode(r)
		if err != nil {
			return nil, c, err
		}
		data = appendFrame(data, &c, int64(len(data)-headerLen), payload)
	}
	return data, c, nil
}

// writeAll makes data the whole, durable content of a file.
func writeAll(f file, data []byte) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		return err
	}
	return f.Sync()
}

// reserve allocates what a full disk must leave for outcomes. Its bytes are random, because a file system that compresses
// would keep no room for zeros.
func (s *Store) reserve(dir string) error {
	f, err := s.disk.Open(filepath.Join(dir, reserveName), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() == reserveSize {
		return nil
	}
	data := make([]byte, reserveSize)
	_, _ = rand.Read(data) // never fails
	return writeAll(f, data)
}

// sweep removes what creations left behind that did not end. An hour is more than one takes.
func (s *Store) sweep() {
	left, _ := filepath.Glob(filepath.Join(s.runs, newPattern))
	for _, dir := range left {
		if info, err := os.Lstat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = s.disk.Remove(dir)
		}
	}
}
