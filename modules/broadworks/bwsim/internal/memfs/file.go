package memfs

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"
)

// File is an open regular file. It stays usable when its name is removed or
// given to another file, as an open descriptor does.
type File struct {
	fs   *FS
	node *node
	path string
	flag int
}

const accessMode = os.O_RDONLY | os.O_WRONLY | os.O_RDWR

// OpenFile opens or makes a file; flag is as for os.OpenFile.
func (f *FS) OpenFile(p string, flag int, perm fs.FileMode) (*File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("open", p)
	switch {
	case err == nil && flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
		return nil, fail("open", p, syscall.EEXIST)
	case err == nil && n.children != nil:
		return nil, fail("open", p, syscall.EISDIR)
	case err == nil:
		if err := f.mayOpen(n, p, flag); err != nil {
			return nil, err
		}
	case flag&os.O_CREATE == 0 || errnoOf(err) != syscall.ENOENT:
		return nil, err
	default:
		if n, err = f.create(p, perm); err != nil {
			return nil, err
		}
	}
	if flag&os.O_TRUNC != 0 {
		f.give(int64(len(n.data)))
		n.data, n.mtime = nil, time.Now()
	}
	return &File{fs: f, node: n, path: p, flag: flag}, nil
}

func (f *FS) mayOpen(n *node, p string, flag int) error {
	reads, writes := flag&accessMode != os.O_WRONLY, flag&accessMode != os.O_RDONLY
	if reads && !f.may(n, 0o400, 0o004) || writes && !f.may(n, 0o200, 0o002) {
		return fail("open", p, syscall.EACCES)
	}
	return nil
}

func (f *FS) create(p string, perm fs.FileMode) (*node, error) {
	dir, base, err := f.parent("open", p)
	if err != nil {
		return nil, err
	}
	n := &node{name: base, owner: f.user, mode: perm.Perm(), mtime: time.Now()}
	dir.children[base] = n
	return n, nil
}

// ReadAt reads as io.ReaderAt.
func (f *File) ReadAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if off < 0 {
		return 0, fail("read", f.path, syscall.EINVAL)
	}
	if off >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes as io.WriterAt; on a full disk it writes what fits and fails
// with ENOSPC. O_APPEND ignores the offset.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.flag&os.O_APPEND != 0 {
		off = int64(len(f.node.data))
	}
	const limit = 1 << 30 // keeps a wild offset from taking the machine's memory
	if off < 0 || off+int64(len(b)) > limit {
		return 0, fail("write", f.path, syscall.EFBIG)
	}
	full := false
	if grow := off + int64(len(b)) - int64(len(f.node.data)); grow > 0 {
		if f.fs.free != unlimited && grow > f.fs.free {
			full = true
			b = b[:max(0, int64(len(b))-(grow-f.fs.free))]
		}
		if len(b) > 0 {
			f.extend(off + int64(len(b)))
		}
	}
	n := copy(f.node.data[min(off, int64(len(f.node.data))):], b)
	f.node.mtime = time.Now()
	if full {
		return n, fail("write", f.path, syscall.ENOSPC)
	}
	return n, nil
}

// extend makes the file at least size bytes long and charges the disk.
func (f *File) extend(size int64) {
	grow := size - int64(len(f.node.data))
	if grow <= 0 {
		return
	}
	f.node.data = append(f.node.data, make([]byte, grow)...)
	if f.fs.free != unlimited {
		f.fs.free -= grow
	}
}

// Truncate cuts or fills the file to size bytes.
func (f *File) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if have := int64(len(f.node.data)); size < have {
		f.fs.give(have - size)
		f.node.data = f.node.data[:size]
		return nil
	}
	f.extend(size)
	return nil
}

// Bytes copies the whole content.
func (f *File) Bytes() []byte {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return slices.Clone(f.node.data)
}

// Info describes the open file.
func (f *File) Info() Info {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return f.node.info()
}

// Chmod sets the permission bits of the open file.
func (f *File) Chmod(perm fs.FileMode) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.node.mode = f.node.mode&^fs.ModePerm | perm.Perm()
}

// ReadFile returns the content of the file at p.
func (f *FS) ReadFile(p string) ([]byte, error) {
	file, err := f.OpenFile(p, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// WriteFile replaces or makes the file at p; perm counts for a new file only.
func (f *FS) WriteFile(p string, data []byte, perm fs.FileMode) error {
	file, err := f.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(data, 0)
	return err
}
