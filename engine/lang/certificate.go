package lang

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// certificate reads a block as a certificate and says what else it is when it is none.
func certificate(b pemBlock) (*x509.Certificate, error) {
	switch {
	case strings.HasSuffix(b.kind, "PRIVATE KEY"):
		return nil, certError("Give the certificate file; a private key never belongs here.", "The block at line %d is a private key, not a certificate.", b.line)
	case b.kind != "CERTIFICATE":
		return nil, certError("Give certificates in PEM.", "The block at line %d is a %q, not a certificate.", b.line, b.kind)
	}
	c, err := x509.ParseCertificate(b.der)
	if err != nil {
		return nil, certError("Give the file as the authority issued it.", "The certificate at line %d cannot be parsed: %s.", b.line, strings.TrimPrefix(err.Error(), "x509: "))
	}
	return c, nil
}

func certError(advice, detail string, args ...any) error {
	return diag.Causef(diag.BadCertificate, "the certificate cannot be used", advice, detail, args...)
}

// selfSigned reports whether a certificate is its own issuer. A signature algorithm that is too old to be checked counts: what
// makes a root trusted is that it was put in place, not its signature.
func selfSigned(c *x509.Certificate) bool {
	if !bytes.Equal(c.RawSubject, c.RawIssuer) {
		return false
	}
	err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	var old x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &old)
}

// byRole sorts exactly two certificates into the self-signed root and the authority it issued, in whichever order they come.
func byRole(blocks []pemBlock, now time.Time) (root, issuing pemBlock, err error) {
	if len(blocks) != 2 {
		return root, issuing, chainError("Give one file with the root and the issuing certificate.", "Expected two certificates (root and issuing), found %s.", count(len(blocks)))
	}
	var certs [2]*x509.Certificate
	for i, b := range blocks {
		if certs[i], err = certificate(b); err != nil {
			return root, issuing, err
		}
		if err = checkDates(certs[i], b.line, now); err != nil {
			return root, issuing, err
		}
	}
	first, second := selfSigned(certs[0]), selfSigned(certs[1])
	switch {
	case first && second:
		return root, issuing, chainError("Give the root and the certificate that it issued.", "Both certificates are self-signed: %s and %s.", certs[0].Subject, certs[1].Subject)
	case !first && !second:
		return root, issuing, chainError("Download the combined chain again; the root is missing.", "Neither certificate is self-signed, so there is no root: %s and %s.", certs[0].Subject, certs[1].Subject)
	case second:
		blocks[0], blocks[1], certs[0], certs[1] = blocks[1], blocks[0], certs[1], certs[0]
	}
	if err := checkIssued(certs[1], certs[0]); err != nil {
		return root, issuing, err
	}
	return blocks[0], blocks[1], nil
}

func chainError(advice, detail string, args ...any) error {
	return diag.Causef(diag.BadCertificate, "the certificate chain cannot be used", advice, detail, args...)
}

func count(n int) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "one"
	}
	return fmt.Sprint(n)
}

// soon is how long before its end a certificate is warned about.
const soon = 14 * 24 * time.Hour

// expiring warns of the certificates among blocks that end soon.
func expiring(blocks []pemBlock, source string, now time.Time) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, b := range blocks {
		if c, err := certificate(b); err == nil && now.Before(c.NotAfter) && now.Add(soon).After(c.NotAfter) {
			ds = append(ds, diag.Diagnostic{
				Severity: diag.Warning, Code: diag.ExpiresSoon, Summary: "a certificate expires soon", Source: source,
				Detail: fmt.Sprintf("%s is valid until %s.", c.Subject, c.NotAfter.UTC().Format(time.DateOnly)), Advice: "Obtain its successor in time.",
			})
		}
	}
	return ds
}

func checkDates(c *x509.Certificate, line int, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return certError("Obtain a new one.", "The certificate at line %d (%s) expired on %s.", line, c.Subject, c.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(c.NotBefore):
		return certError("Check the clock of this machine.", "The certificate at line %d (%s) is not valid before %s.", line, c.Subject, c.NotBefore.UTC().Format(time.DateOnly))
	}
	return nil
}

func checkIssued(issuing, root *x509.Certificate) error {
	advice := "Give the root and the certificate that it issued."
	if !bytes.Equal(issuing.RawIssuer, root.RawSubject) {
		return chainError(advice, "%s was issued by %s, not by the root %s.", issuing.Subject, issuing.Issuer, root.Subject)
	}
	if !issuing.IsCA {
		return chainError("Give the issuing authority's certificate, not the one it issued to a client or server.", "%s is not the certificate of an authority.", issuing.Subject)
	}
	if err := issuing.CheckSignatureFrom(root); err != nil {
		return chainError(advice, "%s does not bear the root's signature: %s.", issuing.Subject, strings.TrimPrefix(err.Error(), "x509: "))
	}
	return nil
}

// certificateType is what x509() gives.
var certificateType = cty.Object(map[string]cty.Type{
	"subject": cty.String, "issuer": cty.String, "common_name": cty.String, "not_before": cty.String, "not_after": cty.String,
	"serial": cty.String, "sha256": cty.String, "dns_names": cty.List(cty.String), "is_ca": cty.Bool, "self_signed": cty.Bool,
})

func certificateValue(c *x509.Certificate) cty.Value {
	names := cty.ListValEmpty(cty.String)
	if len(c.DNSNames) > 0 {
		var vals []cty.Value
		for _, n := range c.DNSNames {
			vals = append(vals, cty.StringVal(n))
		}
		names = cty.ListVal(vals)
	}
	sum := sha256.Sum256(c.Raw)
	return cty.ObjectVal(map[string]cty.Value{
		"subject": cty.StringVal(c.Subject.String()), "issuer": cty.StringVal(c.Issuer.String()), "common_name": cty.StringVal(c.Subject.CommonName),
		"not_before": cty.StringVal(c.NotBefore.UTC().Format(time.RFC3339)), "not_after": cty.StringVal(c.NotAfter.UTC().Format(time.RFC3339)),
		"serial": cty.StringVal(c.SerialNumber.Text(16)), "sha256": cty.StringVal(hex.EncodeToString(sum[:])),
		"dns_names": names, "is_ca": cty.BoolVal(c.IsCA), "self_signed": cty.BoolVal(selfSigned(c)),
	})
}
