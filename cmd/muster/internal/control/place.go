package control

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// maxPath is what the shortest system takes for the path of a unix socket, the terminating zero left out.
const maxPath = 103

const suffix = ".sock"

// Dir is the directory of this user's sockets, made where it is missing: $XDG_RUNTIME_DIR/muster, else one below the
// directory for temporary files. Nobody but the user can look into it.
func Dir(environ []string) (string, error) {
	var tried error
	for _, dir := range candidates(environ) {
		if len(filepath.Join(dir, name())) > maxPath {
			tried = errors.Join(tried, fmt.Errorf("%s: too long for a unix socket", dir))
			continue
		}
		if err := private(dir); err != nil {
			tried = errors.Join(tried, err)
			continue
		}
		return dir, nil
	}
	return "", tried
}

func candidates(environ []string) []string {
	var dirs []string
	temporary := os.TempDir()
	for _, kv := range environ {
		if dir, ok := strings.CutPrefix(kv, "XDG_RUNTIME_DIR="); ok && filepath.IsAbs(dir) {
			dirs = append(dirs, filepath.Join(dir, "muster"))
		}
		if dir, ok := strings.CutPrefix(kv, "TMPDIR="); ok && filepath.IsAbs(dir) {
			temporary = dir
		}
	}
	own := fmt.Sprintf("muster-%d", os.Getuid())
	return append(dirs, filepath.Join(temporary, own), filepath.Join("/tmp", own))
}

// private makes a directory that only its owner enters, or makes sure that one is: in a directory that all share, anybody
// can have made it first.
func private(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is no directory", dir)
	case ok && int(owner.Uid) != os.Getuid():
		return fmt.Errorf("%s belongs to another user", dir)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to other users (mode %o, want 700)", dir, info.Mode().Perm())
	}
	return nil
}

// name is one that no other process has: a process id is not enough where containers share the directory.
func name() string {
	random := make([]byte, 6)
	_, _ = rand.Read(random) // never fails, see crypto/rand
	return fmt.Sprintf("%d-%s%s", os.Getpid(), hex.EncodeToString(random), suffix)
}

// staleAfter keeps a socket that is only just being made from being swept away.
const staleAfter = time.Hour

// sweep removes sockets that nobody answers on: those of processes that were killed.
func sweep(dir string, now time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // whoever needs the directory says what is wrong with it
	}
	for _, e := range entries {
		info, err := e.Info()
		path := filepath.Join(dir, e.Name())
		if err != nil || !strings.HasSuffix(e.Name(), suffix) || now.Sub(info.ModTime()) < staleAfter {
			continue
		}
		if dead(path) {
			_ = os.Remove(path) // the next sweep tries again
		}
	}
}
