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

// quietTerminal opens a terminal at which nobody types anything.
func quietTerminal(t *testing.T) *os.File {
	t.Helper()
	ctrl, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ctrl.Close() })
	fd := int(ctrl.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return tty
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

// TestAnotherTerminal has a run wait at a terminal at which nobody types, and says from elsewhere how it goes on.
func TestAnotherTerminal(t *testing.T) {
	for name, c := range map[string]struct {
		promote string
		refuses int // how often the canary's restart is refused
		waits   string
		say     string
		answer  string
		exit    int
		end     string
	}{
		"promote":      {"manual", 0, "waiting for promotion", "promote", "Run 1: the canary is promoted, the rest begins.\n", 0, "Run 1 finished: 2 hosts"},
		"abort":        {"manual", 0, "waiting for promotion", "abort", "Run 1 begins nothing new and ends; it cannot be resumed.\n", 130, "Run 1 was aborted"},
		"resume":       {"auto", 1, "r  retry", "resume", "Run 1 goes on: what failed is tried again.\n", 0, "Run 1 finished: 2 hosts"},
		"abort failed": {"auto", 1, "r  retry", "abort", "Run 1 is aborted; it cannot be resumed.\n", 5, "Run 1 is paused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWhole(t, 0, 2)
			if c.refuses > 0 {
				w.xsps()[0].Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "restartbw", Times: c.refuses, Text: "[Error] Not now."})
			}
			if err := os.WriteFile(filepath.Join(w.lab, "site.hcl"), fmt.Appendf(nil, steered, c.promote), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			run := command(ctx, w.lab, "apply", "site.hcl", "-i", "inventory.hcl", "--yes")
			var out bytes.Buffer
			run.Stdin, run.Stdout = quietTerminal(t), &out
			said, err := run.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			for s := bufio.NewScanner(said); s.Scan(); {
				log.WriteString(s.Text() + "\n")
				if !strings.Contains(s.Text(), c.waits) {
					continue
				}
				answer, err := command(ctx, w.lab, c.say).CombinedOutput()
				if err != nil || string(answer) != c.answer {
					t.Errorf("the answer is %q, %v, want %q", answer, err, c.answer)
				}
			}
			_ = run.Wait() // the exit code says it
			if exit := run.ProcessState.ExitCode(); exit != c.exit || !strings.Contains(out.String(), c.end) {
				t.Errorf("exit %d, want %d with %q\n%s%s", exit, c.exit, c.end, log.String(), out.String())
			}
			w.judgeDown(t)
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
