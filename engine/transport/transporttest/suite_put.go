package transporttest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
)

func putMode(t *testing.T, f *fixture) {
	for i, mode := range []fs.FileMode{0, 0o600, 0o644, 0o755, 0o400, 0o666} {
		name := f.path(fmt.Sprint(i))
		if err := f.Put(f.ctx, name, []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
		want := mode
		if mode == 0 {
			want = 0o600
		}
		if info, err := f.Stat(f.ctx, name); err != nil || info.Mode.Perm() != want {
			t.Errorf("mode %04o gave %04o, %v", mode, info.Mode.Perm(), err)
		}
	}
}

func putOverwrite(t *testing.T, f *fixture) {
	name := f.put(t, "file", "old and longer")
	if err := f.Put(f.ctx, name, []byte("new"), 0o640); err != nil {
		t.Fatal(err)
	}
	f.want(t, name, "new")
	if info, err := f.Stat(f.ctx, name); err != nil || info.Mode.Perm() != 0o640 {
		t.Errorf("the mode is %04o, %v", info.Mode.Perm(), err)
	}
	f.names(t, "file")
}

func putSizes(t *testing.T, f *fixture) {
	for _, size := range []int{0, 1, 32<<10 - 1, 32 << 10, 32<<10 + 1, 2<<20 + 3} {
		content := make([]byte, size)
		_, _ = rand.Read(content)
		name := f.put(t, fmt.Sprint(size), string(content))
		f.want(t, name, string(content))
	}
}

func putHome(t *testing.T, f *fixture) {
	const dir = "~/.muster-suite/deep"
	if err := f.MkdirAll(f.ctx, dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(f.ctx, dir+"/file", []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	f.want(t, dir+"/file", "x")
	if names, err := f.ReadDir(f.ctx, "~"); err != nil || !strings.Contains(strings.Join(names, " "), ".muster-suite") {
		t.Errorf("the home directory holds %q, %v", names, err)
	}
	if err := f.Remove(f.ctx, dir+"/file"); err != nil {
		t.Error(err)
	}
}

func putRefused(t *testing.T, f *fixture) {
	if err := f.Put(f.ctx, f.path("none/file"), []byte("x"), 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory gave %v", err)
	}
	if err := f.MkdirAll(f.ctx, f.path("dir")); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(f.ctx, f.path("dir"), []byte("x"), 0); err == nil {
		t.Error("a directory was replaced by a file")
	}
	f.names(t, "dir")
}

// A context that ended leaves the old content and nothing else.
func putCancel(t *testing.T, f *fixture) {
	name := f.put(t, "file", "old")
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	if err := f.Put(ctx, name, make([]byte, 1<<20), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	f.want(t, name, "old")
	f.names(t, "file")
}

func putFull(t *testing.T, f *fixture) {
	if f.host.Full == nil {
		t.Skip("no way to fill the disk here")
	}
	g := f.host.Full.connect(t, "PutFull")
	defer g.Close()
	name := g.put(t, "file", "old")
	err := g.Put(g.ctx, name, bytes.Repeat([]byte("x"), 256<<10), 0)
	if err == nil {
		t.Fatal("256 KiB fitted")
	}
	t.Logf("as it should: %v", err)
	g.want(t, name, "old")
	g.names(t, "file")
}

// Many writers of one file: the last wins, and nobody sees a mixture.
func putParallel(t *testing.T, f *fixture) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := f.Put(f.ctx, f.path("file"), bytes.Repeat([]byte{'a' + byte(i)}, 50_000), 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := f.Get(f.ctx, f.path("file"), 1<<20)
	if err != nil || len(got) != 50_000 || !bytes.Equal(got, bytes.Repeat(got[:1], 50_000)) {
		t.Errorf("a mixture of %d bytes, %v", len(got), err)
	}
	f.names(t, "file")
}
