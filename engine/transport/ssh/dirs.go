package ssh

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// MkdirAll makes what is missing, from the top.
func (c *conn) MkdirAll(ctx context.Context, name string) error {
	_, err := useFiles(ctx, c, "make directory "+name, func(ctx context.Context, u *subsystem) (struct{}, error) {
		p, err := u.resolve(name)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, u.mkdirAll(ctx, p)
	})
	return err
}

func (u *subsystem) mkdirAll(ctx context.Context, p string) error {
	info, err := u.Client.Stat(p)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("%s is not a directory", p)
	case !errors.Is(err, fs.ErrNotExist) || p == "/":
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if err := u.mkdirAll(ctx, path.Dir(p)); err != nil {
		return err
	}
	err = u.Mkdir(p)
	if err == nil {
		return u.Chmod(p, 0o700)
	}
	if info, again := u.Client.Stat(p); again == nil && info.IsDir() {
		return nil // another call was faster
	}
	return err
}

// ReadDir names what is in a directory, sorted.
func (c *conn) ReadDir(ctx context.Context, name string) ([]string, error) {
	return useFiles(ctx, c, "read directory "+name, func(ctx context.Context, u *subsystem) ([]string, error) {
		p, err := u.resolve(name)
		if err != nil {
			return nil, err
		}
		infos, err := u.ReadDirContext(ctx, p)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		names := make([]string, len(infos))
		for i, info := range infos {
			names[i] = info.Name()
		}
		slices.Sort(names)
		return names, err
	})
}
