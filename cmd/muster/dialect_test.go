package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// TestDialects runs the playbook as a user does against fleets that speak in ways no published source excludes: it has to
// reach the same configuration on each of them, and find nothing to do the second time.
func TestDialects(t *testing.T) {
	seeds := 20
	if testing.Short() {
		seeds = 3
	}
	playbook, err := filepath.Abs(filepath.Join("..", "..", "playbooks", "webex-cti.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	for seed := 1; seed <= seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			fleet, err := bwsim.Start(context.Background(), bwsim.Options{
				ASCount: 1, XSPCount: 2, ADPCount: 1, Sites: []string{"fra", "muc"}, Dialect: uint64(seed),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer fleet.Close()
			lab := t.TempDir()
			if err := bwsim.WriteLab(lab, fleet); err != nil {
				t.Fatal(err)
			}
			first := apply(t, playbook, lab)
			if !strings.Contains(first, " 4 changed\n") {
				t.Errorf("the first run did not change all four hosts:\n%s", first)
			}
			for _, h := range fleet.Hosts() {
				judge(t, h)
			}
			if second := apply(t, playbook, lab); !strings.Contains(second, " 4 ok\n") {
				t.Errorf("the second run found something to do:\n%s", second)
			}
		})
	}
}

// apply runs the playbook and returns what it printed; it fails the test when it does not end well.
func apply(t *testing.T, playbook, lab string) string {
	t.Helper()
	out, exit := muster(lab, "apply", playbook, "-i", filepath.Join(lab, "inventory.hcl"), "--yes",
		"--var", "chain_file="+filepath.Join(lab, "CombinedCertChain2023.txt"), "--var", "cert_dir="+filepath.Join(lab, "certs"),
		"--var", "client_cert="+filepath.Join(lab, "client.crt"), "--var", "client_key="+filepath.Join(lab, "client.key"))
	if exit != 0 {
		t.Fatalf("apply: exit %d\n%s", exit, out)
	}
	return out
}

// muster runs a command line, and returns all it printed and its exit code; -1 when it did not run.
func muster(home string, args ...string) (string, int) {
	cmd := exec.Command("muster", args...)
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK=", "HOME="+home, "XDG_STATE_HOME="+filepath.Join(home, "state"), "XDG_RUNTIME_DIR=")
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		return err.Error(), -1
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// judge looks at what a host obeys, not at what was said about it.
func judge(t *testing.T, h *bwsim.Host) {
	t.Helper()
	active := h.Active()
	if h.Role() == bwsim.AS {
		if got := h.Stored().ClientIdentities; len(got) != 1 || got[0] != "bwcticlient.webex.com" {
			t.Errorf("%s: client identities %q", h.Name(), got)
		}
		return
	}
	if len(active.CTITrusts) != 2 || !active.AllowClientApp || len(active.CTI) != 1 {
		t.Errorf("%s: active configuration %s", h.Name(), shape(active))
		return
	}
	if i := active.CTI[0]; i.Port != 8012 || !i.Secure || !i.ClientAuthReq || i.Certificate.SelfSigned {
		t.Errorf("%s: active interface %s", h.Name(), shape(active))
	}
}

// TestRefusals has one server refuse a command in the words of each dialect: whatever they are, that server fails with a
// diagnostic that quotes them, and the other one is done.
func TestRefusals(t *testing.T) {
	seeds := 12
	if testing.Short() {
		seeds = 2
	}
	playbook := filepath.Join(t.TempDir(), "site.hcl")
	text := "play \"p\" {\n  hosts = \"as\"\n  task \"client_identity\" \"webex\" {\n    name = \"bwcticlient.webex.com\"\n  }\n}\n"
	if err := os.WriteFile(playbook, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for seed := 0; seed < seeds; seed++ {
		for _, command := range []string{"add bwcticlient", "ClientIdentity"} { // a refusal, and an unknown context
			t.Run(fmt.Sprint(seed, " ", command), func(t *testing.T) {
				t.Parallel()
				fleet, err := bwsim.Start(context.Background(), bwsim.Options{ASCount: 2, XSPCount: 0, Sites: []string{"fra", "muc"}, Dialect: uint64(seed)})
				if err != nil {
					t.Fatal(err)
				}
				defer fleet.Close()
				lab := t.TempDir()
				if err := bwsim.WriteLab(lab, fleet); err != nil {
					t.Fatal(err)
				}
				fleet.Hosts()[0].Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: command})
				out, exit := muster(lab, "apply", playbook, "-i", filepath.Join(lab, "inventory.hcl"), "--yes")
				if exit != 3 || !strings.Contains(out, " 1 changed, 1 failed\n") || strings.Contains(out, "goroutine") {
					t.Errorf("exit %d, want 3 with one host changed and one failed:\n%s", exit, out)
				}
				if got := fleet.Hosts()[1].Stored().ClientIdentities; len(got) != 1 {
					t.Errorf("the other server has client identities %q", got)
				}
			})
		}
	}
}
