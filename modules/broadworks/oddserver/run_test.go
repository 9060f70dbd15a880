package oddserver

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"context"

	"golang.org/x/crypto/ssh"
)

func (p *pki) hostKey(t *testing.T, ip string, key ssh.PublicKey) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(p.dir, "known_hosts"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintf(f, "[%s]:2222 %s", ip, ssh.MarshalAuthorizedKey(key))
}

// limit ends a run that hangs, in seconds; one that works is far below it, also on a busy machine under the race detector.
const limit = 150

var subnet atomic.Int32

// freeSubnet is the middle of an address that no other run on this machine uses.
func freeSubnet(t *testing.T) string {
	t.Helper()
	for {
		n := subnet.Add(1) + int32(os.Getpid())*251
		middle := fmt.Sprintf("%d.%d", 64+n>>8&63, n&255)
		l, err := net.Listen("tcp", "127."+middle+".9:2222") // held until the test ends, so that others keep off
		if err != nil {
			continue
		}
		t.Cleanup(func() { l.Close() })
		return middle
	}
}

// lab is an application server and two of the edge, one of each name, with the same quirks.
func lab(t *testing.T, q quirks) (*pki, []*host) {
	t.Helper()
	p, n := newPKI(t), freeSubnet(t)
	var hosts []*host
	var inv strings.Builder
	fmt.Fprintf(&inv, "defaults {\n  user = \"bwadmin\"\n  port = 2222\n  ssh_key = %q\n  known_hosts = %q\n}\n", p.dir+"/id", p.dir+"/known_hosts")
	for i, role := range []string{"AS", "XSP", "ADP"} {
		own := q
		if role != "AS" {
			own.Login = ""
		}
		h := startHost(t, p, role, fmt.Sprintf("127.%s.%d", n, i+1), own)
		hosts = append(hosts, h)
		p.server(t, h.name, h.ip)
		fmt.Fprintf(&inv, "host %q {\n  address = %q\n  data = { site = \"%s\"", h.name, h.ip, []string{"fra", "fra", "muc"}[i])
		if own.Login != "" {
			fmt.Fprintf(&inv, ", bwcli_user = \"webadmin\", bwcli_password = secret(\"file\", %q)", p.dir+"/password")
		}
		inv.WriteString(" }\n}\n")
	}
	fmt.Fprintf(&inv, "group \"as\" {\n  hosts = [%q]\n}\ngroup \"xsp\" {\n  hosts = [%q, %q]\n}\n", hosts[0].name, hosts[1].name, hosts[2].name)
	write(t, p.dir+"/inventory.hcl", []byte(inv.String()))
	write(t, p.dir+"/password", []byte("s3cret word"))
	id := ecKey(t)
	write(t, p.dir+"/id", keyPEM(t, id))
	return p, hosts
}

// build makes the binary, once; ODD_MUSTER names one that is there.
var build = sync.OnceValues(func() (string, error) {
	if b := os.Getenv("ODD_MUSTER"); b != "" {
		return b, nil
	}
	file := filepath.Join(scratch, "muster")
	if out, err := exec.Command("go", "build", "-o", file, "github.com/muster-run/muster/cmd/muster").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return file, nil
})

func binary(t *testing.T) string {
	t.Helper()
	file, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func apply(t *testing.T, muster string, p *pki) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(limit)*time.Second)
	defer cancel()
	playbook, err := filepath.Abs("../../../playbooks/webex-cti.hcl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, muster, "apply", playbook, "-i", p.dir+"/inventory.hcl", "--yes",
		"--var", "chain_file="+p.dir+"/chain.txt", "--var", "cert_dir="+p.dir, "--var", "client_cert="+p.dir+"/client.crt", "--var", "client_key="+p.dir+"/client.key")
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK=", "HOME="+p.dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		return err.Error(), -1
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// judge looks at what a host obeys.
func (h *host) judge(t *testing.T) {
	t.Helper()
	<-h.wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.role == "AS" {
		if !slices.Contains(h.stored.Identities, "bwcticlient.webex.com") {
			t.Errorf("%s: identities %q", h.name, h.stored.Identities)
		}
		return
	}
	a := h.active
	i := slices.IndexFunc(a.Ifaces, func(i iface) bool { return i.Port == "8012" })
	if i < 0 || !a.AllowApp || h.owed {
		t.Fatalf("%s: interfaces %d, allowClientApp %t, restart owed %t", h.name, len(a.Ifaces), a.AllowApp, h.owed)
	}
	if f := a.Ifaces[i]; !f.Secure || !f.ClientAuth || f.SelfSigned || f.IP != h.ip {
		t.Errorf("%s: interface %+v", h.name, f)
	}
	for _, alias := range []string{"root", "issuing"} {
		if c := a.Trusts["webexclient"+alias+"2023"]; c == nil || c.Equal(h.pki.stranger) {
			t.Errorf("%s: trust %s is %v", h.name, alias, c != nil)
		}
	}
	if !slices.Contains(a.effective("protocols", h.ip), "TLSv1.2") || !slices.Contains(a.effective("ciphers", h.ip), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") {
		t.Errorf("%s: protocols %q ciphers %q", h.name, a.effective("protocols", h.ip), a.effective("ciphers", h.ip))
	}
}

