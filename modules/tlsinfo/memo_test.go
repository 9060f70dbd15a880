package tlsinfo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// What is remembered of a pair is never taken for its reverse, or for a namesake's.
func TestSignaturesAreRememberedByPair(t *testing.T) {
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	make := func(name string, parent *x509.Certificate, own, by *ecdsa.PrivateKey) *x509.Certificate {
		tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
		if parent == nil {
			parent = tmpl
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &own.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	rootKey, otherKey, leafKey := key(), key(), key()
	root, other := make("root", nil, rootKey, rootKey), make("root", nil, otherKey, otherKey)
	leaf := make("leaf", root, leafKey, rootKey)
	m := &memo{}
	for range 2 { // the second time from memory
		if !m.signed(root, leaf) || m.signed(other, leaf) || m.signed(leaf, root) {
			t.Error("a signature is judged wrongly")
		}
	}
	for range memoSize {
		m.known[[32]byte{byte(len(m.known)), byte(len(m.known) >> 8), 1}] = true
	}
	if !m.signed(root, make("leaf2", root, leafKey, rootKey)) || len(m.known) > memoSize {
		t.Errorf("%d are remembered", len(m.known))
	}
}
