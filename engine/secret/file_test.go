package secret_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/muster-run/muster/engine/secret"
)

func write(t testing.TB, dir, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	good := write(t, dir, "good", "content", 0o600)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	largest := write(t, dir, "largest", strings.Repeat("x", secret.MaxFile), 0o400)
	for path, size := range map[string]int{good: 7, link: 7, largest: secret.MaxFile} {
		if v, err := secret.ReadFile(path); err != nil || v.Len() != size {
			t.Errorf("%s: %d bytes, %v", path, v.Len(), err)
		}
	}
}

func TestReadFileRefuses(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(filepath.Join(dir, "none"), dangling); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, words string }{
		{filepath.Join(dir, "none"), "does not exist"},
		{dangling, "does not exist"},
		{dir, "is a directory"},
		{fifo, "not a regular file"},
		{"/dev/null", "not a regular file"},
		{write(t, dir, "empty", "", 0o600), "is empty"},
		{write(t, dir, "group", "x", 0o640), "mode 0640"},
		{write(t, dir, "other", "x", 0o604), "chmod 600"},
		{write(t, dir, "large", strings.Repeat("x", secret.MaxFile+1), 0o600), "larger than 64 KiB"},
	} {
		_, err := secret.ReadFile(c.path)
		if _, ok := errors.AsType[*secret.Error](err); !ok || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want %q", c.path, err, c.words)
		}
	}
	if _, err := secret.ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v hides its cause", err)
	}
}

func TestReadFileOfAnother(t *testing.T) {
	path := write(t, t.TempDir(), "file", "x", 0o600)
	if os.Chown(path, 12345, 12345) != nil {
		t.Skip("only root can give files away")
	}
	if _, err := secret.ReadFile(path); err == nil || !strings.Contains(err.Error(), "belongs to another user (uid 12345)") {
		t.Errorf("got %v", err)
	}
}
