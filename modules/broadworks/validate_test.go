package broadworks

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func issue(t *testing.T, name string, ca bool, by *pair, end time.Duration) *pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	tmpl := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, BasicConstraintsValid: true, IsCA: ca,
		NotBefore: time.Now().Add(-1000 * time.Hour), NotAfter: time.Now().Add(end)}
	parent, signer := tmpl, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	return &pair{cert, key}
}

func (p *pair) text() string { return string(tlsinfo.PEM(p.cert)) }

func (p *pair) handle() cty.Value {
	der, _ := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	return handle(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
}

func handle(public string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal("1"), "name": cty.StringVal("x.key"), "size": cty.NumberIntVal(1),
		"sha256": cty.StringVal(""), "public_key": cty.StringVal(public)})
}

// problems validates without a host and returns "!arg" for errors and "?arg" for warnings.
func problems(t *testing.T, m sdk.Module, given map[string]cty.Value) []string {
	t.Helper()
	r := &sdk.Request{Args: sdk.Object{Value: args(m.Describe().Args, given)}, Host: sdk.Host{Name: "xsp1.example.net"}, Report: reporter{t}}
	var out []string
	for _, p := range m.(sdk.Validator).Validate(t.Context(), r) {
		sign := "!"
		if p.Warning {
			sign = "?"
		}
		out = append(out, sign+p.Arg)
	}
	return out
}

const year = 365 * 24 * time.Hour

