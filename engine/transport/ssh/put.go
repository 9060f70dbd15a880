package ssh

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"github.com/pkg/sftp"
)

// Put writes beside the target under another name and renames at the very end, so that whatever goes wrong before
// leaves the target as it was. The name follows from the target's, so that the next upload of the same file finds what one
// that lost its connection has left, and takes it away. What arrived is read back over SFTP, not summed up by a command of the host: that needs
// nothing but SFTP, and files that are put are small. A symbolic link at path is replaced, not followed.
func (c *conn) Put(ctx context.Context, name string, content []byte, mode fs.FileMode) error {
	if mode == 0 {
		mode = 0o600
	}
	copied := bytes.Clone(content) // the caller may wipe its own
	temps := tempNames(name)
	if _, taken := c.uploads.LoadOrStore(temps[0], true); taken {
		temps[0] = temps[1] // by an upload of the same file over this connection
	} else {
		defer c.uploads.Delete(temps[0])
	}
	var begun atomic.Bool
	_, err := useFiles(ctx, c, "put "+name, func(ctx context.Context, u *subsystem) (struct{}, error) {
		begun.Store(true)
		defer clear(copied)
		return struct{}{}, u.put(ctx, name, temps, copied, mode.Perm())
	})
	if err != nil && begun.Load() {
		c.tidy(ctx, temps)
	}
	return err
}

// tempNames are where an upload is written: the usual name, and one for when that is taken.
func tempNames(name string) [2]string {
	sum := sha256.Sum256([]byte(path.Base(name)))
	stem := path.Join(path.Dir(name), fmt.Sprintf(".muster-%x", sum[:8]))
	return [2]string{stem + ".part", stem + "-" + rand.Text() + ".part"}
}

// tidy removes the temporary file of a Put that failed together with its subsystem; one that failed alone did it
// already. When the connection is gone, the file stays until the target is uploaded again.
func (c *conn) tidy(ctx context.Context, temps [2]string) {
	if c.Err() != nil || c.files.alive() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for _, temp := range temps {
		_ = c.Remove(ctx, temp)
	}
}

// put makes as few round trips as it can: everything is done through one handle, and that the target is a directory is
// found out when the rename fails.
func (u *subsystem) put(ctx context.Context, name string, temps [2]string, content []byte, mode fs.FileMode) error {
	target, err := u.resolve(name)
	if err != nil {
		return err
	}
	f, temp, err := u.create(temps)
	if err != nil {
		return err
	}
	err = u.fill(ctx, f, content, mode)
	if err == nil {
		err = verify(ctx, f, content, mode)
	}
	if closeErr := f.Close(); err == nil {
		err = full(closeErr)
	}
	if err == nil {
		err = u.replace(temp, target)
	}
	if err != nil {
		_ = u.Client.Remove(temp)
	}
	return err
}

// create opens a new file to write. What stands at the usual name was left by an upload that was cut off and is removed;
// should it be another's that still runs, then that one fails when it renames, and the two never write to one file, because
// the name is left free.
func (u *subsystem) create(temps [2]string) (f *sftp.File, temp string, err error) {
	for _, name := range temps {
		if temp, err = u.resolve(name); err != nil {
			return nil, "", err
		}
		if f, err = u.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL); err == nil {
			return f, temp, nil
		}
		info, statErr := u.Lstat(temp)
		if statErr != nil {
			return nil, "", err // it is not taken: err says what is wrong
		}
		if info.Mode().IsRegular() {
			_ = u.Client.Remove(temp)
		}
	}
	return nil, "", err
}

// onePacket is what an SFTP write or read carries, in bytes: the least that every server takes.
const onePacket = 32 << 10

// fill writes f. The mode comes first: a secret must not be readable for a moment.
func (u *subsystem) fill(ctx context.Context, f *sftp.File, content []byte, mode fs.FileMode) error {
	err := f.Chmod(mode)
	switch {
	case err != nil:
	case len(content) <= onePacket:
		_, err = f.Write(content)
	default:
		_, err = f.ReadFromWithConcurrency(&reader{ctx, bytes.NewReader(content)}, inFlight)
	}
	if _, ok := u.HasExtension("fsync@openssh.com"); err == nil && ok {
		err = f.Sync()
	}
	return full(err)
}

// verify compares size, mode and digest of what arrived.
func verify(ctx context.Context, f *sftp.File, content []byte, mode fs.FileMode) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.Size() != int64(len(content)):
		return fmt.Errorf("%d bytes were sent and %d arrived", len(content), info.Size())
	case info.Mode().Perm() != mode:
		return fmt.Errorf("the host gave it mode %04o instead of %04o", info.Mode().Perm(), mode)
	}
	sum, buf := sha256.New(), make([]byte, min(len(content), inFlight*onePacket))
	defer clear(buf) // it may be a secret
	for at := 0; at < len(content); {
		part := buf[:min(len(buf), len(content)-at)]
		n, err := f.ReadAt(part, int64(at))
		if err != nil && err != io.EOF {
			return fmt.Errorf("read back what arrived: %w", err)
		}
		sum.Write(part[:n])
		if at += len(part); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if want := sha256.Sum256(content); !bytes.Equal(sum.Sum(nil), want[:]) {
		return errors.New("what arrived differs from what was sent (SHA-256)")
	}
	return ctx.Err()
}

// replace renames over the target. Without the extension SFTP renames only to a name that is free, which is as safe.
func (u *subsystem) replace(temp, target string) error {
	_, atomic := u.HasExtension("posix-rename@openssh.com")
	rename := u.Rename
	if atomic {
		rename = u.PosixRename
	}
	err := rename(temp, target)
	if err == nil {
		return nil
	}
	if info, statErr := u.Client.Stat(target); statErr == nil && info.IsDir() {
		return errors.New("it is a directory")
	}
	if !atomic {
		err = fmt.Errorf("the host's SFTP cannot replace a file in one step: %w", err)
	}
	return err
}

// reader ends a long copy when ctx ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// full says what a bare "failure" while writing nearly always means: SFTP has no code for a full disk.
func full(err error) error {
	if s, ok := errors.AsType[*sftp.StatusError](err); ok && s.FxCode() == sftp.ErrSSHFxFailure && !strings.Contains(err.Error(), "space") {
		return fmt.Errorf("%w (is the disk full, or a quota used up?)", err)
	}
	return err
}
