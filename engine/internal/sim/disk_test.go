package sim

import (
	"cmp"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
	"syscall"
	"time"
)

// disk is a host's file system: it survives what the host does not.
type disk struct {
	mu    sync.Mutex
	nodes map[string]*inode
	now   func() time.Time
	// denied paths cannot be created or written.
	denied map[string]bool
}

type inode struct {
	name  string
	dir   bool
	mode  fs.FileMode
	data  []byte
	mtime time.Time
}

const home = "/home/admin"

func newDisk(now func() time.Time) *disk {
	d := &disk{nodes: map[string]*inode{}, now: now, denied: map[string]bool{}}
	for _, p := range []string{"/", "/home", home} {
		d.nodes[p] = &inode{name: path.Base(p), dir: true, mode: 0o700, mtime: now()}
	}
	return d
}

func (d *disk) open(name string, write, create, excl, trunc bool) (*inode, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[name]
	switch {
	case write && d.denied[name]:
		return nil, syscall.ENOSPC
	case n != nil && excl:
		return nil, fs.ErrExist
	case n != nil && n.dir:
		return nil, syscall.EISDIR
	case n == nil && !create:
		return nil, fs.ErrNotExist
	case n == nil:
		if p := d.nodes[path.Dir(name)]; p == nil || !p.dir {
			return nil, fs.ErrNotExist
		}
		n = &inode{name: path.Base(name), mode: 0o644, mtime: d.now()}
		d.nodes[name] = n
	}
	if trunc {
		n.data = nil
	}
	return n, nil
}

func (d *disk) mkdir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nodes[name] != nil {
		return fs.ErrExist
	}
	if p := d.nodes[path.Dir(name)]; p == nil || !p.dir {
		return fs.ErrNotExist
	}
	d.nodes[name] = &inode{name: path.Base(name), dir: true, mode: 0o755, mtime: d.now()}
	return nil
}

// rename replaces a file, and an empty directory by a directory, in one step.
func (d *disk) rename(from, to string, replace bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, old := d.nodes[from], d.nodes[to]
	switch {
	case n == nil:
		return fs.ErrNotExist
	case d.denied[to]:
		return syscall.ENOSPC
	case old != nil && (!replace || old.dir != n.dir || old.dir && len(d.below(to)) > 0):
		return fs.ErrExist
	case d.nodes[path.Dir(to)] == nil:
		return fs.ErrNotExist
	}
	for _, p := range d.below(from) {
		d.nodes[to+p[len(from):]] = d.nodes[p]
		delete(d.nodes, p)
	}
	delete(d.nodes, from)
	n.name, d.nodes[to] = path.Base(to), n
	return nil
}

func (d *disk) below(dir string) []string {
	var out []string
	for p := range d.nodes {
		if len(p) > len(dir) && p[:len(dir)] == dir && p[len(dir)] == '/' {
			out = append(out, p)
		}
	}
	return out
}

func (d *disk) remove(name string, dir bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[name]
	switch {
	case n == nil:
		return fs.ErrNotExist
	case n.dir != dir:
		return syscall.EINVAL
	case dir && len(d.below(name)) > 0:
		return syscall.ENOTEMPTY
	}
	delete(d.nodes, name)
	return nil
}

func (d *disk) stat(name string) (info, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[name]
	if n == nil {
		return info{}, fs.ErrNotExist
	}
	return d.info(n), nil
}

func (d *disk) info(n *inode) info {
	mode := n.mode.Perm()
	if n.dir {
		mode |= fs.ModeDir
	}
	return info{n.name, int64(len(n.data)), mode, n.mtime}
}

func (d *disk) list(dir string) ([]os.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.nodes[dir]; n == nil || !n.dir {
		return nil, fs.ErrNotExist
	}
	var out []os.FileInfo
	for _, p := range d.below(dir) {
		if path.Dir(p) == dir {
			out = append(out, d.info(d.nodes[p]))
		}
	}
	slices.SortFunc(out, func(a, b os.FileInfo) int { return cmp.Compare(a.Name(), b.Name()) })
	return out, nil
}

// deny makes a file one that cannot be written; off takes that from all files.
func (d *disk) deny(name string, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !on {
		clear(d.denied)
		return
	}
	d.denied[name] = true
}

// get is a file's content; ok is false when there is none.
func (d *disk) get(name string) (text string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[name]
	if n == nil || n.dir {
		return "", false
	}
	return string(n.data), true
}

// put writes a file from the host itself.
func (d *disk) put(name, text string) {
	n, err := d.open(name, true, true, false, true)
	if err != nil {
		return
	}
	d.writeAt(n, []byte(text), 0)
}

func (d *disk) writeAt(n *inode, p []byte, off int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if end := off + int64(len(p)); end > int64(len(n.data)) {
		n.data = append(n.data, make([]byte, end-int64(len(n.data)))...)
	}
	copy(n.data[off:], p)
	n.mtime = d.now()
}

func (d *disk) readAt(n *inode, p []byte, off int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if off >= int64(len(n.data)) {
		return 0, io.EOF
	}
	c := copy(p, n.data[off:])
	if c < len(p) {
		return c, io.EOF
	}
	return c, nil
}

// info is what stat tells.
type info struct {
	name  string
	size  int64
	mode  fs.FileMode
	mtime time.Time
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.mtime }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }
