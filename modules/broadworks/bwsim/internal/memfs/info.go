package memfs

import (
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Info describes a file or directory at the moment of the call.
type Info struct {
	name  string
	size  int64
	mode  fs.FileMode
	mtime time.Time
	owner string
}

// Name is the last element of the path.
func (i Info) Name() string { return i.name }

// Size is the length in bytes; 0 for a directory.
func (i Info) Size() int64 { return i.size }

// Mode holds the type and the permission bits.
func (i Info) Mode() fs.FileMode { return i.mode }

// ModTime is when the content last changed.
func (i Info) ModTime() time.Time { return i.mtime }

// IsDir tells a directory from a file.
func (i Info) IsDir() bool { return i.mode.IsDir() }

// Sys is nil.
func (i Info) Sys() any { return nil }

// Owner is the name of the user the file belongs to.
func (i Info) Owner() string { return i.owner }

func (n *node) info() Info {
	return Info{name: n.name, size: int64(len(n.data)), mode: n.mode, mtime: n.mtime, owner: n.owner}
}

// Stat describes what is at p.
func (f *FS) Stat(p string) (Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("stat", p)
	if err != nil {
		return Info{}, err
	}
	return n.info(), nil
}

// List describes the entries of a directory, sorted by name.
func (f *FS) List(p string) ([]Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("open", p)
	if err != nil {
		return nil, err
	}
	if n.children == nil {
		return nil, fail("open", p, syscall.ENOTDIR)
	}
	infos := make([]Info, 0, len(n.children))
	for _, child := range n.children {
		infos = append(infos, child.info())
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.name, b.name) })
	return infos, nil
}
