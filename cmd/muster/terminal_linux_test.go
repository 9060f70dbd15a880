package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// newTerminal opens a terminal: what is written to the first file is typed at the second.
func newTerminal(t *testing.T) (keys, tty *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close() })
	fd := int(keys.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return keys, tty
}

const steered = `play "p" {
  hosts = "xsp"
  task "certificate_authentication" "client_app" {
    allow_client_app = true
    notify           = [handler.restart]
  }
  handler "restart" "restart" {
    rollout {
      canary  = 1
      promote = %q
    }
  }
}
`

// waiter is a run at a terminal that waits for somebody.
type waiter struct {
	*whole
	keys *os.File
	run  *exec.Cmd
	said *bufio.Scanner
	out  bytes.Buffer
	log  strings.Builder
}

// newWaiter starts a run whose canary waits to be promoted, or whose canary's restart is refused that often.
func newWaiter(t *testing.T, promote string, refused int) *waiter {
	t.Helper()
	w := waiterOf(t, 2, fmt.Sprintf(steered, promote))
	if refused > 0 {
		w.xsps()[0].Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "restartbw", Times: refused, Text: "[Error] Not now."})
	}
	return w
}

// waiterOf is a run of a playbook over that many hosts.
func waiterOf(t *testing.T, xsp int, book string) *waiter {
	t.Helper()
	w := &waiter{whole: newWhole(t, 0, xsp)}
	if err := os.WriteFile(w.file("site.hcl"), []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(stop)
	w.run = command(ctx, w.lab, "apply", "site.hcl", "-i", "inventory.hcl", "--yes")
	var tty *os.File
	w.keys, tty = newTerminal(t)
	w.run.Stdin, w.run.Stdout = tty, &w.out
	said, err := w.run.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.said = bufio.NewScanner(said)
	return w
}

func (w *waiter) start(t *testing.T) {
	t.Helper()
	if err := w.run.Start(); err != nil {
		t.Fatal(err)
	}
}

// until reads what the run says, up to a line with the text.
func (w *waiter) until(t *testing.T, text string) {
	t.Helper()
	for w.said.Scan() {
		w.log.WriteString(w.said.Text() + "\n")
		if strings.Contains(w.said.Text(), text) {
			return
		}
	}
	t.Errorf("it never said %q\n%s%s", text, w.log.String(), w.out.String())
}

// ends waits for the run's end.
func (w *waiter) ends(t *testing.T, exit int, text string) {
	t.Helper()
	for w.said.Scan() {
		w.log.WriteString(w.said.Text() + "\n")
	}
	_ = w.run.Wait() // the exit code says it
	if got := w.run.ProcessState.ExitCode(); got != exit || !strings.Contains(w.log.String()+w.out.String(), text) {
		t.Errorf("exit %d, want %d with %q\n%s%s", got, exit, text, w.log.String(), w.out.String())
	}
	w.judgeDown(t)
}

// The last lines of the two screens that ask.
const (
	asksPromotion = "or from anywhere:"
	asksPaused    = "q  leave it"
)

// TestAnotherTerminal has a run wait at a terminal at which nobody types, and says from elsewhere how it goes on.
func TestAnotherTerminal(t *testing.T) {
	for name, c := range map[string]struct {
		promote    string
		refused    int
		asks       string
		say, state string
		answer     string
		exit       int
		end        string
	}{
		"promote":      {"manual", 0, asksPromotion, "promote", "waits for promotion", "Run 1: the canary is promoted, the rest begins.\n", 0, "Run 1 finished: 2 hosts"},
		"abort":        {"manual", 0, asksPromotion, "abort", "waits for promotion", "Run 1 begins nothing new and ends; it cannot be resumed.\n", 130, "Run 1 was aborted"},
		"resume":       {"auto", 1, asksPaused, "resume", "is paused", "Run 1 goes on: what failed is tried again.\n", 0, "Run 1 finished: 2 hosts"},
		"abort failed": {"auto", 1, asksPaused, "abort", "is paused", "Run 1 is aborted; it cannot be resumed.\n", 130, "Run 1 is aborted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWaiter(t, c.promote, c.refused)
			w.start(t)
			w.until(t, c.asks)
			status, err := command(t.Context(), w.lab, "status").CombinedOutput()
			if err != nil || !strings.HasPrefix(string(status), "Run 1 "+c.state) {
				t.Errorf("the status is %q, %v, want %q", status, err, c.state)
			}
			answer, err := command(t.Context(), w.lab, c.say).CombinedOutput()
			if err != nil || string(answer) != c.answer {
				t.Errorf("the answer is %q, %v, want %q", answer, err, c.answer)
			}
			w.ends(t, c.exit, c.end)
		})
	}
}

// TestKeys answers at the terminal itself. What was typed before the question is no answer to it.
func TestKeys(t *testing.T) {
	for name, c := range map[string]struct {
		promote string
		refused int
		asks    string
		early   string
		types   string
		exit    int
		end     string
	}{
		"promote":              {"manual", 0, asksPromotion, "", "p\n", 0, "Run 1 finished: 2 hosts"},
		"promote, not early":   {"manual", 0, asksPromotion, "p\np\n", "a\n", 130, "Run 1 was aborted"},
		"unknown, then abort":  {"manual", 0, asksPromotion, "", "what?\na\n", 130, "Run 1 was aborted"},
		"retry":                {"auto", 1, asksPaused, "", "r\n", 0, "Run 1 finished: 2 hosts"},
		"retry, not early":     {"auto", 1, asksPaused, "r\nr\n", "q\n", 5, "Left as it is. Go on with: muster resume 1"},
		"abort what is paused": {"auto", 1, asksPaused, "", "a\n", 130, "Run 1 is aborted and cannot be resumed"},
		"leave by end of file": {"auto", 1, asksPaused, "", "\x04", 5, "Left as it is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWaiter(t, c.promote, c.refused)
			if _, err := w.keys.WriteString(c.early); err != nil {
				t.Fatal(err)
			}
			w.start(t)
			w.until(t, c.asks)
			if _, err := w.keys.WriteString(c.types); err != nil {
				t.Fatal(err)
			}
			w.ends(t, c.exit, c.end)
		})
	}
}

// command is muster in a directory of its own, which is also where it keeps its state.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "muster", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK=", "HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_RUNTIME_DIR=", "TMPDIR="+dir)
	return cmd
}
