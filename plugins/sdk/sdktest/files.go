package sdktest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/muster-run/muster/plugins/sdk"
)

type file struct {
	content []byte
	mode    fs.FileMode
}

// written is the time that every file has.
var written = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// WriteFile puts a file on the host, with the directories it needs, without a record.
func (c *Conn) WriteFile(name, content string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.makeDirs(path.Dir(name))
	c.files[name] = &file{content: []byte(content), mode: 0o600}
}

// File returns what a file on the host holds.
func (c *Conn) File(name string) (content string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.files[name]
	if f == nil {
		return "", false
	}
	return string(f.content), true
}

// makeDirs wants c.mu.
func (c *Conn) makeDirs(dir string) {
	for ; !c.dirs[dir] && dir != "."; dir = path.Dir(dir) {
		c.dirs[dir] = true
	}
}

// Put writes a file.
func (c *Conn) Put(ctx context.Context, p sdk.Put) error {
	if err := c.begin(ctx, Op{"put", p.Path, sdk.Idempotent}); err != nil {
		return err
	}
	content := p.Content
	if p.Secret != nil {
		s, err := c.secret(*p.Secret)
		if err != nil {
			return err
		}
		content = s.content
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	dir := path.Dir(p.Path)
	if p.MakeDirs {
		c.makeDirs(dir)
	}
	if !c.dirs[dir] {
		return fmt.Errorf("put %s: %s: %w", p.Path, dir, sdk.ErrNotExist)
	}
	mode := p.Mode
	if mode == 0 {
		mode = 0o600
	}
	c.files[p.Path] = &file{content: append([]byte(nil), content...), mode: mode}
	return nil
}

func (c *Conn) read(ctx context.Context, kind, name string) ([]byte, error) {
	if err := c.begin(ctx, Op{kind, name, sdk.Read}); err != nil {
		return nil, err
	}
	content, ok := c.File(name)
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, sdk.ErrNotExist)
	}
	return []byte(content), nil
}

// Get reads a file.
func (c *Conn) Get(ctx context.Context, name string) ([]byte, error) {
	const limit = 1 << 20
	b, err := c.read(ctx, "get", name)
	if err == nil && len(b) > limit {
		return nil, fmt.Errorf("%s: larger than 1 MiB", name)
	}
	return b, err
}

// GetSecret makes a secret of a file.
func (c *Conn) GetSecret(ctx context.Context, name string) (sdk.Handle, error) {
	b, err := c.read(ctx, "get_secret", name)
	if err != nil {
		return sdk.Handle{}, err
	}
	return c.Secret(name, string(b)), nil
}

// Stat tells about a file or directory.
func (c *Conn) Stat(ctx context.Context, name string) (sdk.FileInfo, error) {
	if err := c.begin(ctx, Op{"stat", name, sdk.Read}); err != nil {
		return sdk.FileInfo{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.files[name]; f != nil {
		sum := sha256.Sum256(f.content)
		return sdk.FileInfo{Size: int64(len(f.content)), Mode: f.mode, ModTime: written, SHA256: hex.EncodeToString(sum[:])}, nil
	}
	if c.dirs[name] {
		return sdk.FileInfo{Mode: fs.ModeDir | 0o755, ModTime: written}, nil
	}
	return sdk.FileInfo{}, fmt.Errorf("%s: %w", name, sdk.ErrNotExist)
}

// Remove deletes a file.
func (c *Conn) Remove(ctx context.Context, name string) error {
	if err := c.begin(ctx, Op{"remove", name, sdk.Idempotent}); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.files, name)
	return nil
}
