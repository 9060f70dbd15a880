package secret_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/muster-run/muster/engine/secret"
)

type asker func(question string) ([]byte, error)

func (a asker) Ask(_ context.Context, question string) ([]byte, error) { return a(question) }

func TestPrompt(t *testing.T) {
	v, err := secret.Prompt(t.Context(), asker(func(q string) ([]byte, error) {
		if q != `bwcli\x1b password: ` {
			t.Errorf("asked %q", q)
		}
		return []byte("typed"), nil
	}), "bwcli\x1b password")
	if err != nil || string(v.Reveal()) != "typed" {
		t.Errorf("got %q, %v", v.Reveal(), err)
	}
	for answer, words := range map[reply]string{{"", nil}: "nothing was typed", {"", io.EOF}: "run it on a terminal"} {
		_, err := secret.Prompt(t.Context(), asker(func(string) ([]byte, error) { return []byte(answer.text), answer.err }), "x")
		if _, ok := errors.AsType[*secret.Error](err); !ok || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want %q", err, words)
		}
	}
}

type reply struct {
	text string
	err  error
}

// openTerminal returns the far side of a terminal and its path.
func openTerminal(t *testing.T) (*os.File, string) {
	t.Helper()
	far, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here")
	}
	t.Cleanup(func() { _ = far.Close() })
	c, err := far.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	err = c.Control(func(fd uintptr) {
		if err := unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err != nil {
			t.Error(err)
		}
		n, _ = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
	})
	if err != nil {
		t.Fatal(err)
	}
	// One more descriptor of the terminal keeps it alive between our reads.
	path := fmt.Sprintf("/dev/pts/%d", n)
	near, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = near.Close() })
	return far, path
}

func TestTerminalDoesNotEcho(t *testing.T) {
	far, path := openTerminal(t)
	got := make(chan secret.Value, 1)
	go func() {
		v, err := secret.Prompt(t.Context(), secret.Terminal{Path: path}, "password")
		if err != nil {
			t.Error(err)
		}
		got <- v
	}()
	screen := bufio.NewReader(far)
	if q, err := screen.ReadString(' '); err != nil || q != "password: " {
		t.Fatalf("the question is %q, %v", q, err)
	}
	waitForEcho(t, path, false)
	if _, err := far.WriteString("hunter2\n"); err != nil {
		t.Fatal(err)
	}
	if v := <-got; string(v.Reveal()) != "hunter2" {
		t.Errorf("got %q", v.Reveal())
	}
	if line, err := screen.ReadString('\n'); err != nil || strings.TrimSpace(line) != "" {
		t.Errorf("the screen shows %q, %v", line, err)
	}
}

func TestTerminalIsRestored(t *testing.T) {
	far, path := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := secret.Prompt(ctx, secret.Terminal{Path: path}, "password")
		done <- err
	}()
	waitForEcho(t, path, false)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	waitForEcho(t, path, true)
	_, _ = far.WriteString("\n") // ends the read that waits
}

// waitForEcho waits until the terminal echoes, or does not.
func waitForEcho(t *testing.T, path string, want bool) {
	t.Helper()
	tty, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		s, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if s.Lflag&unix.ECHO != 0 == want {
			return
		}
	}
	t.Fatalf("the echo did not become %v", want)
}

func TestNoTerminal(t *testing.T) {
	file := write(t, t.TempDir(), "file", "x", 0o600)
	for _, path := range []string{file, filepath.Join(t.TempDir(), "none")} {
		if _, err := secret.Prompt(t.Context(), secret.Terminal{Path: path}, "x"); err == nil || !strings.Contains(err.Error(), "terminal") {
			t.Errorf("got %v", err)
		}
	}
}
