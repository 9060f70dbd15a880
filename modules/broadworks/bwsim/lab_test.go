package bwsim_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

func TestWriteLab(t *testing.T) {
	f := start(t, bwsim.Options{
		Hosts: []bwsim.HostOptions{
			{Name: "as1.fra.example.net", Role: bwsim.AS},
			{Name: "xsp01.fra.example.net", Role: bwsim.XSP, ServiceAddress: true},
			{Name: "adp01.muc.example.net", Role: bwsim.ADP},
		},
		Profile: bwsim.Profile{Login: bwsim.LoginRequired},
	})
	dir := filepath.Join(t.TempDir(), "new", "lab")
	for range 2 { // the second replaces the first
		if err := bwsim.WriteLab(dir, f); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]fs.FileMode{
		"id_ed25519": 0o600, "id_ed25519.pub": 0o644, "known_hosts": 0o644, "inventory.hcl": 0o644, "bwcli_password": 0o600,
		"CombinedCertChain2023.txt": 0o644, "client.crt": 0o644, "client.key": 0o600, "certs/chain.pem": 0o644,
		"certs/xsp01.fra.example.net.key": 0o600, "certs/xsp01.fra.example.net.crt": 0o644,
		"certs/adp01.muc.example.net.key": 0o600, "certs/adp01.muc.example.net.crt": 0o644,
	}
	got := map[string]fs.FileMode{}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, _ := d.Info()
			name, _ := filepath.Rel(dir, path)
			got[name] = info.Mode()
		}
		return err
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	xsp, adp := f.Host("xsp01.fra.example.net"), f.Host("adp01.muc.example.net")
	if want, got := inventoryText(f.Hosts()[0], xsp, adp), read(t, dir, "inventory.hcl"); want != got {
		t.Error(cmp.Diff(want, got))
	}
	logsIn(t, dir, xsp)
	fits(t, dir, xsp.Name())
	fits(t, dir, adp.Name())
}

func inventoryText(as, xsp, adp *bwsim.Host) string {
	return strings.NewReplacer("AS1", as.Addr().String(), "XSP1", xsp.Addr().String(),
		"XSPCTI", xsp.CTIAddr().String(), "ADP1", adp.Addr().String()).Replace(`# A simulated fleet: valid while bwsim runs.

defaults {
  user        = "bwadmin"
  port        = 2222
  ssh_key     = "id_ed25519"
  known_hosts = "known_hosts"
}

group "as" {
  hosts = [
    "as1.fra.example.net",
  ]
}

group "xsp" {
  hosts = [
    "xsp01.fra.example.net",
    "adp01.muc.example.net",
  ]
}

host "as1.fra.example.net" {
  address = "AS1"
  data    = { site = "fra", bwcli_user = "admin", bwcli_password = secret("file", "bwcli_password") }
}

host "xsp01.fra.example.net" {
  address = "XSP1"
  data    = { site = "fra", cti_address = "XSPCTI", http_address = "XSPCTI", http_port = 8443 }
}

host "adp01.muc.example.net" {
  address = "ADP1"
  data    = { site = "muc", http_port = 8443 }
}
`)
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// logsIn uses the written key and known_hosts.
func logsIn(t *testing.T, dir string, h *bwsim.Host) {
	t.Helper()
	signer, err := ssh.ParsePrivateKey([]byte(read(t, dir, "id_ed25519")))
	if err != nil {
		t.Fatal(err)
	}
	check, err := knownhosts.New(filepath.Join(dir, "known_hosts"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", h.SSHAddr(), &ssh.ClientConfig{
		User: "bwadmin", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: check,
	})
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
}

// fits checks that a host's key fits its certificate and that the chain
// verifies it.
func fits(t *testing.T, dir, host string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "certs", host+".crt"), filepath.Join(dir, "certs", host+".key"))
	if err != nil {
		t.Fatal(err)
	}
	issuing, rest := pem.Decode([]byte(read(t, dir, "certs/chain.pem")))
	root, rest := pem.Decode(rest)
	if root == nil || len(rest) > 0 {
		t.Fatal("chain.pem: want two blocks")
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for pool, block := range map[*x509.CertPool]*pem.Block{roots: root, intermediates: issuing} {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		pool.AddCert(cert)
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: intermediates}); err != nil {
		t.Error(err)
	}
}
