package ssh_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/transporttest"
)

func signer(t testing.TB, key any) xssh.Signer {
	t.Helper()
	s, err := xssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newECDSA(t testing.TB) xssh.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return signer(t, key)
}

func TestHostKeys(t *testing.T) {
	ed, other, ec := transporttest.NewSigner(t), transporttest.NewSigner(t), newECDSA(t)
	big := signer(t, newRSA(t, 2048))
	line := func(name string, s xssh.Signer) string { return knownhosts.Line([]string{name}, s.PublicKey()) }
	keyOnly := func(s xssh.Signer) string { return strings.TrimSpace(string(xssh.MarshalAuthorizedKey(s.PublicKey()))) }
	cert := certificate(t, ed, other)
	print := func(s xssh.Signer) string { return xssh.FingerprintSHA256(s.PublicKey()) }

	for _, c := range []struct {
		name   string
		shows  []xssh.Signer
		known  []string
		refuse []string // words of the failure; none: accepted
	}{
		{name: "known", shows: keys(ed), known: []string{line(address, ed)}},
		{name: "one of two lines", shows: keys(ed), known: []string{line(address, other), line(address, ed)}},
		{name: "hashed", shows: keys(ed), known: []string{knownhosts.HashHostname("127.0.0.1") + " " + keyOnly(ed)}},
		{name: "wildcard", shows: keys(ed), known: []string{"127.0.0.* " + keyOnly(ed)}},
		{name: "CRLF and comment", shows: keys(ed), known: []string{"# fleet\r", line(address, ed) + "\r"}},
		{name: "only the kind that is known is asked for", shows: keys(ed, ec), known: []string{line(address, ec)}},
		{name: "rsa by SHA-2", shows: keys(big), known: []string{line(address, big)}},
		{name: "by authority", shows: keys(cert), known: []string{"@cert-authority 127.0.0.1 " + keyOnly(other)}},

		{name: "unknown", shows: keys(ed), known: []string{line("10.0.0.1:22", ed)},
			refuse: []string{"not known", print(ed), "ssh-keyscan 127.0.0.1 >> "}},
		{name: "other port", shows: keys(ed), known: []string{line("127.0.0.1:2222", ed)}, refuse: []string{"not known"}},
		{name: "negated", shows: keys(ed), known: []string{"*,!127.0.0.1 " + keyOnly(ed)}, refuse: []string{"not known"}},
		{name: "changed", shows: keys(other), known: []string{"# one", line(address, ed)},
			refuse: []string{"not the known one", print(ed), print(other), "known_hosts:2", "ssh-keygen -R '127.0.0.1'"}},
		{name: "other kind", shows: keys(ec), known: []string{line(address, ed)},
			refuse: []string{"known_hosts has keys of the kinds ssh-ed25519, the host offers ecdsa-sha2-nistp256"}},
		{name: "revoked", shows: keys(ed), known: []string{line(address, ed), "@revoked * " + keyOnly(ed)},
			refuse: []string{"revoked", "known_hosts:2"}},
		{name: "authority for another", shows: keys(cert), known: []string{"@cert-authority 10.0.0.1 " + keyOnly(other)},
			refuse: []string{"SHA256:"}},
		{name: "authority revoked", shows: keys(cert),
			known:  []string{"@cert-authority 127.0.0.1 " + keyOnly(other), "@revoked * " + keyOnly(other)},
			refuse: []string{"SHA256:"}},
		{name: "damaged", shows: keys(ed), known: []string{"127.0.0.1 ssh-ed25519 AAAA"}, refuse: []string{"cannot be used", "known_hosts:1"}},
		{name: "empty", shows: keys(ed), refuse: []string{"not known"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			l.server = transporttest.NewServer(t, c.shows...)
			l.target.KnownHosts = write(t, t.TempDir(), "known_hosts", strings.Join(c.known, "\n"))
			conn, err := l.dial(t.Context())
			if c.refuse == nil {
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
			} else {
				wantFailure(t, err, transport.ErrHostKey, c.refuse...)
			}
			l.server.Wait()
		})
	}
}

func keys(s ...xssh.Signer) []xssh.Signer { return s }

// certificate is a host certificate for 127.0.0.1, signed by authority.
func certificate(t testing.TB, host, authority xssh.Signer) xssh.Signer {
	t.Helper()
	c := &xssh.Certificate{Key: host.PublicKey(), CertType: xssh.HostCert, ValidPrincipals: []string{"127.0.0.1"},
		ValidBefore: xssh.CertTimeInfinity}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	s, err := xssh.NewCertSigner(c, host)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKnownHostsFile(t *testing.T) {
	dir := t.TempDir()
	writable := write(t, dir, "writable", "")
	_ = os.Chmod(writable, 0o666)
	large := write(t, dir, "large", "")
	_ = os.Truncate(large, 17<<20)
	for path, words := range map[string]string{
		filepath.Join(dir, "none"): "is not known",
		dir:                        "not a regular file",
		writable:                   "can be written by other users",
		large:                      "larger than 16 MiB",
	} {
		l := newLab(t)
		l.target.KnownHosts = path
		_, err := l.dial(t.Context())
		wantFailure(t, err, transport.ErrHostKey, words)
		l.server.Wait()
	}
}

// A line that is added while the program runs counts.
func TestKnownHostsIsReadAgain(t *testing.T) {
	l := newLab(t)
	right, err := os.ReadFile(l.target.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Dir(l.target.KnownHosts), "known_hosts", "")
	d := newDialer(l)
	if _, err := d.Dial(t.Context(), l.target); err == nil {
		t.Fatal("accepted by an empty file")
	}
	write(t, filepath.Dir(l.target.KnownHosts), "known_hosts", string(right))
	c, err := d.Dial(t.Context(), l.target)
	if err != nil {
		t.Fatal(err)
	}
	l.close(c)
}

// The library has a callback that accepts every key. It is not used, nor anything that could be.
func TestNoInsecureCallback(t *testing.T) {
	words := []string{"Insecure" + "IgnoreHostKey", "FixedHost" + "Key(", "StrictHostKeyChecking=" + "no"}
	root := moduleRoot(t)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, w := range words {
			if strings.Contains(string(text), w) && !strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s uses %s", path, w)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil && dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above")
	return ""
}
