package tlsinfo

import (
	"crypto/x509"
	"fmt"
	"strings"
	"time"
)

// shortDigest is as many characters of a digest as a person compares.
const shortDigest = 12

// Describe is a certificate as a plan shows it: subject, issuer, the last day of its validity, and the beginning of its
// SHA-256. The words are always as many for the same names, so that hosts which differ in dates or digests alone are alike.
func Describe(c *x509.Certificate) string {
	return fmt.Sprintf("%s, issued by %s, valid until %s, SHA-256 %s", Name(c), issuerName(c), c.NotAfter.UTC().Format(time.DateOnly), Short(Digest(c)))
}

// DescribeAll is Describe of several, in their order.
func DescribeAll(certs []*x509.Certificate) string {
	parts := make([]string, len(certs))
	for i, c := range certs {
		parts[i] = Describe(c)
	}
	return strings.Join(parts, "; ")
}

// Short is the beginning of a digest in hex, with dots for the rest.
func Short(digest string) string {
	if len(digest) <= shortDigest {
		return digest
	}
	return digest[:shortDigest] + "…"
}
