// Package memfs is the file system of one simulated host: a tree of
// directories and regular files in memory, with owners, permission bits and a
// disk that can be full. It has no links, devices or groups.
package memfs

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// FS is a file system seen by one user. All paths are absolute and cleaned.
// Its errors are *fs.PathError with a syscall.Errno, as the os package gives.
type FS struct {
	mu   sync.Mutex
	root *node
	user string
	free int64 // bytes left; unlimited when negative
}

const unlimited = -1

// node is a directory (children not nil) or a regular file.
type node struct {
	name     string
	owner    string
	mode     fs.FileMode
	mtime    time.Time
	data     []byte
	children map[string]*node
}

// New makes a file system for user: root owns everything but the directories
// in own, which are made with their parents and belong to user.
func New(user string, own ...string) *FS {
	f := &FS{root: newDir("/", "root", 0o755), user: user, free: unlimited}
	for _, dir := range own {
		at := f.root
		for _, name := range split(dir) {
			next := at.children[name]
			if next == nil {
				next = newDir(name, "root", 0o755)
				at.children[name] = next
			}
			at = next
		}
		at.owner = user
	}
	return f
}

func newDir(name, owner string, perm fs.FileMode) *node {
	return &node{name: name, owner: owner, mode: fs.ModeDir | perm, mtime: time.Now(), children: map[string]*node{}}
}

// LimitFree leaves n bytes on the disk; a negative n lifts the limit.
func (f *FS) LimitFree(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free = max(n, unlimited)
}

func split(p string) []string {
	return strings.FieldsFunc(path.Clean("/"+p), func(r rune) bool { return r == '/' })
}

func fail(op, p string, errno syscall.Errno) error {
	return &fs.PathError{Op: op, Path: p, Err: errno}
}

// find walks to a node; f.mu is held.
func (f *FS) find(op, p string) (*node, error) {
	at := f.root
	for _, name := range split(p) {
		if at.children == nil {
			return nil, fail(op, p, syscall.ENOTDIR)
		}
		next := at.children[name]
		if next == nil {
			return nil, fail(op, p, syscall.ENOENT)
		}
		at = next
	}
	return at, nil
}

// parent finds the directory that holds p, in which the user may write.
func (f *FS) parent(op, p string) (dir *node, base string, err error) {
	clean := path.Clean("/" + p)
	dir, err = f.find(op, path.Dir(clean))
	if err != nil {
		return nil, "", fail(op, p, errnoOf(err))
	}
	switch {
	case dir.children == nil:
		return nil, "", fail(op, p, syscall.ENOTDIR)
	case !f.may(dir, 0o200, 0o002):
		return nil, "", fail(op, p, syscall.EACCES)
	}
	return dir, path.Base(clean), nil
}

// may tells whether the owner's or else everybody's permission bit is set.
func (f *FS) may(n *node, owner, other fs.FileMode) bool {
	if n.owner == f.user {
		return n.mode&owner != 0
	}
	return n.mode&other != 0
}

func errnoOf(err error) syscall.Errno {
	if pe, ok := err.(*fs.PathError); ok {
		if errno, ok := pe.Err.(syscall.Errno); ok {
			return errno
		}
	}
	return syscall.EIO
}

// Files lists the regular files below dir, sorted by path.
func (f *FS) Files(dir string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, err := f.find("walk", dir)
	if err != nil {
		return nil
	}
	var files []string
	var walk func(p string, n *node)
	walk = func(p string, n *node) {
		if n.children == nil {
			files = append(files, p)
		}
		for name, child := range n.children {
			walk(path.Join(p, name), child)
		}
	}
	walk(path.Clean("/"+dir), at)
	slices.Sort(files)
	return files
}
