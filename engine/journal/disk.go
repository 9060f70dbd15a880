package journal

import (
	"io"
	"io/fs"
	"os"
)

// disk is the file system as far as a journal needs it. Tests put faults in.
type disk interface {
	// TempDir makes a directory 0700 with a random name.
	TempDir(dir, pattern string) (string, error)
	Open(path string, flag int) (file, error)
	Rename(from, to string) error
	Remove(path string) error // with all that is in it
	// SyncDir makes the names in a directory durable.
	SyncDir(path string) error
}

// file is an open file.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error // of the data and the size
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
	Fd() uintptr
}

// osDisk is the real one.
type osDisk struct{}

func (osDisk) TempDir(dir, pattern string) (string, error) { return os.MkdirTemp(dir, pattern) }
func (osDisk) Rename(from, to string) error                { return os.Rename(from, to) }
func (osDisk) Remove(path string) error                    { return os.RemoveAll(path) }

func (osDisk) Open(path string, flag int) (file, error) {
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osDisk) SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

type osFile struct{ *os.File }

func (f osFile) Sync() error { return syncData(f.File) }
