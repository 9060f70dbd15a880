package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Store is the directory of all runs of a user. It may be used by many goroutines and processes at once.
type Store struct {
	runs string
	disk disk
}

// Open makes or checks the directory for runs below dir, which Dir gives.
func Open(dir string) (*Store, error) { return openOn(dir, osDisk{}) }

func openOn(dir string, d disk) (*Store, error) {
	runs := filepath.Join(dir, "runs")
	err := makeDirs(d, runs)
	if err == nil {
		err = checkDir(runs)
	}
	if err != nil {
		return nil, fmt.Errorf("the directory for runs: %w", full(err))
	}
	return &Store{runs, d}, nil
}

const (
	journalName = "journal"
	reserveName = "reserve"
	newPattern  = ".new-*"
	reserveSize = 1 << 20
)

// Path is where a run's journal is.
func (s *Store) Path(run int) string { return filepath.Join(s.dir(run), journalName) }

func (s *Store) dir(run int) string { return filepath.Join(s.runs, fmt.Sprintf("%06d", run)) }

// numbers are the runs there are, the latest first.
func (s *Store) numbers() ([]int, error) {
	entries, err := os.ReadDir(s.runs)
	if err != nil {
		return nil, err
	}
	var out []int
	for i := len(entries) - 1; i >= 0; i-- { // sorted by name, and names have six digits
		if n, ok := number(entries[i].Name()); ok {
			out = append(out, n)
		}
	}
	return out, nil
}

func number(name string) (int, bool) {
	n, err := strconv.Atoi(name)
	return n, err == nil && n > 0 && fmt.Sprintf("%06d", n) == name
}

// full names the lack of space as what it is.
func full(err error) error {
	if isFull(err) {
		return fmt.Errorf("%w (%w)", ErrFull, err)
	}
	return err
}

func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
