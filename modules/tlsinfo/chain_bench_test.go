package tlsinfo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// BenchmarkChain judges one chain again and again, as a run does for each of its hosts.
func BenchmarkChain(b *testing.B) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	sign := func(name string, parent *x509.Certificate, public, private any) *x509.Certificate {
		tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
		if parent == nil {
			parent = tmpl
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, public, private)
		if err != nil {
			b.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	root := sign("root", nil, &rsaKey.PublicKey, rsaKey)
	issuing := sign("issuing", root, &ecKey.PublicKey, rsaKey)
	leaf := sign("leaf", issuing, &ecKey.PublicKey, ecKey)
	for b.Loop() {
		if err := Chain(leaf, []*x509.Certificate{issuing, root}); err != nil {
			b.Fatal(err)
		}
	}
}
