package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestUserKeyIsMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "muster")
	keys := make([]*Key, 20)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			k, err := UserKey(dir)
			if err != nil {
				t.Error(err)
			}
			keys[i] = k
		})
	}
	group.Wait()
	for _, k := range keys {
		if k == nil || k.b != keys[0].b || k.b == [keySize]byte{} {
			t.Fatal("different keys, or none")
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left in the directory: %v, %v", entries, err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "key"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestUserKeyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(path string) error
		says  string
	}{
		"readable":       {func(p string) error { return os.Chmod(p, 0o640) }, "chmod 600"},
		"too short":      {func(p string) error { return os.WriteFile(p, []byte("short"), 0o600) }, "5 bytes"},
		"too long":       {func(p string) error { return os.WriteFile(p, make([]byte, 33), 0o600) }, "33 bytes"},
		"empty":          {func(p string) error { return os.WriteFile(p, nil, 0o600) }, "0 bytes"},
		"a link":         {func(p string) error { return errors.Join(os.Rename(p, p+"x"), os.Symlink(p+"x", p)) }, "symbolic link"},
		"a directory":    {func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) }, "directory"},
		"of another one": {func(p string) error { return os.Chown(p, 12345, -1) }, "another user"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := UserKey(dir); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(filepath.Join(dir, "key")); errors.Is(err, os.ErrPermission) {
				t.Skip("only root can do this")
			} else if err != nil {
				t.Fatal(err)
			}
			var e *Error
			if k, err := UserKey(dir); !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) || k != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestKeyedDigests(t *testing.T) {
	k, other := &Key{b: [keySize]byte{1}}, &Key{b: [keySize]byte{2}}
	sum := k.Sum("plan", []byte("text"))
	if !k.Verify("plan", []byte("text"), sum) {
		t.Error("its own sum is refused")
	}
	for name, ok := range map[string]bool{
		"another text":   k.Verify("plan", []byte("texu"), sum),
		"another domain": k.Verify("input", []byte("text"), sum),
		"a moved border": k.Verify("plant", []byte("ext"), sum),
		"another key":    other.Verify("plan", []byte("text"), sum),
		"half a sum":     k.Verify("plan", []byte("text"), sum[:16]),
		"no sum":         k.Verify("plan", []byte("text"), nil),
	} {
		if ok {
			t.Errorf("%s is taken", name)
		}
	}
	// Digests are stored, and later versions compare them.
	const stored = "62a48b12682ac2a049028ba30bac668ea3b50704ef1ed84310fd30bc1e4bb3a1"
	if got := k.Digest("plan", []byte("text")); got != stored {
		t.Errorf("digest %s", got)
	}
}

func TestKeyIsNeverShown(t *testing.T) {
	k := &Key{b: [keySize]byte{0xab, 0xcd}}
	b, err := json.Marshal(map[string]any{"k": k})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v %x %s %d", k, k, k, k, k), string(b)} {
		if strings.Contains(strings.ToLower(text), "ab") || strings.Contains(text, "171") {
			t.Errorf("shown: %s", text)
		}
	}
}
