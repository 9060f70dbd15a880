package transporttest

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/transport"
)

// typist types into a shell and reads what comes.
type typist struct {
	transport.Shell
	seen strings.Builder
}

func (f *fixture) typist(t testing.TB) *typist {
	t.Helper()
	s, err := f.Shell(f.ctx)
	if err != nil {
		t.Fatalf("shell: %v", err)
	}
	return &typist{Shell: s}
}

func (y *typist) send(t testing.TB, line string) {
	t.Helper()
	if _, err := io.WriteString(y, line+"\n"); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// until reads until text was seen and returns all that was seen so far.
func (y *typist) until(t testing.TB, text string) string {
	t.Helper()
	buf := make([]byte, 4096)
	for !strings.Contains(y.seen.String(), text) {
		n, err := y.Read(buf)
		y.seen.Write(buf[:n])
		if err != nil {
			t.Fatalf("read: %v after %q", err, y.seen.String())
		}
	}
	return y.seen.String()
}

// The terminal echoes what is typed, unbroken at any width below 1000.
func shellEcho(t *testing.T, f *fixture) {
	y := f.typist(t)
	defer y.Close()
	long := "echo " + strings.Repeat("y", 700) + "; echo a''b"
	y.send(t, long)
	if seen := y.until(t, "ab"); !strings.Contains(seen, long) {
		t.Errorf("the line was not echoed as it was typed: %q", seen)
	}
}

func shellTerminal(t *testing.T, f *fixture) {
	y := f.typist(t)
	defer y.Close()
	y.send(t, "echo TERM is $TERM.; stty size; stty -a; echo e''nd")
	seen := y.until(t, "end")
	for _, want := range []string{"TERM is dumb.", "1000 1000", " echo "} {
		if !strings.Contains(seen, want) {
			t.Errorf("no %q in %q", want, seen)
		}
	}
}

// The end of the shell is io.EOF, and the connection goes on.
func shellExit(t *testing.T, f *fixture) {
	y := f.typist(t)
	defer y.Close()
	y.send(t, "exit")
	if _, err := io.Copy(io.Discard, y.Shell); err != nil {
		t.Errorf("read: %v, want io.EOF", err)
	}
	f.run(t, "true")
}

// Close ends a Read that waits.
func shellClose(t *testing.T, f *fixture) {
	y := f.typist(t)
	y.send(t, "echo o''k")
	y.until(t, "ok")
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, y.Shell)
		done <- err
	}()
	if err := y.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-done; errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("read: %v although the connection lives", err)
	}
	f.run(t, "true")
}
