package ssh_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pkg/sftp"
	xssh "golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/engine/transport"
)

// upload replaces a file's old content over a connection that is cut after n bytes, and reports what the file held then,
// the error, and how many bytes the whole took.
func upload(t *testing.T, n int64, content string) (after string, sent int64, err error) {
	t.Helper()
	l := newLab(t)
	path := write(t, t.TempDir(), "target", "old")
	c := l.mustDial(t)
	if _, err := c.Stat(t.Context(), path); err != nil { // SFTP is open before the count begins
		t.Fatal(err)
	}
	l.fault.CutAfter(n)
	err = c.Put(t.Context(), path, []byte(content), 0)
	l.close(c)
	b, readErr := os.ReadFile(path)
	if readErr != nil {
		t.Fatal(readErr)
	}
	return string(b), l.fault.Sent(), err
}

// A connection that is cut anywhere in an upload leaves the old file or, when only the last answer was lost, the new.
func TestUploadCutAnywhere(t *testing.T) {
	content := strings.Repeat("new", 30_000)
	after, total, err := upload(t, 1<<40, content)
	if err != nil || after != content {
		t.Fatalf("without a fault: %v", err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	at := make([]int64, 0, 260)
	for n := range int64(200) {
		at = append(at, n)
	}
	for range 60 {
		at = append(at, random.Int64N(total))
	}
	for _, n := range at {
		after, _, err := upload(t, n, content)
		switch {
		case err == nil && after != content:
			t.Errorf("cut after %d: no error, and the file holds %.10q…", n, after)
		case err != nil && !errors.Is(err, transport.ErrUnreachable):
			t.Errorf("cut after %d: %v", n, err)
		case after != "old" && after != content, n < total/2 && after != "old":
			t.Errorf("cut after %d: the file holds %.10q… (%d bytes)", n, after, len(after))
		}
	}
}

// What an upload that was cut off leaves, the next one of the same file takes away; what else has its name is not touched.
func TestUploadCleansUpBehindOneThatWasCut(t *testing.T) {
	l := newLab(t)
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	left := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, ".muster-*.part"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	c := l.mustDial(t)
	if _, err := c.Stat(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	l.fault.CutAfter(50_000)
	if err := c.Put(t.Context(), target, make([]byte, 200_000), 0); !errors.Is(err, transport.ErrUnreachable) {
		t.Fatalf("the cut upload gave %v", err)
	}
	l.close(c)
	if len(left()) != 1 {
		t.Fatalf("%v is left, want one file: the test shows nothing", left())
	}
	l.fault.CutAfter(1 << 40)
	c = l.mustDial(t)
	defer l.close(c)
	if err := c.Put(t.Context(), target, []byte("whole"), 0); err != nil || len(left()) > 0 {
		t.Errorf("%v, %v is left", err, left())
	}
	squatter := filepath.Join(dir, "squatter")
	for _, name := range []string{"a", "b"} { // the usual names, taken by a directory and a link
		if err := c.Put(t.Context(), filepath.Join(dir, name), []byte("1"), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(usualTemp(dir, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(squatter, usualTemp(dir, "b")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if err := c.Put(t.Context(), filepath.Join(dir, name), []byte("2"), 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Lstat(squatter); err == nil || len(left()) != 2 {
		t.Errorf("the link was followed, or what stood there is gone: %v", left())
	}
}

// usualTemp is where an upload of the file is written first.
func usualTemp(dir, name string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(dir, fmt.Sprintf(".muster-%x.part", sum[:8]))
}

// A slow line with varying delays changes nothing but the time.
func TestUploadOverASlowLine(t *testing.T) {
	for seed := range uint64(5) {
		l := newLab(t)
		l.server.Subsystem = serveMemory(sftp.InMemHandler())
		l.fault.Delay(seed, 3*time.Second)
		l.opts.Timeout = 10 * time.Minute
		synctest.Test(t, func(t *testing.T) {
			c := l.mustDial(t)
			content := strings.Repeat("x", 200_000)
			if err := c.Put(t.Context(), "/f", []byte(content), 0o644); err != nil {
				t.Error(err)
			}
			if got, err := c.Get(t.Context(), "/f", 1<<20); err != nil || string(got) != content {
				t.Errorf("seed %d: got %d bytes, %v", seed, len(got), err)
			}
			l.close(c)
		})
	}
}

// serveMemory serves SFTP from handlers instead of a file system.
func serveMemory(h sftp.Handlers) func(xssh.Channel) {
	return func(ch xssh.Channel) {
		s := sftp.NewRequestServer(ch, h)
		_ = s.Serve()
		_ = s.Close()
	}
}

// liar stores something else than it was sent.
type liar struct{ sftp.FileWriter }

func (l liar) Filewrite(r *sftp.Request) (io.WriterAt, error) {
	w, err := l.FileWriter.Filewrite(r)
	return flipper{w}, err
}

func (l liar) OpenFile(r *sftp.Request) (sftp.WriterAtReaderAt, error) {
	f, err := l.FileWriter.(sftp.OpenFileWriter).OpenFile(r)
	return struct {
		flipper
		io.ReaderAt
	}{flipper{f}, f}, err
}

type flipper struct{ io.WriterAt }

func (f flipper) WriteAt(p []byte, off int64) (int, error) {
	b := append([]byte(nil), p...)
	b[len(b)/2] ^= 1
	return f.WriterAt.WriteAt(b, off)
}

func TestUploadThatArrivesDamaged(t *testing.T) {
	l := newLab(t)
	h := sftp.InMemHandler()
	honest := h.FilePut
	l.server.Subsystem = func(ch xssh.Channel) { serveMemory(h)(ch) }
	c := l.mustDial(t)
	if err := c.Put(t.Context(), "/f", []byte("old content"), 0o644); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	h.FilePut = liar{honest}
	c = l.mustDial(t)
	if err := c.Put(t.Context(), "/f", []byte("new content"), 0o644); err == nil || !strings.Contains(err.Error(), "differs from what was sent") {
		t.Errorf("put gave %v", err)
	}
	if got, err := c.Get(t.Context(), "/f", 100); err != nil || string(got) != "old content" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if names, err := c.ReadDir(t.Context(), "/"); err != nil || len(names) != 1 {
		t.Errorf("the directory holds %q, %v", names, err)
	}
	l.close(c)
}

// An SFTP server that dies under an upload is opened again, and what was begun is removed.
func TestSubsystemDies(t *testing.T) {
	l := newLab(t)
	dir := t.TempDir()
	path := write(t, dir, "target", "old")
	deaths := 1
	l.server.Subsystem = func(ch xssh.Channel) {
		server, err := sftp.NewServer(&mortal{ReadWriteCloser: ch, left: 60_000, dies: deaths > 0})
		deaths--
		if err == nil {
			_ = server.Serve()
		}
	}
	c := l.mustDial(t)
	content := []byte(strings.Repeat("new", 50_000))
	if err := c.Put(t.Context(), path, content, 0); err == nil || errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("put gave %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Errorf("the file holds %.10q…", b)
	}
	if left, _ := filepath.Glob(dir + "/.muster-*"); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	if err := c.Put(t.Context(), path, content, 0); err != nil {
		t.Errorf("the next put gave %v", err)
	}
	l.close(c)
}

// mortal ends after so many bytes.
type mortal struct {
	io.ReadWriteCloser
	left int
	dies bool
}

func (m *mortal) Read(p []byte) (int, error) {
	n, err := m.ReadWriteCloser.Read(p)
	if m.left -= n; m.dies && m.left < 0 {
		_ = m.Close()
		return 0, io.EOF
	}
	return n, err
}

// A put that is cancelled while the server hangs returns, and the next one has a new subsystem.
func TestSubsystemHangs(t *testing.T) {
	l := newLab(t)
	hangs := true
	l.server.Subsystem = func(ch xssh.Channel) {
		if hangs {
			hangs = false
			_, _ = io.Copy(io.Discard, ch)
			return
		}
		serveMemory(sftp.InMemHandler())(ch)
	}
	synctest.Test(t, func(t *testing.T) {
		c := l.mustDial(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Put(ctx, "/f", []byte("x"), 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the first put gave %v", err)
		}
		if err := c.Put(t.Context(), "/f", []byte("x"), 0o644); err != nil {
			t.Errorf("the second put gave %v", err)
		}
		l.close(c)
	})
}
