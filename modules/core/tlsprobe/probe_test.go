package tlsprobe

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	"go.uber.org/goleak"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, Module{}) }

// pair is a certificate with its key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func issue(t *testing.T, name string, by *pair, expired bool) *pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	tmpl := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(100 * 24 * time.Hour), BasicConstraintsValid: true, IsCA: by == nil}
	if expired {
		tmpl.NotAfter = time.Now().Add(-time.Hour)
	}
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

// dialer is a connection to a host of which nothing but ports is known.
type dialer struct {
	sdk.Conn
	key crypto.Signer
}

func (d dialer) Dial(ctx context.Context, to sdk.Dial) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", to.Address, to.Port))
}

func (d dialer) Signer(context.Context, sdk.Handle) (crypto.Signer, error) { return d.key, nil }

// serve runs a TLS server that handshakes and then waits for its client to leave.
func serve(t *testing.T, config *tls.Config) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			func() {
				defer c.Close()
				if config == nil {
					return
				}
				s := tls.Server(c, config)
				if s.Handshake() == nil {
					_, _ = s.Read(make([]byte, 1))
				}
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().(*net.TCPAddr).Port
}

func request(t *testing.T, port int, client *pair, given map[string]cty.Value) *sdk.Request {
	t.Helper()
	s := Module{}.Describe().Args
	all := map[string]cty.Value{}
	for _, a := range s.Attributes {
		all[a.Name] = cty.NullVal(a.ReceivedType())
		if a.Default != cty.NilVal {
			all[a.Name] = a.Default
		}
		if v, ok := given[a.Name]; ok {
			all[a.Name] = v
		}
	}
	all["port"] = cty.NumberIntVal(int64(port))
	d := dialer{}
	if client != nil {
		d.key = client.key
		der, _ := x509.MarshalPKIXPublicKey(&client.key.PublicKey)
		public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		all["client_cert"] = cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal("client.crt"), "text": cty.StringVal(string(tlsinfo.PEM(client.cert)))})
		all["client_key"] = cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal("1"), "name": cty.StringVal("client.key"), "size": cty.NumberIntVal(1),
			"sha256": cty.StringVal(""), "public_key": cty.StringVal(string(public))})
	}
	return &sdk.Request{Host: sdk.Host{Name: "xsp1.example.net", Address: "127.0.0.1"}, Args: sdk.Object{Value: cty.ObjectVal(all)}, Conn: d, Report: &shown{}}
}

// shown keeps the progress that was reported last.
type shown struct{ progress string }

func (*shown) Log(string)          {}
func (s *shown) Progress(p string) { s.progress = p }

func TestConforms(t *testing.T) {
	ca := issue(t, "Client CA", nil, false)
	server := issue(t, "xsp1.example.net", ca, false)
	port := serve(t, &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.cert.Raw, ca.cert.Raw}, PrivateKey: server.key}}})
	sdktest.Conform(t, Module{}, sdktest.Case{Name: "holds", Args: map[string]cty.Value{"port": cty.NumberIntVal(int64(port))},
		Prepare: func(c *sdktest.Conn, _ map[string]cty.Value) {
			c.OnDial = func(ctx context.Context, to sdk.Dial) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", to.Port))
			}
		}})
}

// A person who watches a health block learns at once what no waiting will mend.
func TestProgressSaysWhatItWaitsFor(t *testing.T) {
	ca, other := issue(t, "Client CA", nil, false), issue(t, "Other CA", nil, false)
	server, stranger := issue(t, "xsp1.example.net", ca, false), issue(t, "bwcticlient.webex.com", other, false)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	mtls := map[string]cty.Value{"mtls": cty.True}
	probe := func(config *tls.Config, client *pair) string {
		req := request(t, serve(t, config), client, mtls)
		if _, err := (Module{}).Check(t.Context(), req); err == nil {
			t.Error("the probe holds")
		}
		return req.Report.(*shown).progress
	}
	config := &tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.cert.Raw, ca.cert.Raw}, PrivateKey: server.key}}}
	if got := probe(config, stranger); !strings.HasPrefix(got, `refused: the server refuses the client certificate "bwcticlient.webex.com"`) || !strings.Contains(got, "waiting hardly mends this") {
		t.Errorf("a client of another CA: %q", got)
	}
	if got := probe(nil, stranger); !strings.HasPrefix(got, "waiting: no handshake") {
		t.Errorf("a server that is not ready: %q", got)
	}
}

