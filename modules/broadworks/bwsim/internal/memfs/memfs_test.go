package memfs

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func home(t *testing.T) *FS {
	t.Helper()
	return New("bwadmin", "/export/home/bwadmin", "/tmp")
}

func TestErrors(t *testing.T) {
	f := home(t)
	if err := f.WriteFile("/tmp/a", []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, excl := f.OpenFile("/tmp/a", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	_, missing := f.ReadFile("/tmp/b")
	tests := map[string]struct {
		got  error
		want error
	}{
		"write where root owns": {f.WriteFile("/etc", nil, 0o600), syscall.EACCES},
		"write below a file":    {f.WriteFile("/tmp/a/b", nil, 0o600), syscall.ENOTDIR},
		"write below nothing":   {f.WriteFile("/tmp/x/b", nil, 0o600), syscall.ENOENT},
		"write a directory":     {f.WriteFile("/tmp", nil, 0o600), syscall.EISDIR},
		"exclusive":             {excl, fs.ErrExist},
		"read nothing":          {missing, fs.ErrNotExist},
		"remove full directory": {f.Remove("/export"), syscall.EACCES},
		"mkdir twice":           {f.Mkdir("/tmp", 0o700), syscall.EEXIST},
		"mkdir through a file":  {f.MkdirAll("/tmp/a/b", 0o700), syscall.ENOTDIR},
		"rename over directory": {f.Rename("/tmp/a", "/tmp"), syscall.EACCES},
	}
	for name, tt := range tests {
		if !errors.Is(tt.got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, tt.got, tt.want)
		}
	}
}

func TestRenameReplacesAndKeepsOpenFiles(t *testing.T) {
	f := home(t)
	for name, text := range map[string]string{"/tmp/old": "old", "/tmp/new": "new"} {
		if err := f.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open, err := f.OpenFile("/tmp/old", os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Rename("/tmp/new", "/tmp/old"); err != nil {
		t.Fatal(err)
	}
	data, err := f.ReadFile("/tmp/old")
	if err != nil || string(data) != "new" || string(open.Bytes()) != "old" {
		t.Errorf("after rename: %q, %v; open file %q", data, err, open.Bytes())
	}
	if diff := cmp.Diff([]string{"/tmp/old"}, f.Files("/tmp")); diff != "" {
		t.Error(diff)
	}
}

func TestFullDisk(t *testing.T) {
	f := home(t)
	f.LimitFree(5)
	err := f.WriteFile("/tmp/a", []byte("1234567"), 0o600)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v, want ENOSPC", err)
	}
	if data, _ := f.ReadFile("/tmp/a"); string(data) != "12345" {
		t.Errorf("wrote %q, want what fits", data)
	}
	if err := f.Remove("/tmp/a"); err != nil {
		t.Fatal(err)
	}
	if err := f.WriteFile("/tmp/b", []byte("12345"), 0o600); err != nil {
		t.Errorf("removing a file gave no space back: %v", err)
	}
	f.LimitFree(-1)
	if err := f.WriteFile("/tmp/c", []byte("1234567"), 0o600); err != nil {
		t.Error(err)
	}
}

func TestModes(t *testing.T) {
	f := home(t)
	if err := f.WriteFile("/tmp/a", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.WriteFile("/tmp/a", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if info, _ := f.Stat("/tmp/a"); info.Mode() != 0o600 || info.Owner() != "bwadmin" {
		t.Errorf("got %v of %s, want the mode kept", info.Mode(), info.Owner())
	}
	if err := f.Chmod("/tmp/a", 0o200); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadFile("/tmp/a"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("read a write-only file: %v", err)
	}
}
