package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// MaxFile is how large a secret file may be, in bytes.
const MaxFile = 64 << 10

// Error is a source that cannot be used, with what to do about it.
type Error struct {
	Summary string // one line: `~/.ssh/id can be read by other users (mode 0644)`
	Advice  string // the next step, may be empty
	Err     error  // for errors.Is; not shown, may be nil
}

func (e *Error) Error() string {
	if e.Advice == "" {
		return e.Summary
	}
	return e.Summary + "; " + e.Advice
}

func (e *Error) Unwrap() error { return e.Err }

// ReadFile reads a secret from a file that belongs to this user (or root), that no other user can read, and that is no
// larger than MaxFile. Symbolic links are followed. The file is opened once and judged by that descriptor, so that it
// cannot be exchanged between the check and the read. Every error is an *Error.
func ReadFile(path string) (Value, error) {
	// O_NONBLOCK: opening a FIFO must not wait for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return Value{}, openError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Value{}, &Error{Summary: fmt.Sprintf("cannot read %s: %v", path, cause(err)), Err: err}
	}
	if err := checkInfo(path, info); err != nil {
		return Value{}, err
	}
	buf := make([]byte, MaxFile+1)
	n, err := io.ReadFull(f, buf)
	switch {
	case err == nil:
		clear(buf)
		return Value{}, tooLarge(path)
	case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		clear(buf)
		return Value{}, &Error{Summary: fmt.Sprintf("cannot read %s: %v", path, cause(err)), Err: err}
	case n == 0:
		return Value{}, &Error{Summary: path + " is empty"}
	}
	return NewValue(buf[:n:n]), nil
}

func checkInfo(path string, info fs.FileInfo) error {
	if info.IsDir() {
		return &Error{Summary: path + " is a directory, not a file"}
	}
	if !info.Mode().IsRegular() {
		return &Error{Summary: path + " is not a regular file"}
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return &Error{
			Summary: fmt.Sprintf("%s belongs to another user (uid %d)", path, st.Uid),
			Advice:  "its owner could exchange it at any time: make a copy of your own",
		}
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return &Error{
			Summary: fmt.Sprintf("%s can be used by other users (mode %04o)", path, perm),
			Advice:  "take that away: chmod 600 " + path,
		}
	}
	if info.Size() > MaxFile {
		return tooLarge(path)
	}
	return nil
}

func tooLarge(path string) error {
	return &Error{Summary: fmt.Sprintf("%s is larger than %d KiB", path, MaxFile>>10), Advice: "is it the right file?"}
}

func openError(path string, err error) error {
	e := &Error{Summary: fmt.Sprintf("cannot read %s: %v", path, cause(err)), Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Summary, e.Advice = path+" does not exist", "check the path"
	case errors.Is(err, fs.ErrPermission):
		e.Summary, e.Advice = "this user may not read "+path, "run as its owner, or make a copy of your own"
	}
	return e
}

// cause strips the operation and path, which the caller names already.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
