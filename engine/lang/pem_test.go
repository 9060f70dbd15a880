package lang

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// authority is a certificate with its key, made for a test.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	pem  string
}

var today = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// issue makes a certificate; without an issuer it signs itself.
func issue(t testing.TB, name string, ca bool, from, to time.Time, issuer *authority) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name)) + 4096), Subject: pkix.Name{CommonName: name, Organization: []string{"Lab"}}, NotBefore: from, NotAfter: to,
		IsCA: ca, BasicConstraintsValid: true, DNSNames: []string{strings.ToLower(name) + ".example.net"},
	}
	parent, signer := template, crypto.Signer(key)
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}

func year(n int) time.Time { return today.AddDate(n, 0, 0) }

func keyPEM(t testing.TB, a authority) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestSplitPEM(t *testing.T) {
	root := issue(t, "Root", true, year(-1), year(9), nil).pem
	for name, tt := range map[string]struct {
		text   string
		blocks int
		notes  int
	}{
		"one": {root, 1, 0}, "two": {root + root, 2, 0}, "none": {"hello\n", 0, 0}, "empty": {"", 0, 0},
		"no newline at the end": {strings.TrimSpace(root), 1, 0},
		"byte order mark":       {"\ufeff" + root, 1, 1},
		"crlf":                  {strings.ReplaceAll(root, "\n", "\r\n"), 1, 1},
		"text around":           {"Subject: Root\n\n" + root + "\ntrailing\n" + root, 2, 1},
		"long lines":            {oneLine(root), 1, 0},
	} {
		blocks, notes, err := splitPEM(tt.text)
		if err != nil || len(blocks) != tt.blocks || len(notes) != tt.notes {
			t.Errorf("%s: %d blocks, notes %v, %v", name, len(blocks), notes, err)
			continue
		}
		for _, b := range blocks {
			if diff := cmp.Diff(root, b.text); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

func oneLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[0] + "\n" + strings.Join(lines[1:len(lines)-1], "") + "\n" + lines[len(lines)-1] + "\n"
}

func TestSplitPEMRefuses(t *testing.T) {
	root := issue(t, "Root", true, year(-1), year(9), nil).pem
	for name, tt := range map[string]struct{ text, want string }{
		"indented":       {"  " + strings.ReplaceAll(root, "\n", "\n  "), "Line 1 is indented"},
		"indented end":   {strings.Replace(root, "-----END", "\t-----END", 1), "is indented"},
		"unterminated":   {root[:len(root)-30], `The block "CERTIFICATE" that begins at line 1 is not ended`},
		"begun twice":    {root[:100] + "\n" + root, "is not ended before line"},
		"end alone":      {"-----END CERTIFICATE-----\n", "that was not begun"},
		"wrong end":      {strings.Replace(root, "END CERTIFICATE", "END PRIVATE KEY", 1), `ends a block "PRIVATE KEY", but "CERTIFICATE" was begun`},
		"not base64":     {strings.Replace(root, "\nM", "\n*", 1), "is not base64"},
		"damaged":        {strings.Replace(root, "\nM", "\n", 1), "is empty or damaged base64"},
		"empty":          {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "is empty or damaged base64"},
		"dashes missing": {"-----BEGIN CERTIFICATE---\n", "does not end with five dashes"},
		"encrypted":      {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", "has headers, as an encrypted key has"},
		"too many":       {strings.Repeat(root, maxBlocks+1), "more than 100 blocks"},
		"too large":      {strings.Repeat("x", MaxFile+1), "at most 1048576 are read"},
		"control":        {"-----BEGIN \x1b[2J-----\n", "of a kind that cannot be read"},
	} {
		_, _, err := splitPEM(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// FuzzSplitPEM holds that splitting is stable: the blocks, written out again, are the same blocks without notes.
func FuzzSplitPEM(f *testing.F) {
	root := issue(f, "Root", true, year(-1), year(9), nil).pem
	for _, s := range []string{root, "\ufeff" + root, strings.ReplaceAll(root, "\n", "\r\n"), "x\n" + root + root, root[:50], " " + root} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		blocks, _, err := splitPEM(text)
		if err != nil {
			if diag.FromError(err, nil, "", "", "").Code != diag.BadCertificate {
				t.Fatalf("error without a cause: %v", err)
			}
			return
		}
		var again strings.Builder
		for _, b := range blocks {
			again.WriteString(b.text)
			if std, _ := pem.Decode([]byte(b.text)); std == nil || string(std.Bytes) != string(b.der) || std.Type != b.kind {
				t.Fatalf("encoding/pem reads %q differently", b.text)
			}
		}
		twice, notes, err := splitPEM(again.String())
		if err != nil || len(notes) > 0 || len(twice) != len(blocks) {
			t.Fatalf("not stable: %d blocks, then %d, %v, %v", len(blocks), len(twice), notes, err)
		}
	})
}

func TestPEMByRole(t *testing.T) {
	root := issue(t, "Root", true, year(-1), year(9), nil)
	other := issue(t, "Other", true, year(-1), year(9), nil)
	impostor := issue(t, "Root", true, year(-1), year(9), nil) // same name, other key
	issuing := issue(t, "Issuing", true, year(-1), year(5), &root)
	client := issue(t, "Client", false, year(-1), year(1), &root)
	deeper := issue(t, "Deeper", true, year(-1), year(5), &issuing)
	expired := issue(t, "Expired", true, year(-3), year(-1), &root)
	early := issue(t, "Early", true, year(1), year(5), &root)
	want := cty.MapVal(map[string]cty.Value{"root": cty.StringVal(root.pem), "issuing": cty.StringVal(issuing.pem)})
	for name, tt := range map[string]struct {
		text string
		want string // of the error
	}{
		"root first":     {root.pem + issuing.pem, ""},
		"issuing first":  {issuing.pem + root.pem, ""},
		"crlf and text":  {"\ufeffhello\r\n" + strings.ReplaceAll(issuing.pem+root.pem, "\n", "\r\n"), ""},
		"none":           {"hello", "Expected two certificates (root and issuing), found none."},
		"one":            {root.pem, "found one."},
		"three":          {root.pem + issuing.pem + deeper.pem, "found 3."},
		"a key":          {root.pem + keyPEM(t, issuing), "The block at line 11 is a private key, not a certificate."},
		"a request":      {root.pem + strings.ReplaceAll(issuing.pem, "CERTIFICATE", "CERTIFICATE REQUEST"), `is a "CERTIFICATE REQUEST", not a certificate.`},
		"garbage":        {root.pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be parsed"},
		"two roots":      {root.pem + other.pem, "Both certificates are self-signed: CN=Root,O=Lab and CN=Other,O=Lab."},
		"twice the same": {root.pem + root.pem, "Both certificates are self-signed"},
		"no root":        {issuing.pem + deeper.pem, "Neither certificate is self-signed"},
		"another's":      {other.pem + issuing.pem, "CN=Issuing,O=Lab was issued by CN=Root,O=Lab, not by the root CN=Other,O=Lab."},
		"an impostor":    {impostor.pem + issuing.pem, "does not bear the root's signature"},
		"a client":       {root.pem + client.pem, "CN=Client,O=Lab is not the certificate of an authority."},
		"expired":        {root.pem + expired.pem, "(CN=Expired,O=Lab) expired on 2025-06-01."},
		"not yet valid":  {root.pem + early.pem, "(CN=Early,O=Lab) is not valid before 2027-06-01."},
	} {
		files := &Files{Dir: write(t, "chain.pem", tt.text), Now: func() time.Time { return today }}
		v, ds := eval(t, files, `pem_by_role(file("chain.pem"))`)
		complete(t, ds)
		switch {
		case tt.want == "" && (len(ds) > 0 || !v.RawEquals(want)):
			t.Errorf("%s: %v %#v", name, ds, v)
		case tt.want != "" && (len(ds) != 1 || ds[0].Code != diag.BadCertificate || !strings.Contains(ds[0].Detail, tt.want)):
			t.Errorf("%s: got %+v, want %q", name, ds, tt.want)
		case tt.want != "" && !strings.Contains(ds[0].Detail, filepath.Join(files.Dir, "chain.pem")):
			t.Errorf("%s: %q does not name the file", name, ds[0].Detail)
		}
	}
}

func TestPEMNotes(t *testing.T) {
	root := issue(t, "Root", true, year(-1), year(9), nil)
	files := &Files{Dir: write(t, "c", "hello\r\n"+strings.ReplaceAll(root.pem, "\n", "\r\n"))}
	for _, expr := range []string{`pem_blocks(file("c"))`, `pem_blocks(file("c"))`, `x509(file("c"))`} { // each note once a file
		if _, ds := eval(t, files, expr); len(ds) > 0 {
			t.Fatal(brief(ds))
		}
	}
	notes := files.Notes()
	if len(notes) != 2 || notes[0].Severity != diag.Note || notes[0].Source != filepath.Join(files.Dir, "c") {
		t.Errorf("got %+v, want two notes about the file", notes)
	}
	complete(t, notes)
	if _, ds := eval(t, files, `pem_blocks("hello\n${file("c")}")`); len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	if notes := files.Notes(); len(notes) != 4 || notes[0].Source != filepath.Join(files.Dir, "c") || notes[3].Source != "pem_blocks()" {
		t.Errorf("got %+v, want two more that name the function", notes)
	}
}

func TestX509(t *testing.T) {
	root := issue(t, "Root", true, year(-1), year(9), nil)
	files := &Files{Dir: write(t, "c", root.pem, "k", keyPEM(t, root), "two", root.pem+root.pem)}
	v, ds := eval(t, files, `x509(file("c"))`)
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	for attr, want := range map[string]cty.Value{
		"common_name": cty.StringVal("Root"), "subject": cty.StringVal("CN=Root,O=Lab"), "issuer": cty.StringVal("CN=Root,O=Lab"), "not_after": cty.StringVal("2035-06-01T00:00:00Z"),
		"is_ca": cty.True, "self_signed": cty.True, "serial": cty.StringVal("1004"), "dns_names": cty.ListVal([]cty.Value{cty.StringVal("root.example.net")}),
	} {
		if got := v.GetAttr(attr); !got.RawEquals(want) {
			t.Errorf("%s is %#v, want %#v", attr, got, want)
		}
	}
	for src, want := range map[string]string{
		`x509(file("k"))`: "is a private key", `x509(file("two"))`: "Expected one certificate, found 2.", `x509("")`: "found none",
	} {
		if _, ds := eval(t, files, src); len(ds) != 1 || !strings.Contains(ds[0].Detail, want) {
			t.Errorf("%s: got %+v, want %q", src, ds, want)
		}
	}
	if v, ds := eval(t, files, `pem_blocks(file("k"))[0]`); len(ds) > 0 || !IsSensitive(v) {
		t.Errorf("the text of a private key is not sensitive: %v", ds)
	}
}

func TestExpiresSoon(t *testing.T) {
	root := issue(t, "Root", true, year(-1), today.AddDate(0, 0, 10), nil)
	files := &Files{Dir: write(t, "c", root.pem), Now: func() time.Time { return today }}
	if _, ds := eval(t, files, `x509(file("c"))`); len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	notes := files.Notes()
	complete(t, notes)
	if len(notes) != 1 || notes[0].Code != diag.ExpiresSoon || notes[0].Detail != "CN=Root,O=Lab is valid until 2026-06-11." {
		t.Errorf("got %+v", notes)
	}
}
