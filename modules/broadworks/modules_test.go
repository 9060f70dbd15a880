package broadworks

import (
	"fmt"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

func TestDescriptions(t *testing.T) {
	for _, m := range Modules() {
		if err := m.Describe().Verify(); err != nil {
			t.Error(err)
		}
	}
}

func strs(names ...string) cty.Value {
	var out []cty.Value
	for _, n := range names {
		out = append(out, cty.StringVal(n))
	}
	return cty.ListVal(out)
}

// step is one task of the CTI playbook on a host.
type step struct {
	module sdk.Module
	args   map[string]cty.Value
}

func ctiSteps(t *testing.T, l *lab, c *simConn) []step {
	chain, _, err := tlsinfo.Certificates(l.read(t, "CombinedCertChain2023.txt"))
	if err != nil {
		t.Fatal(err)
	}
	anchor := func(i int, alias string) step {
		return step{TrustAnchor{}, map[string]cty.Value{"interface": cty.StringVal("cti"), "alias": cty.StringVal(alias), "pem": cty.StringVal(string(tlsinfo.PEM(chain[i])))}}
	}
	name := c.host.Name()
	return []step{
		anchor(0, "webexclientroot2023"),
		anchor(1, "webexclientissuing2023"),
		{CertificateAuthentication{}, map[string]cty.Value{"allow_client_app": cty.True}},
		{CTIInterface{}, map[string]cty.Value{
			"require_protocols": strs("TLSv1.2"),
			"require_ciphers":   strs("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
			"certificate": cty.ObjectVal(map[string]cty.Value{
				"key_file":   c.secret(t, name+".key", []byte(l.read(t, "certs/"+name+".key"))),
				"cert_file":  file(name+".crt", l.read(t, "certs/"+name+".crt")),
				"chain_file": file("chain.pem", l.read(t, "certs/chain.pem")),
			}),
		}},
	}
}

// TestDialects runs the whole procedure on servers that differ in all that is not published.
func TestDialects(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := bwsim.Options{ASCount: 1, XSPCount: 1, ADPCount: 1, Dialect: seed}
			l := newLab(t, o)
			for _, h := range l.Hosts() {
				c := l.conn(t, h)
				c.size = int(seed % 3) // as it comes, one byte, two bytes
				if h.Role() == bwsim.AS {
					runAS(t, c)
				} else {
					runXSP(t, l, c)
				}
			}
		})
	}
}

func runAS(t *testing.T, c *simConn) {
	m := ClientIdentity{}
	data := map[string]cty.Value{"bwcli_user": cty.StringVal("admin"), "bwcli_password": c.secret(t, "bwcli_password", []byte("admin password"))}
	r := c.request(m, map[string]cty.Value{"name": cty.StringVal("bwcticlient.webex.com")}, data)
	if v := check(t, m, r).Verdict; v != sdk.Change {
		t.Errorf("first check: %s", v)
	}
	if !apply(t, m, r).Changed {
		t.Error("nothing changed")
	}
	if v := check(t, m, r).Verdict; v != sdk.NoChange {
		t.Errorf("second check: %s", v)
	}
	if ids := c.host.Stored().ClientIdentities; len(ids) != 1 || ids[0] != "bwcticlient.webex.com" {
		t.Errorf("stored %q", ids)
	}
}

func runXSP(t *testing.T, l *lab, c *simConn) {
	steps := ctiSteps(t, l, c)
	for _, s := range steps {
		r := c.request(s.module, s.args, nil)
		name := s.module.Describe().Name
		if v, ok := s.module.(sdk.Validator); ok {
			for _, p := range v.Validate(t.Context(), r) {
				if !p.Warning {
					t.Fatalf("%s: %+v", name, p)
				}
			}
		}
		if res := check(t, s.module, r); res.Verdict != sdk.Change || len(res.Diff) == 0 {
			t.Errorf("%s: first check: %+v", name, res)
		}
		if !apply(t, s.module, r).Changed {
			t.Errorf("%s: nothing changed", name)
		}
		if res := check(t, s.module, r); res.Verdict != sdk.NoChange {
			t.Errorf("%s: second check: %+v", name, res)
		} else if name == "cti_interface" && res.Pending == "" {
			t.Errorf("%s: no restart pending: %+v", name, res)
		}
	}
	restart := Restart{}
	res := apply(t, restart, c.request(restart, nil, nil))
	t.Logf("%s: %v", c.host.Name(), res.Notes)
	for _, s := range steps {
		if res := check(t, s.module, c.request(s.module, s.args, nil)); res.Verdict != sdk.NoChange || res.Pending != "" {
			t.Errorf("%s: after the restart: %+v", s.module.Describe().Name, res)
		}
	}
	active := c.host.Active()
	if len(active.CTI) != 1 || len(active.CTITrusts) != 2 || !active.AllowClientApp || active.CTI[0].Certificate.SelfSigned {
		t.Errorf("active: %+v", active)
	}
	if left := c.host.Files("/var/broadworks/tmp"); len(left) > 0 {
		t.Errorf("uploads left behind: %q", left)
	}
}
