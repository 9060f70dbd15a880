package lang

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/muster-run/muster/engine/diag"
)

// openFlags keep an open from waiting for the other end of a FIFO; what was opened is judged afterwards, by its descriptor.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// readRegular reads a regular file of at most MaxFile bytes, wherever it is. name is the path as the user wrote it.
func readRegular(path, name string) ([]byte, error) {
	f, err := os.OpenFile(path, openFlags, 0)
	if err != nil {
		return nil, openError(path, name, err)
	}
	defer f.Close()
	if isKernelFile(path) {
		return nil, notRegular(name, "It is a view into the kernel, not a file on disk.")
	}
	return readOpen(f, path, name)
}

// readOpen reads what was opened, if it is a regular file of at most MaxFile bytes.
func readOpen(f *os.File, path, name string) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, openError(path, name, err)
	}
	switch {
	case info.IsDir():
		return nil, notRegular(name, "It is a directory.")
	case !info.Mode().IsRegular():
		return nil, notRegular(name, "It is a pipe, a device or a socket.")
	case info.Size() > MaxFile:
		return nil, tooLarge(name)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, openError(path, name, err)
	}
	if len(data) > MaxFile {
		return nil, tooLarge(name)
	}
	return data, nil
}

func isKernelFile(path string) bool {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	if resolved, err = filepath.Abs(resolved); err != nil {
		return false
	}
	for _, dir := range []string{"/proc/", "/sys/", "/dev/"} {
		if strings.HasPrefix(resolved, dir) {
			return true
		}
	}
	return false
}

func openError(path, name string, err error) error {
	reason, advice := err.Error(), "Check the path and its permissions."
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason, advice = "There is no such file.", nearbyFile(path)
		if path != name {
			reason = fmt.Sprintf("There is no file %s.", path)
		}
	case errors.Is(err, fs.ErrPermission):
		reason, advice = "The file may not be read by this user.", "Change its permissions."
	case errors.As(err, &pe):
		reason = fmt.Sprintf("The system answers: %s.", pe.Err)
	}
	return &diag.Cause{Code: diag.FileUnreadable, Summary: fmt.Sprintf("cannot read %q", name), Detail: reason, Advice: advice, Err: err}
}

// nearbyFile looks for a name like the missing one in the same directory. A file of another kind is never meant: the key
// of a certificate that is missing would be given away as one.
func nearbyFile(path string) string {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Sprintf("There is no directory %q either; check the path.", dir)
	}
	var names, alike []string
	for _, e := range entries {
		names = append(names, e.Name())
		if filepath.Ext(e.Name()) == filepath.Ext(path) {
			alike = append(alike, e.Name())
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("The directory %s is empty; check the path.", dir)
	}
	return diag.DidYouMean(filepath.Base(path), alike, fmt.Sprintf("Check the path. In %s are: %s.", dir, diag.List(names)))
}

func notRegular(path, reason string) error {
	return &diag.Cause{Code: diag.FileNotRegular, Summary: fmt.Sprintf("%q is no regular file", path), Detail: reason, Advice: "Give a regular file."}
}

func tooLarge(path string) error {
	return diag.Causef(diag.FileTooLarge, fmt.Sprintf("%q is too large", path), "Give a smaller file.", "At most %d bytes are read.", MaxFile)
}
