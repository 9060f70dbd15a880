package tlsinfo

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"
)

func TestCertificates(t *testing.T) {
	root := issue(t, "Root", true, nil, nil)
	sub := issue(t, "Sub", true, root, nil)
	one, two := string(PEM(root.cert)), string(PEM(root.cert, sub.cert))
	keyDER, _ := x509.MarshalPKCS8PrivateKey(root.key)
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
	csrDER, _ := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, root.key)
	csr := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csrDER}))
	body := strings.Split(one, "\n")

	tests := []struct {
		name, text string
		n          int
		note, err  string
	}{
		{"one", one, 1, "", ""},
		{"two", two, 2, "", ""},
		{"CRLF", strings.ReplaceAll(two, "\n", "\r\n"), 2, "CRLF", ""},
		{"old Mac line ends", strings.ReplaceAll(two, "\n", "\r"), 2, "CRLF", ""},
		{"byte order mark", "\ufeff" + one, 1, "byte order mark", ""},
		{"text around", "Bag Attributes\n  friendlyName: x\n" + one + "\ntext\n" + string(PEM(sub.cert)) + "bye\n", 2, "text outside", ""},
		{"blanks after the lines", strings.ReplaceAll(one, "-----\n", "-----  \n"), 1, "", ""},
		{"no final newline", strings.TrimSpace(one), 1, "", ""},
		{"empty", "", 0, "", "empty"},
		{"blank", " \n\t\n", 0, "", "empty"},
		{"no PEM", "hello", 0, "", "no certificate found"},
		{"a key", key, 0, "", "private key"},
		{"a key after a certificate", one + key, 0, "", "block 2 is a private key"},
		{"a request", csr, 0, "", "request"},
		{"trusted certificate", strings.ReplaceAll(one, "CERTIFICATE", "TRUSTED CERTIFICATE"), 0, "", "TRUSTED CERTIFICATE"},
		{"PKCS #7", strings.ReplaceAll(one, "CERTIFICATE", "PKCS7"), 0, "", "PKCS7"},
		{"binary", string(root.cert.Raw), 0, "", "binary"},
		{"UTF-16", "\xff\xfe-\x00-\x00-\x00-\x00-\x00B\x00E\x00G\x00I\x00N\x00", 0, "", "UTF-16"},
		{"NUL", one + "\x00", 0, "", "NUL"},
		{"indented", "  " + strings.ReplaceAll(one, "\n", "\n  "), 0, "", "indented"},
		{"cut off", one[:len(one)-30], 0, "", "cut off"},
		{"cut off in the middle of two", one[:len(one)/2] + "\n" + one, 0, "", "cut off"},
		{"damaged line", strings.Replace(one, body[2], body[2][:10]+"!"+body[2][11:], 1), 0, "", "does not decode"},
		{"missing line", strings.Replace(one, body[2]+"\n", "", 1), 0, "", "block 1"},
		{"damaged BEGIN", strings.Replace(two, "-----BEGIN", "----BEGIN", 1), 0, "", "damaged"},
		{"heading underlined with dashes", "Root\n-------\n" + one, 1, "text outside", ""},
		{"too large", strings.Repeat("x", bundleSize+1), 0, "", "too many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			certs, notes, err := Certificates(tt.text)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %v (%d certificates), want %q", err, len(certs), tt.err)
				}
				return
			}
			if err != nil || len(certs) != tt.n {
				t.Fatalf("%d certificates, %v", len(certs), err)
			}
			if all := strings.Join(notes, "; "); (tt.note == "") != (all == "") || !strings.Contains(all, tt.note) {
				t.Errorf("notes %q, want %q", all, tt.note)
			}
		})
	}
	if _, _, err := Certificate(two); err == nil || !strings.Contains(err.Error(), "2 certificates") {
		t.Errorf("exactly one: %v", err)
	}
}

