package memfs

import (
	"io/fs"
	"path"
	"strings"
	"syscall"
	"time"
)

// Mkdir makes one directory.
func (f *FS) Mkdir(p string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.find("mkdir", p); err == nil {
		return fail("mkdir", p, syscall.EEXIST)
	}
	dir, base, err := f.parent("mkdir", p)
	if err != nil {
		return err
	}
	dir.children[base] = newDir(base, f.user, perm.Perm())
	return nil
}

// MkdirAll makes a directory and those above it that are missing.
func (f *FS) MkdirAll(p string, perm fs.FileMode) error {
	at := "/"
	for _, name := range split(p) {
		at = path.Join(at, name)
		info, err := f.Stat(at)
		switch {
		case err != nil:
			if err := f.Mkdir(at, perm); err != nil && errnoOf(err) != syscall.EEXIST {
				return err
			}
		case !info.IsDir():
			return fail("mkdir", at, syscall.ENOTDIR)
		}
	}
	return nil
}

// Remove takes a file or an empty directory away.
func (f *FS) Remove(p string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("remove", p)
	if err != nil {
		return err
	}
	dir, base, err := f.parent("remove", p)
	if err != nil {
		return err
	}
	if len(n.children) > 0 {
		return fail("remove", p, syscall.ENOTEMPTY)
	}
	delete(dir.children, base)
	f.give(int64(len(n.data)))
	return nil
}

// Rename moves a file or directory in one step; a file at the new path is
// replaced, as POSIX rename does.
func (f *FS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("rename", from)
	if err != nil {
		return err
	}
	fromDir, fromBase, err := f.parent("rename", from)
	if err != nil {
		return err
	}
	toDir, toBase, err := f.parent("rename", to)
	if err != nil {
		return err
	}
	old := toDir.children[toBase]
	switch {
	case old == n:
		return nil
	case old != nil && old.children != nil:
		return fail("rename", to, syscall.EISDIR)
	case n.children != nil && strings.HasPrefix(path.Clean("/"+to)+"/", path.Clean("/"+from)+"/"):
		return fail("rename", to, syscall.EINVAL)
	case old != nil:
		f.give(int64(len(old.data)))
	}
	delete(fromDir.children, fromBase)
	n.name = toBase
	toDir.children[toBase] = n
	return nil
}

// Chmod sets the permission bits.
func (f *FS) Chmod(p string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("chmod", p)
	if err != nil {
		return err
	}
	if n.owner != f.user {
		return fail("chmod", p, syscall.EPERM)
	}
	n.mode = n.mode&^fs.ModePerm | perm.Perm()
	return nil
}

// Chtimes sets the modification time.
func (f *FS) Chtimes(p string, mtime time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("chtimes", p)
	if err != nil {
		return err
	}
	n.mtime = mtime
	return nil
}

// give puts freed bytes back on a limited disk.
func (f *FS) give(n int64) {
	if f.free != unlimited {
		f.free += n
	}
}