func TestProbe(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ca, other := issue(t, "Client CA", nil, false), issue(t, "Other CA", nil, false)
	server, expired := issue(t, "xsp1.example.net", ca, false), issue(t, "xsp1.example.net", ca, true)
	client, stranger := issue(t, "bwcticlient.webex.com", ca, false), issue(t, "bwcticlient.webex.com", other, false)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	config := func(min, max uint16, auth tls.ClientAuthType, p *pair) *tls.Config {
		return &tls.Config{MinVersion: min, MaxVersion: max, ClientAuth: auth, ClientCAs: pool,
			Certificates: []tls.Certificate{{Certificate: [][]byte{p.cert.Raw, ca.cert.Raw}, PrivateKey: p.key}}}
	}
	const v11, v12, v13 = tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13
	mtls := map[string]cty.Value{"mtls": cty.True}
	only13 := map[string]cty.Value{"mtls": cty.True, "accepted": cty.ListVal([]cty.Value{cty.StringVal("TLSv1.3")})}
	tests := []struct {
		name   string
		server *tls.Config
		client *pair
		args   map[string]cty.Value
		fails  string // part of the finding; empty when the probe holds
		note   string
	}{
		{"mTLS, client accepted", config(v12, v12, tls.RequireAndVerifyClientCert, server), client, mtls, "", ""},
		{"mTLS up to 1.3", config(v12, v13, tls.RequireAndVerifyClientCert, server), client, mtls, "", ""},
		{"mTLS, TLS 1.3 only", config(v13, v13, tls.RequireAndVerifyClientCert, server), client, only13, "", ""},
		{"no client certificate given", config(v12, v12, tls.RequireAndVerifyClientCert, server), nil, mtls, "", "could not be proved: none was given"},
		{"client of another CA", config(v12, v12, tls.RequireAndVerifyClientCert, server), stranger, mtls, "refuses the client certificate", ""},
		{"client of another CA, TLS 1.3", config(v13, v13, tls.RequireAndVerifyClientCert, server), stranger, only13, "refuses the client certificate", ""},
		{"asks, does not insist", config(v12, v12, tls.RequestClientCert, server), client, mtls, "accepts a client without", ""},
		{"asks, does not insist, TLS 1.3", config(v13, v13, tls.RequestClientCert, server), client, only13, "accepts a client without", ""},
		{"does not ask", config(v12, v12, tls.NoClientCert, server), nil, mtls, "does not ask", ""},
		{"no mTLS wanted", config(v12, v12, tls.NoClientCert, server), nil, nil, "", ""},
		{"old version accepted", config(v11, v12, tls.NoClientCert, server), nil, nil, "TLSv1.1 is accepted", ""},
		{"1.2 not accepted", config(v13, v13, tls.NoClientCert, server), nil, nil, "no handshake", ""},
		{"expired", config(v12, v12, tls.NoClientCert, expired), nil, nil, "expired on", ""},
		{"wrong name", config(v12, v12, tls.NoClientCert, server), nil, map[string]cty.Value{"server_name": cty.StringVal("xsp2.example.net")}, "does not carry xsp2", ""},
		{"right name", config(v12, v12, tls.NoClientCert, server), nil, map[string]cty.Value{"server_name": cty.StringVal("xsp1.example.net")}, "", ""},
		{"closes at once", nil, nil, nil, "no handshake", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			res, err := Module{}.Check(ctx, request(t, serve(t, tt.server), tt.client, tt.args))
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Errorf("got %v, want %q", err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if res.Verdict != sdk.NoChange || !strings.Contains(strings.Join(res.Notes, "\n"), tt.note) {
				t.Errorf("%+v", res)
			}
			if s := res.Outputs.Attr("subject").AsString(); s != "xsp1.example.net" {
				t.Errorf("subject %q", s)
			}
		})
	}
}

func TestOutputs(t *testing.T) {
	ca := issue(t, "Client CA", nil, false)
	server := issue(t, "xsp1.example.net", ca, false)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	port := serve(t, &tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.cert.Raw, ca.cert.Raw}, PrivateKey: server.key}}})
	res, err := Module{}.Check(t.Context(), request(t, port, nil, map[string]cty.Value{"mtls": cty.True}))
	if err != nil {
		t.Fatal(err)
	}
	type out struct {
		Version, Cipher, Subject, Issuer string
		Chain, CAs                       []string
		Asks                             bool
	}
	text := func(n string) string { return res.Outputs.Attr(n).AsString() }
	texts := func(n string) (s []string) {
		for _, v := range res.Outputs.Attr(n).AsValueSlice() {
			s = append(s, v.AsString())
		}
		return s
	}
	got := out{text("version"), text("cipher"), text("subject"), text("issuer"), texts("chain"), texts("client_cas"), res.Outputs.Attr("asks_client_cert").True()}
	want := out{"TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "xsp1.example.net", "Client CA", []string{"xsp1.example.net", "Client CA"}, []string{"Client CA"}, true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoAnswer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = Module{}.Check(ctx, request(t, port, nil, nil)) // accepted by the kernel, never answered
	f := (*sdk.Failure)(nil)
	if !errors.As(err, &f) || f.Class != sdk.Timeout {
		t.Errorf("silent port: %v", err)
	}
	_ = l.Close()
	if _, err = (Module{}).Check(t.Context(), request(t, port, nil, nil)); !errors.As(err, &f) || f.Class != sdk.Failed {
		t.Errorf("closed port: %v", err)
	}
}

func TestValidate(t *testing.T) {
	ca := issue(t, "Client CA", nil, false)
	client, another := issue(t, "c", ca, false), issue(t, "d", ca, false)
	names := func(s ...string) cty.Value { return list(s) }
	mixed := &pair{client.cert, another.key}
	tests := []struct {
		name   string
		client *pair
		port   int
		args   map[string]cty.Value
		arg    string
	}{
		{"good", client, 8012, nil, ""},
		{"port", nil, 0, nil, "port"},
		{"version", nil, 1, map[string]cty.Value{"accepted": names("1.2")}, "accepted[0]"},
		{"both", nil, 1, map[string]cty.Value{"refused": names("TLSv1", "TLSv1.2")}, "refused[1]"},
		{"key of another", mixed, 1, nil, "client_key"},
		{"expired client", issue(t, "e", ca, true), 1, nil, "client_cert"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			for _, p := range (Module{}).Validate(t.Context(), request(t, tt.port, tt.client, tt.args)) {
				if !p.Warning {
					got = p.Arg
				}
			}
			if got != tt.arg {
				t.Errorf("problem at %q, want %q", got, tt.arg)
			}
		})
	}
	if err := (Module{}).Describe().Verify(); err != nil {
		t.Error(err)
	}
}
