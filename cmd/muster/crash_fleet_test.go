package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// buildCrashing builds muster with its crash points.
func buildCrashing(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "muster")
	if out, err := exec.Command("go", "build", "-tags", "crashpoint", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// crashUnavailable is max_unavailable in crashBook.
const crashUnavailable = 2

// crashBook configures the CTI interfaces of a fleet and restarts them, two of a site at a time.
const crashBook = `
variable "chain_file" {
  type = string
}
variable "cert_dir" {
  type = string
}
locals {
  chain = pem_by_role(file(var.chain_file))
}
play "servers" {
  hosts = "as"
  task "client_identity" "webex" {
    name = "bwcticlient.webex.com"
  }
}
play "cti" {
  hosts = "xsp"
  task "trust_anchor" "anchors" {
    for_each  = local.chain
    interface = "cti"
    alias     = "webexclient${each.key}2023"
    pem       = each.value
    notify    = [handler.restart]
  }
  task "certificate_authentication" "client_app" {
    allow_client_app = true
    notify           = [handler.restart]
  }
  task "cti_interface" "cti" {
    port        = 8012
    client_auth = true
    certificate {
      key_file   = "${var.cert_dir}/${host.name}.key"
      cert_file  = "${var.cert_dir}/${host.name}.crt"
      chain_file = "${var.cert_dir}/chain.pem"
    }
    notify = [handler.restart]
  }
  handler "restart" "restart" {
    rollout {
      canary          = 1
      group_by        = "site"
      groups_at_once  = 2
      max_unavailable = 2
      health "wait_for" "cti" {
        port   = 8012
        within = "2m"
      }
    }
  }
}
`

// crashFleet is twelve hosts and a control machine whose muster can be killed at a point.
type crashFleet struct {
	*whole
	binary, book string
}

func newCrashFleet(t *testing.T, binary string) *crashFleet {
	t.Helper()
	f := &crashFleet{whole: newWhole(t, 2, 10)}
	f.binary, f.book = f.file("muster"), f.file("crash.hcl")
	if err := os.Link(binary, f.binary); err != nil { // a name of its own, by which its processes are known
		t.Fatal(err)
	}
	if err := os.WriteFile(f.book, []byte(crashBook), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// muster runs the binary with the crash points' own environment. died says that it was killed.
func (f *crashFleet) muster(t *testing.T, env []string, args ...string) (out string, exit int, died bool) {
	t.Helper()
	cmd := exec.Command(f.binary, args...)
	cmd.Dir = f.lab
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK=", "HOME="+f.lab, "XDG_STATE_HOME="+f.file("state"), "XDG_RUNTIME_DIR=", "TMPDIR="+f.lab)
	cmd.Env = append(cmd.Env, env...)
	cmd.WaitDelay = 10 * time.Second // a plugin process of a killed muster may hold on to its error output for a moment
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return string(b), cmd.ProcessState.ExitCode(), status.Signaled() && status.Signal() == syscall.SIGKILL
}

func (f *crashFleet) apply(t *testing.T, env ...string) (string, int, bool) {
	t.Helper()
	return f.muster(t, env, "apply", f.book, "-i", f.file("inventory.hcl"), "--yes",
		"--var", "chain_file="+f.file("CombinedCertChain2023.txt"), "--var", "cert_dir="+f.file("certs"))
}

// killedAt is the environment of a process that kills itself at a crash point, and counts them.
func (f *crashFleet) killedAt(point int) []string {
	return []string{fmt.Sprint("MUSTER_CRASHPOINT=", point), "MUSTER_CRASHPOINT_COUNT=" + f.file("count")}
}

// passed is how many crash points the last process passed that counted.
func (f *crashFleet) passed(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile(f.file("count"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || n == 0 {
		t.Fatalf("%q crash points: %v", b, err)
	}
	return n
}

// alive are the processes of this fleet's muster, plugins included.
func (f *crashFleet) alive() (pids []string) {
	found, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, exe := range found {
		if to, err := os.Readlink(exe); err == nil && strings.TrimSuffix(to, " (deleted)") == f.binary {
			pids = append(pids, filepath.Base(filepath.Dir(exe)))
		}
	}
	return pids
}

// state is what a fleet has become, a line per host, alike for fleets that differ in addresses and keys only.
func (f *crashFleet) state() []string {
	var out []string
	for _, h := range f.fleet.Hosts() {
		var line strings.Builder
		for _, c := range []bwsim.Config{h.Stored(), h.Active()} {
			text := shape(c)
			for _, i := range c.CTI {
				text = strings.ReplaceAll(text, i.IP.String(), "IP")
			}
			line.WriteString(text + " | ")
		}
		out = append(out, h.Name()+": "+line.String()+"restarts "+strconv.Itoa(f.restarts(h.Name()))+" left "+strings.Join(left(h), " "))
	}
	return out
}

// left is what a finished run must not leave on a host: a restart that is owed, a lease, half of an upload. Half of a note
// below ~/.muster may stay: the next one of that name takes it away, and there may be none.
func left(h *bwsim.Host) (out []string) {
	for _, path := range h.Files("/") {
		part, own := strings.HasSuffix(path, ".part"), strings.Contains(path, "/.muster/")
		if part && !own || !part && (strings.Contains(path, "/.muster/pending/") || strings.Contains(path, "/.muster/lease")) {
			out = append(out, path)
		}
	}
	return out
}

func (f *crashFleet) maxDown() map[string]int {
	return f.fleet.MaxDown(func(h *bwsim.Host) string { return h.Site() })
}
