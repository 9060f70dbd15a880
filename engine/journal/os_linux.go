package journal

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// syncData is fdatasync: the times of the file are of no interest.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// lock takes the journal for as long as the file is open; false when another process has it. It is a lock of the open
// file, as flock's is, but one that others can ask about without taking it: a `muster status` never makes a resume fail.
func lock(fd uintptr) (bool, error) {
	err := unix.FcntlFlock(fd, unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return false, nil
	}
	return err == nil, err
}

// locked reports whether another open file holds the lock.
func locked(fd uintptr) (bool, error) {
	l := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	err := unix.FcntlFlock(fd, unix.F_OFD_GETLK, &l)
	return err == nil && l.Type != unix.F_UNLCK, err
}
