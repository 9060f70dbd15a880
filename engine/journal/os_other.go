//go:build unix && !linux

package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func syncData(f *os.File) error { return f.Sync() }

// lock takes the journal for as long as the file is open; false when another process has it.
func lock(fd uintptr) (bool, error) {
	err := unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// locked takes the lock for a moment, there being no way to ask. A resume that begins in just this moment is refused.
func locked(fd uintptr) (bool, error) {
	free, err := lock(fd)
	if free {
		_ = unix.Flock(int(fd), unix.LOCK_UN)
	}
	return err == nil && !free, err
}
