package broadworks

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/plugins/sdk"
)

// TestHTTPDropped loses the connection while a row is replaced: after the effect the work goes on, before it the next run
// finds what there is and ends as it should.
func TestHTTPDropped(t *testing.T) {
	for _, verb := range []string{"delete 127", "add 127"} {
		for _, after := range []bool{true, false} {
			dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
				address := c.host.CTIAddr()
				configure(t, c, func(cfg *bwsim.Config) {
					cfg.HTTP = []bwsim.HTTPInterface{{IP: address, Port: httpPort, Name: "old", Secure: true,
						SSLSettings: bwsim.SSLSettings{TLSLists: bwsim.TLSLists{Ciphers: []string{rsaSuite, ecdsaSuite}}}}}
				})
				c.host.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: verb, Times: 1, AfterEffect: after})
				s := step{HTTPInterface{}, map[string]cty.Value{"client_auth": cty.True, "certificate": certificateOf(t, l, c), "require_ciphers": strs(rsaSuite, ecdsaSuite)}}
				r := c.httpRequest(s)
				if after {
					apply(t, s.module, r)
				} else if f := failure(t, 20*time.Second, applying(s.module, r)); f.Class != sdk.Unreachable {
					t.Errorf("class %s", f.Class)
				}
				apply(t, s.module, r)
				restarted(t, c)
				quiet(t, c, s)
				is := c.host.Active().HTTP[0]
				if !is.ClientAuthReq || is.Certificate.SelfSigned || !slices.Equal(is.Ciphers, []string{rsaSuite, ecdsaSuite}) {
					t.Errorf("%s, after the effect %v: %+v", verb, after, is)
				}
			}, nil)
		}
	}
}

// TestRevertedCertificate stores a certificate and, before a restart, the one that is still presented: what is stored
// counts, not what a handshake shows.
func TestRevertedCertificate(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		first := step{CTIInterface{}, map[string]cty.Value{"certificate": certificateOf(t, l, c)}}
		apply(t, first.module, c.httpRequest(first))
		restarted(t, c)
		quiet(t, c, first)
		other := issue(t, c.host.Name(), false, nil, year)
		second := step{CTIInterface{}, map[string]cty.Value{"certificate": cty.ObjectVal(map[string]cty.Value{
			"key_file": c.secret(t, "other.key", keyPEM(t, other)), "cert_file": file("other.crt", other.text()), "chain_file": cty.NullVal(sdk.FileType)})}}
		settle(t, c, second, true)
		settle(t, c, first, false)
		restarted(t, c)
		quiet(t, c, first)
		if c.host.Active().CTI[0].Certificate.Chain[0].Equal(other.cert) {
			t.Error("the second certificate is active")
		}
	}, nil)
}

func keyPEM(t *testing.T, p *pair) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// TestRestartWaitsForHTTP restarts a server where an HTTP interface is stored and not yet open: the restart is not over
// before it answers.
func TestRestartWaitsForHTTP(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		err := c.host.Configure(func(cfg *bwsim.Config) {
			cfg.HTTP = []bwsim.HTTPInterface{{IP: c.host.CTIAddr(), Port: httpPort, Name: "web", Secure: true}}
		})
		if err != nil {
			t.Fatal(err)
		}
		s := step{HTTPInterface{}, nil}
		if res := check(t, s.module, c.httpRequest(s)); !strings.Contains(res.Pending, "not open") {
			t.Errorf("%+v", res)
		}
		restarted(t, c)
		quiet(t, c, s)
	}, func(o *bwsim.Options) { o.RestartTime = 300 * time.Millisecond })
}
