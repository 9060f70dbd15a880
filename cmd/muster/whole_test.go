package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// whole is a fleet for the whole guide: two application servers and eight XSPs over two sites.
type whole struct {
	fleet *bwsim.Fleet
	lab   string
	old   bwsim.Keys // what the fleet had before the run, where it had any
}

func newWhole(t *testing.T, as, xsp int) *whole { return newDialect(t, as, xsp, 0) }

func newDialect(t *testing.T, as, xsp int, dialect uint64) *whole {
	t.Helper()
	fleet, err := bwsim.Start(context.Background(), bwsim.Options{
		ASCount: as, XSPCount: xsp, Sites: []string{"fra", "muc"}, Dialect: dialect, RestartTime: 5 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fleet.Close() })
	w := &whole{fleet: fleet, lab: t.TempDir()}
	if err := bwsim.WriteLab(w.lab, fleet); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *whole) file(name string) string { return filepath.Join(w.lab, name) }

// run runs a playbook of the repository over the fleet.
func (w *whole) run(t *testing.T, playbook string, args ...string) (string, int) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "playbooks", playbook))
	if err != nil {
		t.Fatal(err)
	}
	return muster(w.lab, append([]string{"apply", path, "-i", w.file("inventory.hcl"), "--yes"}, args...)...)
}

// given are the variables that most playbooks take.
func (w *whole) given(args ...string) []string {
	return append([]string{"--var", "chain_file=" + w.file("CombinedCertChain2023.txt"), "--var", "cert_dir=" + w.file("certs"),
		"--var", "client_cert=" + w.file("client.crt"), "--var", "client_key=" + w.file("client.key")}, args...)
}

// guide runs the whole guide.
func (w *whole) guide(t *testing.T, args ...string) (string, int) {
	t.Helper()
	return w.run(t, "webex-all.hcl", w.given(args...)...)
}

func (w *whole) xsps() (out []*bwsim.Host) {
	for _, h := range w.fleet.Hosts() {
		if h.Role() != bwsim.AS {
			out = append(out, h)
		}
	}
	return out
}

// restarts counts how often a host was restarted.
func (w *whole) restarts(host string) (n int) {
	for _, e := range w.fleet.Record() {
		if e.Kind == bwsim.RestartBegin && (host == "" || e.Host == host) {
			n++
		}
	}
	return n
}

// judge looks at what the fleet does, not at what was said about it: what each server obeys, keys, handshakes, and who was
// down together.
func (w *whole) judge(t *testing.T) {
	t.Helper()
	for _, h := range w.fleet.Hosts() {
		if h.Role() == bwsim.AS {
			judge(t, h)
			continue
		}
		judge(t, h)
		w.judgeServices(t, h)
		w.shake(t, h)
	}
	if !w.fleet.KeysAgree() {
		t.Error("the servers do not share their keys")
		for _, h := range w.xsps() {
			t.Logf("%s active %.12q stored %.12q", h.Name(), h.KeyDigest(), h.Stored().Keys.Digest())
		}
	}
	w.judgeDown(t)
}

// judgeDown wants no two servers of a site to have been down together.
func (w *whole) judgeDown(t *testing.T) {
	t.Helper()
	for site, n := range w.fleet.MaxDown(func(h *bwsim.Host) string { return h.Site() }) {
		if n > 1 {
			t.Errorf("%d servers of %s were down at once", n, site)
		}
	}
}

func (w *whole) judgeServices(t *testing.T, h *bwsim.Host) {
	t.Helper()
	c := h.Active()
	if len(c.HTTP) != 1 || !c.HTTP[0].Secure || !c.HTTP[0].ClientAuthReq || c.HTTP[0].Certificate.SelfSigned {
		t.Errorf("%s: HTTP interfaces %+v", h.Name(), c.HTTP)
	}
	if len(c.HTTPTrusts) != 2 || c.Token.DurationInHours != 1440 || c.AuthServiceURL != "http://127.0.0.1/authService" {
		t.Errorf("%s: trusts %d, token %+v, URL %q", h.Name(), len(c.HTTPTrusts), c.Token, c.AuthServiceURL)
	}
	option := bwsim.ContainerOption{Container: "tomcat", Name: "bw.authservice.authServiceUrl", Value: "http://127.0.0.1/authService"}
	if len(c.ContainerOptions) != 1 || c.ContainerOptions[0] != option {
		t.Errorf("%s: container options %+v", h.Name(), c.ContainerOptions)
	}
	deployed := 0
	for _, a := range c.Applications {
		if a.Name == bwsim.AuthenticationService && a.State == bwsim.AppDeployed {
			deployed++
		}
	}
	if deployed != 1 {
		t.Errorf("%s: applications %+v", h.Name(), c.Applications)
	}
}

// shake proves both interfaces as Webex would find them: a client with the right certificate gets in, one without none.
func (w *whole) shake(t *testing.T, h *bwsim.Host) {
	t.Helper()
	client := clientOf(t, w.lab)
	chain, err := os.ReadFile(w.file("certs/chain.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	for _, at := range []netip.AddrPort{h.HTTPAddr(), netip.AddrPortFrom(h.CTIAddr(), 8012)} {
		config := &tls.Config{ServerName: h.Name(), RootCAs: roots, MaxVersion: tls.VersionTLS12}
		if err := handshake(at, config); err == nil {
			t.Errorf("%s %s: a client without a certificate gets in", h.Name(), at)
		}
		config.Certificates = []tls.Certificate{client}
		if err := handshake(at, config); err != nil {
			t.Errorf("%s %s: %v", h.Name(), at, err)
		}
	}
}

// clientOf is the client of a lab's directory.
func clientOf(t *testing.T, lab string) tls.Certificate {
	t.Helper()
	client, err := tls.LoadX509KeyPair(filepath.Join(lab, "client.crt"), filepath.Join(lab, "client.key"))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// handshake ends after the handshake; in TLS 1.2 the server has judged the client by then.
func handshake(at netip.AddrPort, config *tls.Config) error {
	d := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := tls.DialWithDialer(d, "tcp", at.String(), config)
	if err != nil {
		return err
	}
	return conn.Close()
}

// allOK is the line of the recap that says that nothing had to change on n hosts.
func allOK(n int) string { return fmt.Sprintf(" hosts        %d ok\n", n) }
