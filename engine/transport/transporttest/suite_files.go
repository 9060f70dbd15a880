package transporttest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"testing"
)

func getLimit(t *testing.T, f *fixture) {
	name := f.put(t, "file", "12345")
	if b, err := f.Get(f.ctx, name, 5); err != nil || string(b) != "12345" {
		t.Errorf("at the limit: %q, %v", b, err)
	}
	if b, err := f.Get(f.ctx, name, 4); err == nil || b != nil {
		t.Errorf("one over the limit: %q, %v", b, err)
	}
}

func getRefused(t *testing.T, f *fixture) {
	if _, err := f.Get(f.ctx, f.path("none"), 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file gave %v", err)
	}
	if _, err := f.Get(f.ctx, f.dir, 10); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory gave %v", err)
	}
	if _, err := f.Get(f.ctx, "/dev/zero", 10); err == nil {
		t.Error("a device was read")
	}
}

func stat(t *testing.T, f *fixture) {
	sum := sha256.Sum256([]byte("content"))
	info, err := f.Stat(f.ctx, f.put(t, "file", "content"))
	if err != nil || info.Size != 7 || info.SHA256 != hex.EncodeToString(sum[:]) || !info.Mode.IsRegular() || info.ModTime.IsZero() {
		t.Errorf("a file gave %+v, %v", info, err)
	}
	if info, err := f.Stat(f.ctx, f.dir); err != nil || !info.Mode.IsDir() || info.SHA256 != "" {
		t.Errorf("a directory gave %+v, %v", info, err)
	}
	if _, err := f.Stat(f.ctx, f.path("none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing gave %v", err)
	}
}

func remove(t *testing.T, f *fixture) {
	name := f.put(t, "file", "x")
	for range 2 {
		if err := f.Remove(f.ctx, name); err != nil {
			t.Error(err)
		}
	}
	if err := f.Remove(f.ctx, f.dir); err == nil {
		t.Error("a directory was removed")
	}
	f.names(t)
}

func mkdirAll(t *testing.T, f *fixture) {
	for range 2 {
		if err := f.MkdirAll(f.ctx, f.path("a/b/c")); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{"a", "a/b", "a/b/c"} {
		if info, err := f.Stat(f.ctx, f.path(d)); err != nil || info.Mode.Perm() != 0o700 {
			t.Errorf("%s has mode %04o, %v", d, info.Mode.Perm(), err)
		}
	}
	f.put(t, "file", "x")
	if err := f.MkdirAll(f.ctx, f.path("file/d")); err == nil {
		t.Error("a directory was made below a file")
	}
}

func readDir(t *testing.T, f *fixture) {
	f.names(t)
	f.put(t, "b", "")
	f.put(t, "a", "")
	f.names(t, "a", "b")
	if names, err := f.ReadDir(f.ctx, f.path("none")); err != nil || len(names) != 0 {
		t.Errorf("no directory gave %q, %v", names, err)
	}
}

// A path is absolute or below the home directory: what else it could mean differs from host to host.
func pathRefused(t *testing.T, f *fixture) {
	for _, name := range []string{"", "file", "./file", "~other/file", "/tmp/a\x00b"} {
		if err := f.Put(f.ctx, name, nil, 0); err == nil {
			t.Errorf("put: %q was taken", name)
		}
		if _, err := f.Get(f.ctx, name, 1); err == nil {
			t.Errorf("get: %q was taken", name)
		}
		if err := f.Remove(f.ctx, name); err == nil {
			t.Errorf("remove: %q was taken", name)
		}
		if err := f.MkdirAll(f.ctx, name); err == nil {
			t.Errorf("mkdir: %q was taken", name)
		}
	}
}