func TestChain(t *testing.T) {
	root := issue(t, "Root", true, nil, nil)
	sub := issue(t, "Sub", true, root, nil)
	issuing := issue(t, "Issuing", true, sub, nil)
	leaf := issue(t, "xsp1", false, issuing, nil)
	stranger := issue(t, "Stranger", true, nil, nil)
	impostor := issue(t, "Issuing", true, nil, nil)
	self := issue(t, "self", false, nil, nil)
	noCA := issue(t, "NoCA", false, root, nil)
	under := issue(t, "under", false, noCA, nil)
	type certs = []*x509.Certificate
	tests := []struct {
		name  string
		leaf  *pair
		chain certs
		err   string
	}{
		{"whole", leaf, certs{issuing.cert, sub.cert, root.cert}, ""},
		{"without root", leaf, certs{issuing.cert, sub.cert}, ""},
		{"self-signed alone", self, nil, ""},
		{"none", leaf, nil, `issuer "Issuing"`},
		{"reversed", leaf, certs{root.cert, sub.cert, issuing.cert}, `the right one is "Issuing", "Sub", "Root"`},
		{"swapped", leaf, certs{sub.cert, issuing.cert, root.cert}, "wrong order"},
		{"intermediate missing", leaf, certs{issuing.cert, root.cert}, `the issuer "Sub" of certificate "Issuing" is missing`},
		{"first missing", leaf, certs{sub.cert, root.cert}, `the issuer "Issuing" of certificate "xsp1" is missing`},
		{"with the leaf", leaf, certs{leaf.cert, issuing.cert}, "server certificate \"xsp1\" itself"},
		{"twice", leaf, certs{issuing.cert, issuing.cert}, "are the same"},
		{"foreign after the root", leaf, certs{issuing.cert, sub.cert, root.cert, stranger.cert}, `"Stranger" does not belong`},
		{"same name, other key", leaf, certs{impostor.cert}, "did not sign it"},
		{"issuer is no CA", under, certs{noCA.cert, root.cert}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Chain(tt.leaf.cert, tt.chain)
			if tt.name == "issuer is no CA" {
				if err == nil {
					t.Error("accepted")
				}
				return
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, want %q", err, tt.err)
			}
		})
	}
}

func TestKeyFits(t *testing.T) {
	a, b := issue(t, "a", false, nil, nil), issue(t, "b", false, nil, nil)
	public := func(p *pair) string {
		der, _ := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	if ok, err := KeyFits(a.cert, public(a)); !ok || err != nil {
		t.Error("own key:", ok, err)
	}
	if ok, err := KeyFits(a.cert, public(b)); ok || err != nil {
		t.Error("other key:", ok, err)
	}
	if _, err := KeyFits(a.cert, "x"); err == nil {
		t.Error("no PEM is accepted")
	}
}

func TestDates(t *testing.T) {
	c := issue(t, "a", false, nil, nil).cert
	for at, want := range map[time.Time]string{
		c.NotAfter.Add(time.Second):          "expired",
		c.NotBefore.Add(-time.Second):        "valid only from",
		c.NotAfter.Add(-10 * 24 * time.Hour): "expires on",
		c.NotBefore.Add(10 * 24 * time.Hour): "",
		c.NotAfter.Add(-20 * 24 * time.Hour): "",
	} {
		warning, err := Dates(c, at)
		got := warning
		if err != nil {
			got = err.Error()
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}

func FuzzCertificates(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
	f.Add("\ufeff-----BEGIN CERTIFICATE-----\r\n")
	f.Add(string(PEM(issue(f, "a", true, nil, nil).cert)))
	f.Fuzz(func(t *testing.T, text string) {
		certs, _, err := Certificates(text)
		if err == nil && len(certs) == 0 {
			t.Error("nothing found and no error")
		}
		if err != nil {
			return
		}
		again, notes, err := Certificates(string(PEM(certs...)))
		if err != nil || len(again) != len(certs) || len(notes) > 0 {
			t.Errorf("its own PEM: %d of %d, %v, %v", len(again), len(certs), notes, err)
		}
		_ = Chain(certs[0], certs[1:])
	})
}