func (h *host) wait() chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.settled
}

// converge applies the playbook twice: the first run has to do all, and the second nothing.
func converge(t *testing.T, muster string, q quirks) {
	t.Helper()
	p, hosts := lab(t, q)
	out, code := apply(t, muster, p)
	if code != 0 {
		t.Errorf("first run: exit %d\n%s", code, out)
		for _, h := range hosts[:2] {
			t.Logf("%s was told:\n%s", h.name, strings.Join(h.record, "\n"))
		}
		return
	}
	for _, h := range hosts {
		h.judge(t)
	}
	if t.Failed() {
		t.Log(out)
		return
	}
	if out, code := apply(t, muster, p); code != 0 || !strings.Contains(out, " 3 ok\n") {
		t.Errorf("second run: exit %d\n%s", code, out)
	}
}

// TestPicked takes the choices named in ODD_PICK, separated by slashes.
func TestPicked(t *testing.T) {
	want := os.Getenv("ODD_PICK")
	if want == "" {
		t.Skip("ODD_PICK names no choices")
	}
	var q quirks
	for _, axis := range axes {
		for _, o := range axis {
			if strings.Contains("/"+want+"/", "/"+o.name+"/") {
				o.set(&q)
			}
		}
	}
	converge(t, binary(t), q)
}

// TestEachChoice takes every choice alone, which names the culprit; ODD_EACH=1 asks for it, since it takes minutes.
func TestEachChoice(t *testing.T) {
	if os.Getenv("ODD_EACH") == "" {
		t.Skip("ODD_EACH=1 runs it; TestMixed covers each choice, too")
	}
	muster := binary(t)
	for _, axis := range axes {
		for _, o := range axis {
			t.Run(o.name, func(t *testing.T) {
				t.Parallel()
				var q quirks
				o.set(&q)
				converge(t, muster, q)
			})
		}
	}
}

// TestMixed takes a choice from each axis at once, until each was taken.
func TestMixed(t *testing.T) {
	muster, rounds := binary(t), 30
	if testing.Short() {
		rounds = 10
	}
	if n, err := strconv.Atoi(os.Getenv("ODD_ROUNDS")); err == nil {
		rounds = n
	}
	for i := range rounds {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			q, names := mix(i)
			t.Log(strings.Join(names, ", "))
			converge(t, muster, q)
		})
	}
}

// mix takes each choice in one of the first ten rounds; later ones leave axes out and vary what meets what.
func mix(round int) (q quirks, names []string) {
	r := rand.New(rand.NewPCG(uint64(round), 7))
	for _, axis := range axes {
		n := round % len(axis)
		if round >= 10 {
			n = r.IntN(10)
		}
		if n < len(axis) {
			axis[n].set(&q)
			names = append(names, axis[n].name)
		}
	}
	if q.Fast && q.NoLstart && q.Health != "" || q.SameTime && q.Fast { // nothing would show that the server restarted
		q.Health, q.SameTime = "", false
	}
	if q.Restart == "cut" && q.Fast { // likewise: nobody was connected to see a port closed or the health worse
		q.NoLstart = false
	}
	if q.Blanks && q.Pace == "promptpause" { // without an echo, a blank of the prompt shifts the header: only guesses are left
		q.Blanks = false
	}
	return q, names
}

// TestUnsafe expects a failure that says why, and a host with nothing half done.
func TestUnsafe(t *testing.T) {
	muster := binary(t)
	for _, u := range unsafe {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			var q quirks
			u.set(&q)
			p, hosts := lab(t, q)
			out, code := apply(t, muster, p)
			if code != 3 && code != 5 || !strings.Contains(strings.Join(strings.Fields(out), " "), u.says) {
				t.Errorf("exit %d, want 3 or 5 and %q:\n%s", code, u.says, out)
			}
			for _, h := range hosts {
				if h.restarts > 0 {
					t.Errorf("%s was restarted", h.name)
				}
				if left, _ := filepath.Glob(h.path("/var/broadworks/tmp/*.key")); len(left) > 0 {
					t.Errorf("%s still holds %s", h.name, left)
				}
			}
		})
	}
}

// TestSessionLimit has the first bwcli refused: what fails for it, with a reason, is done by the next run.
func TestSessionLimit(t *testing.T) {
	t.Parallel()
	muster := binary(t)
	p, hosts := lab(t, quirks{TooMany: true})
	for _, h := range hosts {
		h.once = true
	}
	if out, code := apply(t, muster, p); code != 0 && !strings.Contains(out, "as many sessions of bwcli as it allows") {
		t.Fatalf("exit %d\n%s", code, out)
	}
	if out, code := apply(t, muster, p); code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	for _, h := range hosts {
		h.judge(t)
	}
}
