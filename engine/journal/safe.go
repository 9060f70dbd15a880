package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Dir is the user's directory for what muster keeps between runs, from an environment as os.Environ gives it:
// $XDG_STATE_HOME/muster, or ~/.local/state/muster. A relative XDG_STATE_HOME counts as none, as its specification says.
func Dir(environ []string) (string, error) {
	values := map[string]string{}
	for _, e := range environ {
		for _, name := range []string{"XDG_STATE_HOME", "HOME"} {
			if len(e) > len(name) && e[:len(name)] == name && e[len(name)] == '=' {
				values[name] = e[len(name)+1:]
			}
		}
	}
	if x := values["XDG_STATE_HOME"]; filepath.IsAbs(x) {
		return filepath.Join(x, "muster"), nil
	}
	if h := values["HOME"]; filepath.IsAbs(h) {
		return filepath.Join(h, ".local", "state", "muster"), nil
	}
	return "", errors.New("neither XDG_STATE_HOME nor HOME is set to an absolute path: muster has no place for the records of its runs")
}

// makeDirs makes a directory and those above it that are missing, each durable in the one above.
func makeDirs(d disk, dir string) error {
	switch _, err := os.Stat(dir); {
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return err
	case filepath.Dir(dir) == dir:
		return err
	}
	if err := makeDirs(d, filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.SyncDir(filepath.Dir(dir))
}

// checkDir refuses a directory in which others could read, or put something in the place of a journal.
func checkDir(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return &Unsafe{dir, "is a symbolic link, not a directory", "remove the link, or set XDG_STATE_HOME to where the records are"}
	}
	if !info.IsDir() {
		return &Unsafe{dir, "is not a directory", "move it away"}
	}
	return checkOwner(dir, info, "700")
}

// checkFile is for a journal that is open, so that it cannot be exchanged between the check and the read.
func checkFile(path string, f file) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &Unsafe{path, "is not a regular file", "move it away"}
	}
	return checkOwner(path, info, "600")
}

func checkOwner(path string, info fs.FileInfo, mode string) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return &Unsafe{path, fmt.Sprintf("belongs to another user (uid %d)", st.Uid), "muster trusts only records of the user who runs it: run as that user, or move it away"}
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return &Unsafe{path, fmt.Sprintf("can be used by other users (mode %04o)", perm), "if nobody changed it, take that away: chmod " + mode + " " + path}
	}
	return nil
}

// openError puts a symbolic link in the place of a journal in words.
func openError(path string, err error) error {
	if errors.Is(err, syscall.ELOOP) {
		return &Unsafe{path, "is a symbolic link, not a file", "remove it"}
	}
	return err
}
