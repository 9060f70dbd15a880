package oddserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// pki is what the operator has in files, and the certificates that servers make themselves.
type pki struct {
	dir      string // chain.txt, client.crt, client.key
	serverCA *x509.Certificate
	caKey    *ecdsa.PrivateKey
	key      *rsa.PrivateKey // of every server: making one takes long
	own      tls.Certificate // self-signed
	stranger *x509.Certificate
}

func issue(t *testing.T, cn string, ca bool, pub any, parent *x509.Certificate, signer any, ips ...net.IP) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: cn}, IsCA: ca, BasicConstraintsValid: true, IPAddresses: ips,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature}
	if ca {
		c.KeyUsage |= x509.KeyUsageCertSign
	} else {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	}
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, pub, signer)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func certPEM(certs ...*x509.Certificate) (out []byte) {
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func keyPEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	p := &pki{dir: t.TempDir(), caKey: ecKey(t)}
	rootKey, issuingKey, clientKey := ecKey(t), ecKey(t), ecKey(t)
	root := issue(t, "Internal Private Root", true, rootKey.Public(), nil, rootKey)
	issuing := issue(t, "Internal Private TLS SubCA", true, issuingKey.Public(), root, rootKey)
	client := issue(t, "bwcticlient.webex.com", false, clientKey.Public(), issuing, issuingKey)
	p.serverCA = issue(t, "Example Server CA", true, p.caKey.Public(), nil, p.caKey)
	p.stranger = issue(t, "Internal Private TLS SubCA", true, p.caKey.Public(), nil, p.caKey)
	var err error
	if p.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	own := issue(t, "localhost", false, p.key.Public(), nil, p.key)
	p.own = tls.Certificate{Certificate: [][]byte{own.Raw}, PrivateKey: p.key}
	write(t, filepath.Join(p.dir, "chain.txt"), certPEM(root, issuing))
	write(t, filepath.Join(p.dir, "chain.pem"), certPEM(p.serverCA))
	write(t, filepath.Join(p.dir, "client.crt"), certPEM(client, issuing))
	write(t, filepath.Join(p.dir, "client.key"), keyPEM(t, clientKey))
	return p
}

// server writes the key and the certificate of a host.
func (p *pki) server(t *testing.T, name, ip string) {
	t.Helper()
	c := issue(t, name, false, p.key.Public(), p.serverCA, p.caKey, net.ParseIP(ip))
	write(t, filepath.Join(p.dir, name+".crt"), certPEM(c))
	write(t, filepath.Join(p.dir, name+".key"), keyPEM(t, p.key))
}
