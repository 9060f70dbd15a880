package bwsim_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// cti is a host whose CTI interface was set up as the guide says, but not yet
// restarted, with what a client needs.
type cti struct {
	fleet  *bwsim.Fleet
	host   *bwsim.Host
	ssh    *ssh.Client
	roots  *x509.CertPool
	client tls.Certificate
}

func setUpCTI(t *testing.T, o bwsim.Options) cti {
	t.Helper()
	o.XSPCount = 1
	f := start(t, o)
	lab := t.TempDir()
	if err := bwsim.WriteLab(lab, f); err != nil {
		t.Fatal(err)
	}
	placeLab(t, f, lab)
	h := f.Hosts()[0]
	c := cti{fleet: f, host: h, ssh: dial(t, f, h), roots: x509.NewCertPool()}
	chain, err := os.ReadFile(filepath.Join(lab, "certs/chain.pem"))
	if err != nil || !c.roots.AppendCertsFromPEM(chain) {
		t.Fatal("no chain", err)
	}
	if c.client, err = tls.LoadX509KeyPair(filepath.Join(lab, "client.crt"), filepath.Join(lab, "client.key")); err != nil {
		t.Fatal(err)
	}
	c.types(t, "cd /Interface/CTI/SSLCommonSettings/ClientAuthentication/Trusts",
		"updateTrust root /var/broadworks/tmp/root2023.txt",
		"updateTrust issuing /var/broadworks/tmp/issuing2023.txt",
		"cd /Interface/CTI/CTIServer",
		"add "+h.CTIAddr().String()+" 8012 true true true",
		"cd SSLSettings/Protocols", "add "+h.CTIAddr().String()+" TLSv1.2",
		"q;Certificates", "sslUpdate "+h.CTIAddr().String()+" keyFile /var/broadworks/tmp/server.key"+
			" certificateFile /var/broadworks/tmp/server.crt chainFile /var/broadworks/tmp/chain.pem")
	return c
}

// types runs bwcli without a pty and gives what it printed.
func (c cti) types(t *testing.T, lines ...string) string {
	t.Helper()
	session, err := c.ssh.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	session.Stdin = strings.NewReader(strings.Join(append(lines, "exit", "y"), "\n") + "\n")
	out, err := session.CombinedOutput("bwcli")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func (c cti) restart(t *testing.T) {
	t.Helper()
	if out, status := run(t, c.ssh, "restartbw"); status != 0 {
		t.Fatalf("restartbw: %d\n%s", status, out)
	}
}

// shake does a handshake and waits for the server's verdict.
func (c cti) shake(config *tls.Config) (*tls.ConnectionState, error) {
	address := net.JoinHostPort(c.host.CTIAddr().String(), "8012")
	if config.RootCAs == nil {
		config.RootCAs = c.roots
	}
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	state := conn.ConnectionState()
	conn.CloseWrite()
	_, err = conn.Read(make([]byte, 1))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return &state, err
}

func TestInterfaceObeysActiveConfiguration(t *testing.T) {
	c := setUpCTI(t, bwsim.Options{})
	if _, err := c.shake(&tls.Config{}); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("before the restart: %v, want connection refused", err)
	}
	c.restart(t)
	if diff := cmp.Diff(1, len(c.host.Active().CTI)); diff != "" {
		t.Fatal(diff)
	}
	var asked [][]byte
	with := func(max uint16, cert bool) *tls.Config {
		return &tls.Config{MaxVersion: max, GetClientCertificate: func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = r.AcceptableCAs
			if cert {
				return &c.client, nil
			}
			return &tls.Certificate{}, nil
		}}
	}
	state, err := c.shake(with(tls.VersionTLS12, true))
	if err != nil {
		t.Fatalf("with a client certificate: %v", err)
	}
	if len(state.PeerCertificates) != 3 || state.Version != tls.VersionTLS12 ||
		state.CipherSuite != tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 {
		t.Errorf("got %d certificates, %s, %s", len(state.PeerCertificates), tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	}
	if len(asked) != 2 {
		t.Errorf("the server asked for %d authorities, want the two anchors", len(asked))
	}
	if _, err := c.shake(with(tls.VersionTLS12, false)); err == nil {
		t.Error("without a client certificate: accepted")
	}
	config := with(tls.VersionTLS11, true)
	config.MinVersion = tls.VersionTLS10
	if _, err := c.shake(config); err == nil {
		t.Error("TLS 1.1: accepted")
	}
}

func TestListsApplyFromSpecificToGeneral(t *testing.T) {
	c := setUpCTI(t, bwsim.Options{})
	ip := c.host.CTIAddr().String()
	old := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, Certificates: []tls.Certificate{c.client}}
	steps := []struct {
		name  string
		lines []string
		ok12  bool
		ok11  bool
	}{
		{"the twelve of the system", nil, true, false},
		{"a common list of one cipher", []string{"cd /Interface/CTI/SSLCommonSettings/Ciphers",
			"add TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "cd /Interface/CTI/CTIServer/SSLSettings/Protocols", "add " + ip + " TLSv1.1"}, true, true},
		{"a gap in the protocols", []string{"cd /Interface/CTI/CTIServer/SSLSettings/Protocols", "delete " + ip + " TLSv1.2"}, false, true},
		{"a cipher of the interface that does not fit its certificate", []string{"cd /Interface/CTI/CTIServer/SSLSettings/Protocols",
			"add " + ip + " TLSv1.2", "cd ../Ciphers", "add " + ip + " TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"}, false, false},
	}
	for _, step := range steps {
		c.types(t, append(step.lines, "qa")...)
		c.restart(t)
		_, err12 := c.shake(&tls.Config{MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{c.client}})
		_, err11 := c.shake(old)
		if (err12 == nil) != step.ok12 || (err11 == nil) != step.ok11 {
			t.Errorf("%s: TLS 1.2: %v, TLS 1.1: %v", step.name, err12, err11)
		}
	}
}

func TestSelfSignedUntilSSLUpdate(t *testing.T) {
	f := start(t, bwsim.Options{Hosts: []bwsim.HostOptions{{Name: "xsp01", Role: bwsim.XSP, ServiceAddress: true}}})
	h := f.Hosts()[0]
	c := cti{fleet: f, host: h, ssh: dial(t, f, h)}
	c.types(t, "cd /Interface/CTI/CTIServer", "add "+h.CTIAddr().String()+" 8012 true true false",
		"add "+h.Addr().String()+" 8013 false false false")
	c.restart(t)
	state, err := c.shake(&tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	if leaf := state.PeerCertificates[0]; leaf.Subject.CommonName != "xsp01" || leaf.Issuer.CommonName != "xsp01" {
		t.Errorf("got %v", leaf.Subject)
	}
	plain, err := net.Dial("tcp", net.JoinHostPort(h.Addr().String(), strconv.Itoa(8013)))
	if err != nil {
		t.Fatalf("an interface without TLS: %v", err)
	}
	plain.Close()
}
