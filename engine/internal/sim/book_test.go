package sim

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// login is what every controller needs to reach every host: one key of theirs, one of the hosts.
var login = sync.OnceValues(func() (l struct {
	dir  string
	host ssh.Signer
}, err error) {
	if l.dir, err = os.MkdirTemp("", "muster-sim-*"); err != nil {
		return l, err
	}
	_, hostKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		return l, err
	}
	if l.host, err = ssh.NewSignerFromKey(hostKey); err != nil {
		return l, err
	}
	_, userKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		return l, err
	}
	block, err := ssh.MarshalPrivateKey(userKey, "")
	if err != nil {
		return l, err
	}
	known := "* " + string(ssh.MarshalAuthorizedKey(l.host.PublicKey()))
	for name, text := range map[string]string{"id": string(pem.EncodeToMemory(block)), "known_hosts": known} {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
			return l, err
		}
	}
	return l, nil
})

// scratch is a place for state directories where a sync costs nothing, if there is one: there are thousands of them.
func scratch() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

// policy is how the playbook rolls out.
type policy struct {
	maxUnavailable, maxFailed, canary int
	soak, stable, onFailure, batches  string
	share, blind, retry               bool
	attended, manual                  bool // somebody is there; and has to promote the canary
}

func (p policy) book() string {
	var b strings.Builder
	b.WriteString("variable \"run\" {\n  type = string\n}\nplay \"conf\" {\n  hosts = \"all\"\n")
	task := func(module, name, body string) {
		retry := ""
		if p.retry {
			retry = "    run {\n      timeout = \"5m\"\n      retry {\n        attempts = 3\n        backoff = \"3s\"\n        when = [\"unreachable\", \"timeout\"]\n      }\n    }\n"
		}
		fmt.Fprintf(&b, "  task %q %q {\n%s%s    notify = [handler.restart]\n  }\n", module, name, body, retry)
	}
	task("keep", "one", "    path = \"/one\"\n    text = \"one for ${host.name}\"\n")
	task("tally", "count", "    id = \"count-${var.run}-${host.name}\"\n")
	if p.blind {
		task("blind", "dark", "    id = \"dark-${var.run}-${host.name}\"\n")
	}
	if p.share {
		b.WriteString("  task \"share\" \"key\" {\n    fan_out {}\n    notify = [handler.restart]\n  }\n")
	}
	task("keep", "two", "    path = \"/two\"\n    text = \"two for ${host.name}\"\n")
	fmt.Fprintf(&b, "  handler \"cycle\" \"restart\" {\n    rollout {\n      group_by = \"site\"\n      max_unavailable = %d\n      max_failed = %d\n      canary = %d\n      on_failure = %q\n",
		p.maxUnavailable, p.maxFailed, p.canary, p.onFailure)
	if p.batches != "" {
		fmt.Fprintf(&b, "      batches = %s\n", p.batches)
	}
	if p.manual {
		b.WriteString("      promote = \"manual\"\n")
	}
	if p.soak != "" && p.canary > 0 {
		fmt.Fprintf(&b, "      soak = %q\n", p.soak)
	}
	fmt.Fprintf(&b, "      health \"alive\" \"well\" {\n        within = \"5m\"\n        stable = %q\n      }\n    }\n  }\n}\n", p.stable)
	return b.String()
}

// papers writes playbook and inventory for the world's hosts.
func (w *world) papers(t testing.TB, dir string, p policy) (book, inventory string) {
	t.Helper()
	l, err := login()
	if err != nil {
		t.Fatal(err)
	}
	var inv strings.Builder
	fmt.Fprintf(&inv, "defaults {\n  user = \"admin\"\n  ssh_key = %q\n  known_hosts = %q\n}\n", filepath.Join(l.dir, "id"), filepath.Join(l.dir, "known_hosts"))
	var names []string
	for _, h := range w.hosts {
		fmt.Fprintf(&inv, "host %q {\n  address = %q\n  data = { site = %q }\n}\n", h.name, h.address, h.site)
		names = append(names, fmt.Sprintf("%q", h.name))
	}
	fmt.Fprintf(&inv, "group \"fleet\" { hosts = [%s] }\n", strings.Join(names, ", "))
	book, inventory = filepath.Join(dir, "book.hcl"), filepath.Join(dir, "fleet.inv.hcl")
	for name, text := range map[string]string{book: p.book(), inventory: inv.String()} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return book, inventory
}
