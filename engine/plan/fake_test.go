package plan

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/plugins/sdk"
)

// fake is a module that is only described.
type fake struct {
	desc     sdk.Description
	validate func(*sdk.Request) []sdk.Problem
}

func (f fake) Describe() sdk.Description { return f.desc }

func (f fake) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	panic("a plan runs no module")
}

func (f fake) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	panic("a plan runs no module")
}

func (f fake) Validate(_ context.Context, r *sdk.Request) []sdk.Problem {
	if f.validate == nil {
		return nil
	}
	return f.validate(r)
}

// fakes are modules by name.
type fakes map[string]fake

func (fs fakes) Module(_ context.Context, name string) (sdk.Module, error) {
	f, ok := fs[name]
	if !ok {
		return nil, fmt.Errorf("no plugin offers %s", name)
	}
	return f, nil
}

func (fs fakes) Names() []string {
	var names []string
	for n := range fs {
		names = append(names, n)
	}
	return names
}

func attr(name string, t cty.Type, required bool) sdk.Attribute {
	return sdk.Attribute{Name: name, Type: t, Required: required}
}

// bundled are the modules that the mission's playbook needs, as far as a plan looks at them.
func bundled() fakes {
	list := cty.List(cty.String)
	site := []sdk.Attribute{{Name: "site", Type: cty.String}}
	keyFile := sdk.Attribute{Name: "key_file", Type: cty.String, Source: sdk.FromSecretFile, Required: true}
	state := func(name string, outputs []sdk.Attribute, attrs ...sdk.Attribute) fake {
		return fake{desc: sdk.Description{Name: name, Kind: sdk.State, HostData: site, Exclusive: []string{"cli"},
			Args: sdk.Schema{Attributes: attrs}, Outputs: sdk.Schema{Attributes: outputs}}}
	}
	ms := fakes{
		"client_identity": state("client_identity", nil, attr("name", cty.String, true)),
		"trust_anchor": state("trust_anchor", []sdk.Attribute{attr("fingerprint", cty.String, false)}, attr("interface", cty.String, true),
			attr("alias", cty.String, true), attr("pem", cty.String, true)),
		"certificate_authentication": state("certificate_authentication", nil, attr("allow_client_app", cty.Bool, true)),
		"cti_interface": state("cti_interface", nil, attr("port", cty.Number, true), attr("client_auth", cty.Bool, false),
			attr("require_protocols", list, false), attr("require_ciphers", list, false)),
		"restart": {desc: sdk.Description{Name: "restart", Kind: sdk.Action, Exclusive: []string{"cli", "service"}}},
		"tls_probe": {desc: sdk.Description{Name: "tls_probe", Kind: sdk.Probe, Args: sdk.Schema{Attributes: []sdk.Attribute{
			attr("port", cty.Number, true), attr("mtls", cty.Bool, false), {Name: "client_cert", Type: cty.String, Source: sdk.FromFile},
			{Name: "client_key", Type: cty.String, Source: sdk.FromSecretFile}}}}},
		"note": {desc: sdk.Description{Name: "note", Kind: sdk.State, Args: sdk.Schema{Attributes: []sdk.Attribute{attr("text", cty.String, false),
			attr("n", cty.Number, false), attr("on", cty.Bool, false)}}, Outputs: sdk.Schema{Attributes: []sdk.Attribute{attr("text", cty.String, false)}}}},
	}
	ms["rack"] = fake{desc: sdk.Description{Name: "rack", Kind: sdk.State, HostData: []sdk.Attribute{attr("rack", cty.String, true), attr("site", cty.Number, false)}}}
	cti := ms["cti_interface"]
	cti.desc.Args.Blocks = []sdk.Block{{Name: "certificate", Schema: sdk.Schema{Attributes: []sdk.Attribute{keyFile,
		{Name: "cert_file", Type: cty.String, Source: sdk.FromFile, Required: true}, {Name: "chain_file", Type: cty.String, Source: sdk.FromFile, Required: true}}}}}
	ms["cti_interface"] = cti
	return ms
}

// lab is an inventory of 2 application servers and as many XSPs as asked for, on two sites by turns.
func lab(t testing.TB, xsps int) *inventory.Inventory {
	t.Helper()
	var text strings.Builder
	names := map[string][]string{}
	group := func(name string, count int) {
		var hosts []string
		for i := range count {
			site := []string{"fra", "muc"}[i%2]
			h := fmt.Sprintf("%s%02d.%s", name, i/2+1, site)
			hosts, names[site] = append(hosts, h), append(names[site], h)
		}
		fmt.Fprintf(&text, "group %q {\n  hosts = [%s]\n}\n", name, quoted(hosts))
	}
	group("as", 2)
	group("xsp", xsps)
	for _, site := range []string{"fra", "muc"} {
		fmt.Fprintf(&text, "group %q {\n  hosts = [%s]\n  data = { site = %q }\n}\n", site, quoted(names[site]), site)
	}
	return fleet(t, text.String())
}

func quoted(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, strconv.Quote(n))
	}
	return strings.Join(out, ", ")
}

// fleet loads an inventory from text.
func fleet(t testing.TB, text string) *inventory.Inventory {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hosts.hcl")
	write(t, path, text)
	inv, ds := inventory.Load([]string{path})
	noErrors(t, ds)
	return inv
}

// chain writes a certificate file of two.
func chain(t testing.TB, path string) {
	t.Helper()
	rootKey, rootCert := certificate(t, "root", nil, nil)
	_, issuing := certificate(t, "issuing", rootKey, rootCert)
	var text []byte
	for _, c := range []*x509.Certificate{rootCert, issuing} {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	write(t, path, string(text))
}

func certificate(t testing.TB, name string, signer *ecdsa.PrivateKey, parent *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(1000 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	if parent == nil {
		signer, parent = key, tmpl
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// source loads a playbook from text.
func source(t testing.TB, text string) *playbook.Playbook {
	t.Helper()
	path := filepath.Join(t.TempDir(), "play.hcl")
	write(t, path, text)
	pb, ds := playbook.Load(path)
	noErrors(t, ds)
	return pb
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := writeFile(path, text); err != nil {
		t.Fatal(err)
	}
}

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func noErrors(t testing.TB, ds diag.Diagnostics) {
	t.Helper()
	for _, d := range ds {
		if d.Severity == diag.Error {
			t.Fatalf("%s %v: %s: %s %s", d.Code, d.Subject, d.Summary, d.Detail, d.Advice)
		}
	}
}
