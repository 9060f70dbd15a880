package broadworks

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

const (
	rsaSuite   = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
	ecdsaSuite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
	httpPort   = 8443
)

// certificateOf is a certificate block with a host's files of the lab.
func certificateOf(t *testing.T, l *lab, c *simConn) cty.Value {
	name := c.host.Name()
	return cty.ObjectVal(map[string]cty.Value{
		"key_file":   c.secret(t, name+".key", []byte(l.read(t, "certs/"+name+".key"))),
		"cert_file":  file(name+".crt", l.read(t, "certs/"+name+".crt")),
		"chain_file": file("chain.pem", l.read(t, "certs/chain.pem")),
	})
}

func httpAnchors(t *testing.T, l *lab) []step {
	chain, _, err := tlsinfo.Certificates(l.read(t, "CombinedCertChain2023.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var steps []step
	for i, alias := range []string{"webexclientroot2023", "webexclientissuing2023"} {
		steps = append(steps, step{TrustAnchor{}, map[string]cty.Value{"interface": cty.StringVal("http"), "alias": cty.StringVal(alias),
			"pem": cty.StringVal(string(tlsinfo.PEM(chain[i])))}})
	}
	return steps
}

// httpRequest is a request with the host.data of an HTTP interface.
func (c *simConn) httpRequest(s step) *sdk.Request {
	data := map[string]cty.Value{}
	for _, a := range s.module.Describe().HostData {
		switch a.Name {
		case "http_address":
			data[a.Name] = cty.StringVal(c.host.CTIAddr().String())
		case "http_port":
			data[a.Name] = cty.NumberIntVal(httpPort)
		}
	}
	return c.request(s.module, s.args, data)
}

// settle checks, applies, and checks again; pending says whether a restart must then be seen to be owed.
func settle(t *testing.T, c *simConn, s step, pending bool) {
	t.Helper()
	r, name := c.httpRequest(s), s.module.Describe().Name
	for _, p := range s.module.(sdk.Validator).Validate(t.Context(), r) {
		if !p.Warning {
			t.Fatalf("%s: %+v", name, p)
		}
	}
	if res := check(t, s.module, r); res.Verdict != sdk.Change || len(res.Diff) == 0 {
		t.Errorf("%s: first check: %+v", name, res)
	}
	if !apply(t, s.module, r).Changed {
		t.Errorf("%s: nothing changed", name)
	}
	if res := check(t, s.module, r); res.Verdict != sdk.NoChange || pending != (res.Pending != "") {
		t.Errorf("%s: second check: %+v", name, res)
	}
	if apply(t, s.module, r).Changed {
		t.Errorf("%s: changed again", name)
	}
}

func quiet(t *testing.T, c *simConn, steps ...step) {
	t.Helper()
	for _, s := range steps {
		if res := check(t, s.module, c.httpRequest(s)); res.Verdict != sdk.NoChange || res.Pending != "" {
			t.Errorf("%s: %+v", s.module.Describe().Name, res)
		}
	}
}

func restarted(t *testing.T, c *simConn) {
	t.Helper()
	apply(t, Restart{}, c.httpRequest(step{module: Restart{}}))
}

func TestHTTPDialects(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLab(t, bwsim.Options{XSPCount: 1, ADPCount: 1, Dialect: seed})
			for _, h := range l.Hosts() {
				if h.Role() != bwsim.AS {
					c := l.conn(t, h)
					c.size = int(seed % 3)
					httpProcedure(t, l, c)
				}
			}
		})
	}
}

// httpProcedure brings up mTLS on the interface, then for one application instead, each time with a restart.
func httpProcedure(t *testing.T, l *lab, c *simConn) {
	at := netip.AddrPortFrom(c.host.CTIAddr(), httpPort)
	anchors := httpAnchors(t, l)
	row := step{HTTPInterface{}, map[string]cty.Value{"client_auth": cty.True, "require_protocols": strs("TLSv1.2"),
		"require_ciphers": strs(rsaSuite, ecdsaSuite), "certificate": certificateOf(t, l, c)}}
	app := step{WebAppMTLS{}, map[string]cty.Value{"client_auth": cty.False}}
	for _, s := range anchors {
		settle(t, c, s, false)
	}
	settle(t, c, row, true)
	settle(t, c, app, false)
	restarted(t, c)
	quiet(t, c, append(anchors, row, app)...)

	active := c.host.Active()
	if len(active.HTTP) != 1 || len(active.HTTPTrusts) != 2 || len(active.CTITrusts) != 0 {
		t.Fatalf("active: %+v", active)
	}
	is := active.HTTP[0]
	if netip.AddrPortFrom(is.IP, uint16(is.Port)) != at || is.Name != c.host.Name() || !is.Secure || !is.ClientAuthReq || is.ClusterFQDN != "" || is.Certificate.SelfSigned {
		t.Errorf("interface: %+v", is)
	}

	open := step{HTTPInterface{}, map[string]cty.Value{"client_auth": cty.False, "cluster_fqdn": cty.StringVal("xsp.example.net"), "certificate": row.args["certificate"]}}
	settle(t, c, open, true)
	demand := step{WebAppMTLS{}, map[string]cty.Value{"application": cty.StringVal("authenticationservice")}}
	settle(t, c, demand, false)
	restarted(t, c)
	quiet(t, c, open, demand)
	is = c.host.Active().HTTP[0]
	want := bwsim.WebApp{IP: at.Addr(), Port: httpPort, Application: bwsim.AuthenticationService, ClientAuthReq: true}
	if is.ClientAuthReq || is.ClusterFQDN != "xsp.example.net" || is.Certificate.SelfSigned || !slices.Equal(is.Ciphers, []string{rsaSuite, ecdsaSuite}) || !slices.Equal(c.host.Active().WebApps, []bwsim.WebApp{want}) {
		t.Errorf("after the row was replaced: %+v, %+v", is, c.host.Active().WebApps)
	}
	if left := c.host.Files("/var/broadworks/tmp"); len(left) > 0 {
		t.Errorf("uploads left behind: %q", left)
	}
}

