package main

import (
	"crypto/tls"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// TestServices sets the authentication service up in both ways that the guide knows, and in dialects that show keys
// differently or not at all.
func TestServices(t *testing.T) {
	for _, c := range []struct {
		mtls    string
		dialect uint64
	}{{"interface", 3}, {"webapp", 0}, {"webapp", 5}, {"interface", 8}} {
		t.Run(c.mtls, func(t *testing.T) {
			t.Parallel()
			w := newDialect(t, 0, 4, c.dialect)
			args := w.given("--var", "mtls="+c.mtls)
			// Where a service appears only after a restart, its keys are left to a second run.
			out, exit := w.run(t, "authservice-mtls.hcl", args...)
			if exit == 0 && !strings.Contains(out, "run_again = []") {
				out, exit = w.run(t, "authservice-mtls.hcl", args...)
			}
			if exit != 0 {
				t.Fatalf("dialect %d: exit %d\n%s", c.dialect, exit, out)
			}
			for _, h := range w.xsps() {
				active := h.Active()
				byApp := len(active.WebApps) == 1 && active.WebApps[0].Application == bwsim.AuthenticationService && active.WebApps[0].ClientAuthReq
				byPort := len(active.HTTP) == 1 && active.HTTP[0].ClientAuthReq
				if byApp != (c.mtls == "webapp") || byPort != (c.mtls == "interface") {
					t.Errorf("dialect %d: %s: web applications %+v, interfaces %+v", c.dialect, h.Name(), active.WebApps, active.HTTP)
				}
			}
			if !w.fleet.KeysAgree() {
				t.Errorf("dialect %d: the servers do not share their keys", c.dialect)
			}
			if again, exit := w.run(t, "authservice-mtls.hcl", args...); exit != 0 || !strings.Contains(again, allOK(4)) {
				t.Errorf("dialect %d: once more: exit %d\n%s", c.dialect, exit, again)
			}
		})
	}
}

// TestRollingRestart restarts each server of a pattern once, one at a time per site.
func TestRollingRestart(t *testing.T) {
	w := newWhole(t, 0, 4)
	if out, exit := w.run(t, "rolling-restart.hcl", "--var", "hosts=xsp"); exit != 0 {
		t.Fatalf("exit %d\n%s", exit, out)
	}
	for _, h := range w.xsps() {
		if n := w.restarts(h.Name()); n != 1 {
			t.Errorf("%s was restarted %d times", h.Name(), n)
		}
	}
	w.judgeDown(t)
}

// TestAnchorsRotate has a new chain beside the old one, and then instead of it: a client of the new one gets in, and one of the
// old one no longer.
func TestAnchorsRotate(t *testing.T) {
	w := newWhole(t, 0, 4)
	w.leave(t, half{part: func(w *whole, p *parts) bool {
		p.all(w.old)
		return true
	}})
	next := t.TempDir() // every lab has a chain of its own
	if err := bwsim.WriteLab(next, w.fleet); err != nil {
		t.Fatal(err)
	}
	args := []string{"--var", "chain_file=" + filepath.Join(next, "CombinedCertChain2023.txt"), "--var", "new=2028", "--var", "old=2023",
		"--var", "client_cert=" + filepath.Join(next, "client.crt"), "--var", "client_key=" + filepath.Join(next, "client.key")}
	if out, exit := w.run(t, "rotate-trust-anchors.hcl", args...); exit != 0 {
		t.Fatalf("exit %d\n%s", exit, out)
	}
	for _, h := range w.xsps() {
		for _, trusts := range [][]bwsim.Trust{h.Active().CTITrusts, h.Active().HTTPTrusts} {
			if len(trusts) != 2 || trusts[0].Alias != "webexclientissuing2028" || trusts[1].Alias != "webexclientroot2028" {
				t.Errorf("%s: trust anchors %+v", h.Name(), trusts)
			}
		}
		for _, at := range []netip.AddrPort{h.HTTPAddr(), netip.AddrPortFrom(h.CTIAddr(), 8012)} {
			config := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{clientOf(t, next)}}
			if err := handshake(at, config); err != nil {
				t.Errorf("%s %s: a client of the new chain: %v", h.Name(), at, err)
			}
			config.Certificates = []tls.Certificate{clientOf(t, w.lab)}
			if err := handshake(at, config); err == nil {
				t.Errorf("%s %s: a client of the old chain gets in", h.Name(), at)
			}
		}
	}
	w.judgeDown(t)
	if again, exit := w.run(t, "rotate-trust-anchors.hcl", args...); exit != 0 || !strings.Contains(again, allOK(4)) {
		t.Errorf("once more: exit %d\n%s", exit, again)
	}
}
