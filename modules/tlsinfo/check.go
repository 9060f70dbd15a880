package tlsinfo

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
)

// soon is how long before its end a certificate is worth a warning.
const soon = 14 * 24 * time.Hour

// Name is how a certificate is named in messages: its common name, else the whole subject.
func Name(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	if s := c.Subject.String(); s != "" {
		return s
	}
	return "(no subject)"
}

// SelfIssued reports whether subject and issuer are the same: a root, or a certificate that nobody vouches for.
func SelfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// Digest is the SHA-256 of the certificates' bytes, one after the other, in hex.
func Digest(certs ...*x509.Certificate) string {
	h := sha256.New()
	for _, c := range certs {
		h.Write(c.Raw)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Dates judges the validity period at the given time.
func Dates(c *x509.Certificate, now time.Time) (warning string, err error) {
	switch {
	case now.After(c.NotAfter):
		return "", fmt.Errorf("certificate %q expired on %s", Name(c), day(c.NotAfter))
	case now.Before(c.NotBefore):
		return "", fmt.Errorf("certificate %q is valid only from %s on", Name(c), c.NotBefore.UTC().Format("2006-01-02 15:04 MST"))
	case now.Add(soon).After(c.NotAfter):
		return fmt.Sprintf("certificate %q expires on %s", Name(c), day(c.NotAfter)), nil
	}
	return "", nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Weak names what is outdated about a certificate's key and signature, or is "".
func Weak(c *x509.Certificate) string {
	if k, ok := c.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() < 2048 {
		return fmt.Sprintf("certificate %q has an RSA key of only %d bits", Name(c), k.N.BitLen())
	}
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		if !SelfIssued(c) {
			return fmt.Sprintf("certificate %q is signed with %s", Name(c), c.SignatureAlgorithm)
		}
	}
	return ""
}

// KeyFits reports whether the public half of a private key, as PKIX PEM, is the certificate's.
func KeyFits(c *x509.Certificate, publicPEM string) (bool, error) {
	b, _ := pem.Decode([]byte(publicPEM))
	if b == nil {
		return false, fmt.Errorf("the public key is no PEM")
	}
	pub, err := x509.ParsePKIXPublicKey(b.Bytes)
	if err != nil {
		return false, fmt.Errorf("the public key does not parse: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return false, err
	}
	own, err := x509.MarshalPKIXPublicKey(c.PublicKey)
	if err != nil {
		return false, err
	}
	return bytes.Equal(der, own), nil
}

// KeyKind is "RSA" or "ECDSA", as cipher names of TLS 1.2 say it, or "" for another kind.
func KeyKind(c *x509.Certificate) string {
	switch c.PublicKey.(type) {
	case *rsa.PublicKey:
		return "RSA"
	case *ecdsa.PublicKey:
		return "ECDSA"
	}
	return ""
}

// issued reports whether parent signed child.
func issued(parent, child *x509.Certificate) bool {
	return bytes.Equal(child.RawIssuer, parent.RawSubject) && signatures.signed(parent, child)
}

// Chain judges the issuers of a leaf: each must have issued the one before it, the first one the leaf. The error says the
// right order where there is one.
func Chain(leaf *x509.Certificate, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		if SelfIssued(leaf) {
			return nil
		}
		return fmt.Errorf("the issuer %q of certificate %q is missing", issuerName(leaf), Name(leaf))
	}
	for i, c := range chain {
		if c.Equal(leaf) {
			return fmt.Errorf("certificate %d of the chain is the server certificate %q itself: only its issuers belong here", i+1, Name(leaf))
		}
		for j := range i {
			if c.Equal(chain[j]) {
				return fmt.Errorf("certificates %d and %d of the chain are the same (%q)", j+1, i+1, Name(c))
			}
		}
	}
	child := leaf
	for i, c := range chain {
		if !issued(c, child) {
			return orderError(leaf, chain, i, child)
		}
		if !c.IsCA {
			return fmt.Errorf("certificate %d of the chain, %q, is not a CA's", i+1, Name(c))
		}
		child = c
	}
	return nil
}

func issuerName(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return c.Issuer.CommonName
	}
	return c.Issuer.String()
}

// orderError explains why chain[at] did not issue child.
func orderError(leaf *x509.Certificate, chain []*x509.Certificate, at int, child *x509.Certificate) error {
	var names []string
	left := append([]*x509.Certificate(nil), chain...)
	last := leaf
	for {
		i := indexIssuer(left, last)
		if i < 0 {
			break
		}
		last = left[i]
		names = append(names, fmt.Sprintf("%q", Name(last)))
		left = append(left[:i], left[i+1:]...)
	}
	switch {
	case len(left) == 0:
		return fmt.Errorf("the certificates are in the wrong order; the right one is %s (issuer of the server certificate first)", strings.Join(names, ", "))
	case SelfIssued(last):
		return fmt.Errorf("certificate %q does not belong to the chain of %q", Name(left[0]), Name(leaf))
	case SelfIssued(leaf):
		return fmt.Errorf("certificate %q is self-signed: nothing in the chain issued it", Name(leaf))
	case bytes.Equal(child.RawIssuer, chain[at].RawSubject):
		return fmt.Errorf("certificate %q carries the issuer's name of %q but did not sign it: another certificate of the same name did", Name(chain[at]), Name(child))
	default:
		return fmt.Errorf("the issuer %q of certificate %q is missing; found instead %q", issuerName(last), Name(last), Name(left[0]))
	}
}

func indexIssuer(certs []*x509.Certificate, child *x509.Certificate) int {
	for i, c := range certs {
		if issued(c, child) {
			return i
		}
	}
	return -1
}