func TestHTTPRowTypedByHand(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		configure(t, c, func(cfg *bwsim.Config) {
			cfg.HTTP = []bwsim.HTTPInterface{{IP: c.host.CTIAddr(), Port: httpPort, Name: "XSP.Example.Net", Secure: true, ClusterFQDN: "Pool.example.net"}}
		})
		quiet(t, c,
			step{HTTPInterface{}, nil},
			step{HTTPInterface{}, map[string]cty.Value{"name": cty.StringVal("xsp.example.net"), "client_auth": cty.False, "cluster_fqdn": cty.StringVal("pool.example.net")}})
		settle(t, c, step{HTTPInterface{}, map[string]cty.Value{"cluster_fqdn": cty.StringVal("")}}, false)
		if is := c.host.Stored().HTTP[0]; is.Name != "XSP.Example.Net" || is.ClusterFQDN != "" {
			t.Errorf("%+v", is)
		}
	}, nil)
}

// configure stores a configuration and makes it the active one.
func configure(t *testing.T, c *simConn, change func(*bwsim.Config)) {
	t.Helper()
	if err := c.host.Configure(change); err != nil {
		t.Fatal(err)
	}
	c.host.Activate()
}

// TestHTTPAddRefused deletes a row that differs; then the new one is refused, and the old one must be there again.
func TestHTTPAddRefused(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		address := c.host.CTIAddr()
		configure(t, c, func(cfg *bwsim.Config) {
			cfg.HTTP = []bwsim.HTTPInterface{{IP: address, Port: httpPort, Name: "old", Secure: true,
				SSLSettings: bwsim.SSLSettings{TLSLists: bwsim.TLSLists{Protocols: []string{"TLSv1.2"}, Ciphers: []string{rsaSuite}}}}}
			cfg.WebApps = []bwsim.WebApp{{IP: address, Port: httpPort, Application: bwsim.AuthenticationService, ClientAuthReq: true}}
		})
		before := c.host.Stored()
		c.host.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "true true", Text: "[Error] Not now."})
		s := step{HTTPInterface{}, map[string]cty.Value{"client_auth": cty.True, "certificate": certificateOf(t, l, c)}}
		f := failure(t, 20*time.Second, applying(s.module, c.httpRequest(s)))
		if !strings.Contains(f.State, "added again") || strings.Contains(f.State, "not all") {
			t.Errorf("state: %s", f.State)
		}
		now := c.host.Stored()
		if len(now.HTTP) != 1 || now.HTTP[0].Name != "old" || !slices.Equal(now.HTTP[0].Ciphers, before.HTTP[0].Ciphers) || !slices.Equal(now.WebApps, before.WebApps) {
			t.Errorf("stored: %+v, %+v", now.HTTP, now.WebApps)
		}
	}, nil)
}

// TestCertificateGoesWithTheRow is interrupted between the new row and its certificate, while the server still presents the
// right one.
func TestCertificateGoesWithTheRow(t *testing.T) {
	dialects(t, bwsim.ADP, func(t *testing.T, l *lab, c *simConn) {
		s := step{HTTPInterface{}, map[string]cty.Value{"certificate": certificateOf(t, l, c)}}
		apply(t, s.module, c.httpRequest(s))
		restarted(t, c)
		quiet(t, c, s)
		s.args["client_auth"] = cty.True
		remove := c.host.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "sslUpdate", Text: "[Error] Not now."})
		failure(t, 20*time.Second, applying(s.module, c.httpRequest(s)))
		remove()
		settle(t, c, s, true)
		restarted(t, c)
		quiet(t, c, s)
	}, nil)
}

func TestWebAppWithoutInterface(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		s := step{WebAppMTLS{}, nil}
		res := check(t, s.module, c.httpRequest(s))
		if res.Verdict != sdk.Change || len(res.Notes) == 0 {
			t.Errorf("%+v", res)
		}
		if f := failure(t, 20*time.Second, applying(s.module, c.httpRequest(s))); !strings.Contains(strings.Join(f.Do, " "), "http_interface") {
			t.Errorf("no advice: %q", f.Do)
		}
	}, nil)
}
