package journal

import (
	"errors"
	"fmt"
)

// Damaged is a journal that says something else than what was written. Nothing of it is believed.
type Damaged struct {
	Offset int64 // of the first byte of the record that is wrong
	Reason string
}

func (e *Damaged) Error() string {
	return fmt.Sprintf("the journal is damaged at byte %d: %s", e.Offset, e.Reason)
}

// OtherVersion is a journal whose form this version does not know.
type OtherVersion struct{ Major int }

func (e *OtherVersion) Error() string {
	if e.Major > major {
		return fmt.Sprintf("the journal has form %d, and this version of muster reads form %d: a newer muster wrote it, use that one", e.Major, major)
	}
	return fmt.Sprintf("the journal has form %d, which never was one", e.Major)
}

// Running is a run that another process works on. It is an ErrRunning.
type Running struct {
	Run     int
	Process *Process // nil when its journal cannot be read
}

// ErrRunning is wrapped by every *Running.
var ErrRunning = errors.New("another process works on this run")

func (e *Running) Error() string {
	if e.Process == nil {
		return fmt.Sprintf("run %d: another process works on it", e.Run)
	}
	return fmt.Sprintf("run %d: process %d of %s on %s works on it", e.Run, e.Process.PID, e.Process.User, e.Process.Machine)
}

func (e *Running) Unwrap() error { return ErrRunning }

// ErrNoRun is wrapped by the error for a run number that does not exist.
var ErrNoRun = errors.New("there is no such run")

// ErrFull is wrapped by the error of a journal whose file system has no room left.
var ErrFull = errors.New("no space is left for the journal")

// errBehind is for an event for which there was no room while the disk was slow.
var errBehind = errors.New("the journal's disk does not keep up")

// errClosed is for a record that came after Close.
var errClosed = errors.New("the journal is closed")

// Unsafe is a directory or file that others could read or exchange.
type Unsafe struct{ Path, Reason, Advice string }

func (e *Unsafe) Error() string { return e.Path + " " + e.Reason + "; " + e.Advice }

type tooLarge struct{ size int }

func (e *tooLarge) Error() string {
	return fmt.Sprintf("a record of %d bytes is larger than the %d MiB that a journal takes", e.size, maxPayload>>20)
}
