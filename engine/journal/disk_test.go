package journal

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// faulty is a real file system that fails as it is told, and knows what of its files would survive a power cut. It does not
// really sync, which takes long and proves nothing here.
type faulty struct {
	osDisk
	mu sync.Mutex
	// fail is asked before each operation: "write", "sync", "truncate", "open", "rename", "remove", "tempdir", "syncdir".
	fail func(op string) error
	// room is what still fits, in bytes; negative: everything. The reserve's bytes come back when it is removed.
	room  int64
	ops   []string
	files map[string]*lossy // by path when it was opened
}

func newFaulty() *faulty { return &faulty{room: -1, files: map[string]*lossy{}} }

func (d *faulty) do(op, path string) error {
	d.mu.Lock()
	d.ops = append(d.ops, op+" "+filepath.Base(path))
	fail := d.fail
	d.mu.Unlock()
	if fail != nil {
		return fail(op)
	}
	return nil
}

func (d *faulty) count(op string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, o := range d.ops {
		if strings.HasPrefix(o, op+" ") {
			n++
		}
	}
	return n
}

func (d *faulty) TempDir(dir, pattern string) (string, error) {
	if err := d.do("tempdir", dir); err != nil {
		return "", err
	}
	return d.osDisk.TempDir(dir, pattern)
}

func (d *faulty) Rename(from, to string) error {
	if err := d.do("rename", to); err != nil {
		return err
	}
	return d.osDisk.Rename(from, to)
}

func (d *faulty) SyncDir(path string) error {
	return d.do("syncdir", path)
}

func (d *faulty) Remove(path string) error {
	if err := d.do("remove", path); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		d.mu.Lock()
		if d.room >= 0 {
			d.room += info.Size()
		}
		d.mu.Unlock()
	}
	return d.osDisk.Remove(path)
}

func (d *faulty) Open(path string, flag int) (file, error) {
	if err := d.do("open", path); err != nil {
		return nil, err
	}
	f, err := d.osDisk.Open(path, flag)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	l := &lossy{file: f, disk: d, name: path, durable: content}
	d.mu.Lock()
	d.files[path] = l
	d.mu.Unlock()
	return l, nil
}

// journal is the file of the one journal that the test writes.
func (d *faulty) journal(t *testing.T) *lossy {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for path, f := range d.files {
		if filepath.Base(path) == journalName {
			return f
		}
	}
	t.Fatal("no journal was opened")
	return nil
}

// lossy is a file that knows what was synced and what was not.
type lossy struct {
	file
	disk *faulty
	name string

	mu      sync.Mutex
	durable []byte
	pending []change
}

// change is a write that was not synced, or with data nil a truncation.
type change struct {
	at   int64
	data []byte
}

func (f *lossy) WriteAt(b []byte, at int64) (int, error) {
	if err := f.disk.do("write", f.name); err != nil {
		return 0, err
	}
	fits := int64(len(b))
	f.disk.mu.Lock()
	if f.disk.room >= 0 {
		fits = min(fits, f.disk.room)
		f.disk.room -= fits
	}
	f.disk.mu.Unlock()
	f.mu.Lock()
	f.pending = append(f.pending, change{at, bytes.Clone(b[:fits])})
	f.mu.Unlock()
	n, err := f.file.WriteAt(b[:fits], at)
	if err == nil && n < len(b) {
		err = &fs.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	return n, err
}

func (f *lossy) Truncate(size int64) error {
	if err := f.disk.do("truncate", f.name); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	f.disk.mu.Lock()
	if gone := info.Size() - size; f.disk.room >= 0 && gone > 0 {
		f.disk.room += gone
	}
	f.disk.mu.Unlock()
	f.mu.Lock()
	f.pending = append(f.pending, change{at: size})
	f.mu.Unlock()
	return f.file.Truncate(size)
}

func (f *lossy) Sync() error {
	if err := f.disk.do("sync", f.name); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.pending {
		f.durable = c.apply(f.durable)
	}
	f.pending = nil
	return nil
}

func (c change) apply(to []byte) []byte {
	if c.data == nil {
		return resize(to, c.at)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(to)) {
		to = resize(to, end)
	}
	copy(to[c.at:], c.data)
	return to
}

func resize(b []byte, size int64) []byte {
	if int64(len(b)) >= size {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// afterPowerCut is what may stand on the disk when the power goes now: what was synced, and of the rest any sectors, up to
// any size.
func (f *lossy) afterPowerCut(r *rand.Rand) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := bytes.Clone(f.durable)
	for _, c := range f.pending {
		now = c.apply(now)
	}
	out := bytes.Clone(f.durable)
	size := len(out) + r.IntN(max(len(now)-len(out), 0)+1)
	if r.IntN(3) == 0 {
		size = len(now)
	}
	out = resize(out, int64(min(size, len(now))))
	for at := 0; at < len(out); at += sector {
		if r.IntN(4) > 0 {
			end := min(at+sector, len(out))
			copy(out[at:end], now[at:end])
		}
	}
	return out
}

func store(t *testing.T, d disk) *Store {
	t.Helper()
	s, err := openOn(t.TempDir(), d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// loadBytes reads a journal from memory.
func loadBytes(b []byte) (*State, error) {
	sc, err := newScanner(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	return load(sc)
}

// ends gives where each record of a journal ends, the header's end first.
func ends(t *testing.T, b []byte) []int64 {
	t.Helper()
	sc, err := newScanner(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := []int64{sc.at}
	for {
		if _, err := sc.next(); err != nil {
			break
		}
		out = append(out, sc.at)
	}
	if sc.at != int64(len(b)) {
		t.Fatalf("the journal ends at %d of %d", sc.at, len(b))
	}
	return slices.Clip(out)
}
