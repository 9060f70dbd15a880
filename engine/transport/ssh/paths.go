package ssh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"github.com/muster-run/muster/plugins/sdk"
)

// resolve makes a path absolute: ~/x is below the login's home directory.
func (u *subsystem) resolve(name string) (string, error) {
	rest, home := strings.CutPrefix(name, "~/")
	switch {
	case strings.ContainsRune(name, 0):
		return "", errors.New("a path must not contain NUL")
	case name == "~":
		return u.home, nil
	case home:
		return path.Join(u.home, rest), nil
	case !strings.HasPrefix(name, "/"):
		return "", errors.New("a path must begin with / or ~/")
	}
	return path.Clean(name), nil
}

// Get reads a file of at most limit bytes.
func (c *conn) Get(ctx context.Context, name string, limit int64) ([]byte, error) {
	return useFiles(ctx, c, "get "+name, func(ctx context.Context, u *subsystem) ([]byte, error) {
		f, info, err := u.openFile(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if info.Size() > limit {
			return nil, fmt.Errorf("it has %d bytes, at most %d are read", info.Size(), limit)
		}
		// A file may grow, and those below /proc say 0.
		b, err := io.ReadAll(io.LimitReader(&reader{ctx, f}, limit+1))
		if err == nil && int64(len(b)) > limit {
			return nil, fmt.Errorf("it has more than the %d bytes that are read at most", limit)
		}
		return b, err
	})
}

// openFile opens a regular file: reading a FIFO or a device might never end.
func (u *subsystem) openFile(name string) (*sftp.File, fs.FileInfo, error) {
	p, err := u.resolve(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := u.Client.Stat(p)
	switch {
	case err != nil:
		return nil, nil, err
	case info.IsDir():
		return nil, nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, nil, errors.New("it is not a regular file")
	}
	f, err := u.Open(p)
	return f, info, err
}

// Stat gives a regular file's digest too, by reading it.
func (c *conn) Stat(ctx context.Context, name string) (sdk.FileInfo, error) {
	return useFiles(ctx, c, "stat "+name, func(ctx context.Context, u *subsystem) (sdk.FileInfo, error) {
		p, err := u.resolve(name)
		if err != nil {
			return sdk.FileInfo{}, err
		}
		info, err := u.Client.Stat(p)
		if err != nil {
			return sdk.FileInfo{}, err
		}
		out := sdk.FileInfo{Size: info.Size(), Mode: info.Mode(), ModTime: info.ModTime()}
		if info.Mode().IsRegular() {
			out.SHA256, err = u.digest(ctx, p)
		}
		return out, err
	})
}

func (u *subsystem) digest(ctx context.Context, p string) (string, error) {
	f, err := u.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, &reader{ctx, f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Remove deletes a file or a symbolic link, never a directory: SFTP's client would delete an empty one too.
func (c *conn) Remove(ctx context.Context, name string) error {
	_, err := useFiles(ctx, c, "remove "+name, func(_ context.Context, u *subsystem) (struct{}, error) {
		p, err := u.resolve(name)
		if err != nil {
			return struct{}{}, err
		}
		info, err := u.Lstat(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return struct{}{}, nil
		case err != nil:
			return struct{}{}, err
		case info.IsDir():
			return struct{}{}, errors.New("it is a directory")
		}
		if err = u.Client.Remove(p); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return struct{}{}, err
	})
	return err
}
