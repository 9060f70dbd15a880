//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// canary is a fleet, a control machine's directories and everything secret about them.
type canary struct {
	fleet         *bwsim.Fleet
	root, lab     string
	handles       *scanner // what no module may have: keys and passwords
	all           *scanner // and what modules are given, but nobody is shown
	others        *scanner // all but the key of the host of which broken says that it could not be cleaned up
	broken        string
	begin, finish *os.File // by which the last witness waits for the test
}

// the characters are those that URLs, JSON, HCL and shells write otherwise
const (
	canaryPassword = `pW<9>&"q%7 k+\Zr/x;3e`
	canaryToken    = `t0k<en>&"8%2 y+\Qm/f;5`
)

// troubled is the host that the faults are on.
const troubled = "xsp01.fra.example.net"

// newCanary starts a fleet whose application servers demand a login, and learns what is secret about it. It runs a playbook of
// the repository with some plays behind it.
func newCanary(t *testing.T, xsps int, playbook, plays string) *canary {
	fleet, err := bwsim.Start(context.Background(), bwsim.Options{
		ASCount: 1, XSPCount: xsps, Sites: []string{"fra"}, Profile: bwsim.Profile{Login: bwsim.LoginRequired},
		CLIPassword: canaryPassword, RestartTime: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fleet.Close() })
	root, err := os.MkdirTemp("/tmp", "canary") // short: sockets are to be made below it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	c := &canary{fleet: fleet, root: root, lab: filepath.Join(root, "lab"), handles: newScanner(), all: newScanner(), others: newScanner()}
	if err := bwsim.WriteLab(c.lab, fleet); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"home", "tmp", "xdg", "plugins"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c.learn(t)
	c.write(t, playbook, plays)
	return c
}

func (c *canary) learn(t *testing.T) {
	keys, err := filepath.Glob(filepath.Join(c.lab, "certs", "*.key"))
	if err != nil || len(keys) == 0 {
		t.Fatalf("%q, %v", keys, err)
	}
	for _, s := range []*scanner{c.handles, c.all, c.others} {
		for _, path := range append(keys, filepath.Join(c.lab, "client.key"), filepath.Join(c.lab, "id_ed25519")) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if s != c.others || filepath.Base(path) != troubled+".key" {
				s.key(t, filepath.Base(path), text)
			}
		}
		s.secret("the bwcli password", canaryPassword)
	}
	c.all.secret("the token", canaryToken)
	c.others.secret("the token", canaryToken)
}

// write makes the playbook, the variables and the plugin directory.
func (c *canary) write(t *testing.T, name, plays string) {
	playbook, err := os.ReadFile(filepath.Join("..", "..", "playbooks", name))
	if err != nil {
		t.Fatal(err)
	}
	self, err := exec.LookPath("muster-plugin-witness")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	vars := fmt.Sprintf("chain_file = %q\ncert_dir = %q\nclient_cert = %q\nclient_key = %q\nroot = %q\ntoken = %q\n",
		c.lab+"/CombinedCertChain2023.txt", c.lab+"/certs", c.lab+"/client.crt", c.lab+"/client.key", c.root, canaryToken)
	for name, text := range map[string]string{"site.hcl": string(playbook) + plays, "vars.hcl": vars,
		"token.hcl": fmt.Sprintf("token = %q\n", canaryToken), "plugins/muster-plugin-witness": string(binary)} {
		mode := os.FileMode(0o600)
		if strings.HasPrefix(name, "plugins/") {
			mode = 0o700
		}
		if err := os.WriteFile(filepath.Join(c.root, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	c.begin, c.finish = pipe(t, filepath.Join(c.root, "begin")), pipe(t, filepath.Join(c.root, "end"))
}

// pipe makes a named pipe and opens both ends, so that nobody waits for anybody to open it.
func pipe(t *testing.T, path string) *os.File {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