func TestValidateTrustAnchor(t *testing.T) {
	root := issue(t, "Root", true, nil, year)
	tests := []struct {
		name, alias, pem string
		want             []string
	}{
		{"good", "webexclientroot2023", root.text(), nil},
		{"CRLF", "a", strings.ReplaceAll(root.text(), "\n", "\r\n"), []string{"?pem"}},
		{"byte order mark", "a", "\ufeff" + root.text(), []string{"?pem"}},
		{"text around", "a", "root:\n" + root.text(), []string{"?pem"}},
		{"two", "a", root.text() + root.text(), []string{"!pem"}},
		{"none", "a", "hello", []string{"!pem"}},
		{"expired", "a", issue(t, "Old", true, nil, -time.Hour).text(), []string{"!pem"}},
		{"expires soon", "a", issue(t, "Soon", true, nil, time.Hour).text(), []string{"?pem"}},
		{"no CA", "a", issue(t, "leaf", false, root, year).text(), []string{"!pem"}},
		{"semicolon", "a;exit", root.text(), []string{"!alias"}},
		{"line break", "a\nexit", root.text(), []string{"!alias"}},
		{"path", "../a", root.text(), []string{"!alias"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := problems(t, TrustAnchor{}, map[string]cty.Value{"interface": cty.StringVal("cti"), "alias": cty.StringVal(tt.alias), "pem": cty.StringVal(tt.pem)})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	unknown := map[string]cty.Value{"interface": cty.StringVal("cti"), "alias": cty.UnknownVal(cty.String), "pem": cty.UnknownVal(cty.String)}
	if got := problems(t, TrustAnchor{}, unknown); got != nil {
		t.Errorf("unknown: %v", got)
	}
	if got := problems(t, TrustAnchor{}, map[string]cty.Value{"interface": cty.StringVal("cti"), "alias": cty.StringVal("a")}); len(got) != 1 {
		t.Errorf("pem left out: %v", got)
	}
}

func TestValidateInterface(t *testing.T) {
	root := issue(t, "Root", true, nil, year)
	sub := issue(t, "Sub", true, root, year)
	leaf := issue(t, "xsp1.example.net", false, sub, year)
	other := issue(t, "xsp2.example.net", false, sub, year)
	old := issue(t, "xsp1.example.net", false, sub, -time.Hour)
	block := func(key cty.Value, cert, chain string) map[string]cty.Value {
		b := map[string]cty.Value{"key_file": key, "cert_file": file("x.crt", cert), "chain_file": cty.NullVal(sdk.FileType)}
		if chain != "" {
			b["chain_file"] = file("chain.pem", chain)
		}
		return map[string]cty.Value{"certificate": cty.ObjectVal(b)}
	}
	good := sub.text() + root.text()
	tests := []struct {
		name string
		args map[string]cty.Value
		want []string
	}{
		{"nothing", nil, nil},
		{"good certificate", block(leaf.handle(), leaf.text(), good), nil},
		{"chain without root", block(leaf.handle(), leaf.text(), sub.text()), nil},
		{"wrong order", block(leaf.handle(), leaf.text(), root.text()+sub.text()), []string{"!certificate.chain_file"}},
		{"no intermediate", block(leaf.handle(), leaf.text(), root.text()), []string{"!certificate.chain_file"}},
		{"no chain", block(leaf.handle(), leaf.text(), ""), []string{"!certificate.chain_file"}},
		{"key of another", block(other.handle(), leaf.text(), good), []string{"!certificate.key_file"}},
		{"no key in the key file", block(handle(""), leaf.text(), good), []string{"!certificate.key_file"}},
		{"other host's name", block(other.handle(), other.text(), good), []string{"?certificate.cert_file"}},
		{"expired", block(old.handle(), old.text(), good), []string{"!certificate.cert_file"}},
		{"whole chain as certificate", block(leaf.handle(), leaf.text()+good, good), []string{"!certificate.cert_file"}},
		{"key as certificate", block(leaf.handle(), "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", good), []string{"!certificate.cert_file"}},
		{"port", map[string]cty.Value{"port": cty.NumberIntVal(70000)}, []string{"!port"}},
		{"address", map[string]cty.Value{"address": cty.StringVal("xsp1")}, []string{"!address"}},
		{"protocol", map[string]cty.Value{"protocols": strs("TLSv1.2", "tlsv1.1")}, []string{"!protocols[1]"}},
		{"OpenSSL name", map[string]cty.Value{"require_ciphers": strs("ECDHE-RSA-AES128-GCM-SHA256")}, []string{"!require_ciphers[0]"}},
		{"name as the guide prints it", map[string]cty.Value{"require_ciphers": strs("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305")}, []string{"?require_ciphers[0]"}},
		{"twice", map[string]cty.Value{"ciphers": strs("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256")}, []string{"!ciphers[1]"}},
		{"both kinds of list", map[string]cty.Value{"ciphers": strs("TLS_AES_128_GCM_SHA256"), "require_ciphers": strs("TLS_AES_128_GCM_SHA256")}, []string{"!require_ciphers"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, problems(t, CTIInterface{}, tt.args)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	rsaOnly := block(leaf.handle(), leaf.text(), good)
	rsaOnly["ciphers"] = strs("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
	if got := problems(t, CTIInterface{}, rsaOnly); len(got) != 1 || got[0] != "!certificate.cert_file" {
		t.Errorf("RSA ciphers for an ECDSA key: %v", got)
	}
	unknown := map[string]cty.Value{"port": cty.UnknownVal(cty.Number), "ciphers": cty.UnknownVal(cty.List(cty.String)),
		"require_protocols": cty.ListVal([]cty.Value{cty.UnknownVal(cty.String)}),
		"certificate":       cty.ObjectVal(map[string]cty.Value{"key_file": cty.UnknownVal(sdk.HandleType), "cert_file": cty.UnknownVal(sdk.FileType), "chain_file": cty.UnknownVal(sdk.FileType)})}
	if got := problems(t, CTIInterface{}, unknown); got != nil {
		t.Errorf("unknown: %v", got)
	}
}

func TestValidateOthers(t *testing.T) {
	for name, want := range map[string]int{"bwcticlient.webex.com": 0, "a;b": 1, "": 1, strings.Repeat("x", 65): 1, " x": 1, "a\nb": 1, `a"b`: 1} {
		if got := problems(t, ClientIdentity{}, map[string]cty.Value{"name": cty.StringVal(name)}); len(got) != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	for name, want := range map[string]int{"30s": 0, "2m": 0, "soon": 1, "-1s": 1} {
		if got := problems(t, Restart{}, map[string]cty.Value{"begin_within": cty.StringVal(name)}); len(got) != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestShowsName(t *testing.T) {
	name := pkix.Name{CommonName: "Internal Private Root", Organization: []string{"Cisco"}}
	for shown, want := range map[string]bool{
		"Internal Private Root": true, "internal  private root": true, "CN=Internal Private Root, O=Cisco": true, "O=Cisco,CN=Internal Private Root": true,
		"/O=Cisco/CN=Internal Private Root": true, "Internal Priv...": true, "Internal Private": false, "Internal Private TLS SubCA": false, "": false, "...": false,
	} {
		if got := showsName(shown, name); got != want {
			t.Errorf("%q: %v", shown, got)
		}
	}
}
