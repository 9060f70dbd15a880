package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/muster-run/muster/plugins/sdk"
)

// Put writes a file as the SSH transport does: beside the target under a random name, renamed at the very end.
func (m *machine) Put(ctx context.Context, path string, content []byte, mode fs.FileMode) error {
	target, err := m.begin(ctx, path)
	if err == nil {
		err = put(target, content, mode)
	}
	return m.explain(ctx, "put "+path, err)
}

func put(target string, content []byte, mode fs.FileMode) error {
	if mode == 0 {
		mode = 0o600
	}
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		return errors.New("it is a directory")
	}
	temp := filepath.Join(filepath.Dir(target), ".muster-"+rand.Text()+".part")
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = fill(f, content, mode.Perm())
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temp, target)
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	return syncDir(filepath.Dir(target))
}

// fill writes, syncs and reads back.
func fill(f *os.File, content []byte, mode fs.FileMode) error {
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	back, err := io.ReadAll(io.NewSectionReader(f, 0, int64(len(content))+1))
	if err == nil && !bytes.Equal(back, content) {
		err = errors.New("what was written differs from what was to be written")
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Get reads a file of at most limit bytes.
func (m *machine) Get(ctx context.Context, path string, limit int64) ([]byte, error) {
	p, err := m.begin(ctx, path)
	var b []byte
	if err == nil {
		b, err = get(ctx, p, limit)
	}
	return b, m.explain(ctx, "get "+path, err)
}

func get(ctx context.Context, p string, limit int64) ([]byte, error) {
	f, _, err := open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(reader{ctx, f}, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, fmt.Errorf("it has more than the %d bytes that are read at most", limit)
	}
	return b, err
}

// open opens a regular file and nothing that could keep a reader waiting.
func open(p string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(p, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a directory")
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Stat gives a regular file's digest too.
func (m *machine) Stat(ctx context.Context, path string) (sdk.FileInfo, error) {
	p, err := m.begin(ctx, path)
	var out sdk.FileInfo
	if err == nil {
		out, err = stat(ctx, p)
	}
	return out, m.explain(ctx, "stat "+path, err)
}

func stat(ctx context.Context, p string) (sdk.FileInfo, error) {
	info, err := os.Stat(p)
	if err != nil {
		return sdk.FileInfo{}, err
	}
	out := sdk.FileInfo{Size: info.Size(), Mode: info.Mode(), ModTime: info.ModTime()}
	if !info.Mode().IsRegular() {
		return out, nil
	}
	f, _, err := open(p)
	if err != nil {
		return sdk.FileInfo{}, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, reader{ctx, f})
	out.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return out, err
}

// reader ends a long copy when ctx ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Remove deletes a file or a symbolic link, never a directory.
func (m *machine) Remove(ctx context.Context, path string) error {
	p, err := m.begin(ctx, path)
	if err == nil {
		err = remove(p)
	}
	return m.explain(ctx, "remove "+path, err)
}

func remove(p string) error {
	info, err := os.Lstat(p)
	if err == nil && info.IsDir() {
		return errors.New("it is a directory")
	}
	if err == nil {
		err = os.Remove(p)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// MkdirAll makes what is missing.
func (m *machine) MkdirAll(ctx context.Context, path string) error {
	p, err := m.begin(ctx, path)
	if err == nil {
		err = os.MkdirAll(p, 0o700)
	}
	return m.explain(ctx, "make directory "+path, err)
}

// ReadDir names what is in a directory, sorted.
func (m *machine) ReadDir(ctx context.Context, path string) ([]string, error) {
	p, err := m.begin(ctx, path)
	if err != nil {
		return nil, m.explain(ctx, "read directory "+path, err)
	}
	entries, err := os.ReadDir(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names, m.explain(ctx, "read directory "+path, err)
}
