package broadworks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/plugins/sdk"
)

func levelStep(level string, lists map[string]cty.Value) step {
	args := map[string]cty.Value{"level": cty.StringVal(level)}
	for k, v := range lists {
		args[k] = v
	}
	return step{TLSSettings{}, args}
}

// levelLists are where the simulator keeps what tls_settings stores.
func levelLists(cfg *bwsim.Config, level string) *bwsim.TLSLists {
	return map[string]*bwsim.TLSLists{"system": &cfg.JSSE, "transport": &cfg.OpenSSL, "cti": &cfg.CTICommon, "http": &cfg.HTTPCommon}[level]
}

func TestTLSSettingsDialects(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLab(t, bwsim.Options{XSPCount: 1, ADPCount: 1, Dialect: seed})
			for _, h := range l.Hosts() {
				if h.Role() == bwsim.AS {
					continue
				}
				c := l.conn(t, h)
				c.size = int(seed % 3)
				for _, level := range []string{"http", "cti", "transport", "system"} {
					settle(t, c, levelStep(level, map[string]cty.Value{"require_protocols": strs("TLSv1.2"), "ciphers": strs(rsaSuite, ecdsaSuite)}), false)
					stored := c.host.Stored()
					if is := levelLists(&stored, level); !slices.Contains(is.Protocols, "TLSv1.2") || !slices.Equal(sorted(is.Ciphers), sorted([]string{rsaSuite, ecdsaSuite})) {
						t.Errorf("%s: stored %+v", level, is)
					}
				}
				settle(t, c, levelStep("http", map[string]cty.Value{"ciphers": cty.ListValEmpty(cty.String), "protocols": strs("TLSv1.1", "TLSv1.2")}), false)
				if is := c.host.Stored().HTTPCommon; len(is.Ciphers) > 0 || len(is.Protocols) != 2 {
					t.Errorf("http: stored %+v", is)
				}
			}
		})
	}
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

// TestTLSSettingsInForce follows the lists of all HTTP interfaces from the plan to the running server.
func TestTLSSettingsInForce(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		configure(t, c, func(cfg *bwsim.Config) {
			cfg.HTTP = []bwsim.HTTPInterface{{IP: c.host.CTIAddr(), Port: httpPort, Name: "x", Secure: true}}
		})
		s := levelStep("http", map[string]cty.Value{"protocols": strs("TLSv1.2"), "ciphers": strs(rsaSuite, ecdsaSuite)})
		settle(t, c, s, true)
		restarted(t, c)
		quiet(t, c, s)
	}, nil)
}

// notes plans a change and returns what the plan says beside it.
func notes(t *testing.T, c *simConn, s step) string {
	t.Helper()
	res := check(t, s.module, c.httpRequest(s))
	if res.Verdict != sdk.Change {
		t.Errorf("%+v", res)
	}
	return strings.Join(res.Notes, "\n")
}

func TestTLSSettingsWarns(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		configure(t, c, func(cfg *bwsim.Config) {
			cfg.HTTP = []bwsim.HTTPInterface{{IP: c.host.CTIAddr(), Port: httpPort, Name: "x", Secure: true}}
			cfg.CTICommon.Ciphers = []string{ecdsaSuite}
		})
		kind := "ECDSA" // of the self-signed certificate
		if c.host.Active().HTTP[0].Certificate.Chain[0].PublicKeyAlgorithm.String() == "RSA" {
			kind = "RSA"
		}
		other := map[string]string{"RSA": ecdsaSuite, "ECDSA": rsaSuite}[kind]
		for name, tt := range map[string]struct {
			step step
			says []string
			not  string
		}{
			"the first cipher": {levelStep("http", map[string]cty.Value{"require_ciphers": strs(rsaSuite, ecdsaSuite)}),
				[]string{"those of the level system apply: TLS_ECDHE_RSA_WITH", "hides them"}, "fail"},
			"another key": {levelStep("http", map[string]cty.Value{"ciphers": strs(other)}),
				[]string{"port 8443 presents a certificate with an " + kind + " key"}, ""},
			"static ECDH and TLS 1.1": {levelStep("http", map[string]cty.Value{"ciphers": strs("TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256"), "protocols": strs("TLSv1.1")}),
				[]string{"no cipher that holds at the level http can be used with TLSv1.1"}, ""},
			"hidden": {levelStep("system", map[string]cty.Value{"require_ciphers": strs("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")}),
				[]string{"the level cti has ciphers of its own, which hide these"}, "hides them"},
			"the last one": {levelStep("cti", map[string]cty.Value{"ciphers": cty.ListValEmpty(cty.String)}),
				[]string{"without ciphers of the level cti, those of the level system apply"}, ""},
		} {
			said := notes(t, c, tt.step)
			for _, want := range tt.says {
				if !strings.Contains(said, want) {
					t.Errorf("%s: %q is not in the notes:\n%s", name, want, said)
				}
			}
			if tt.not != "" && strings.Contains(said, tt.not) {
				t.Errorf("%s: %q is in the notes:\n%s", name, tt.not, said)
			}
		}
	}, nil)
}

func TestTLSSettingsRefused(t *testing.T) {
	dialects(t, bwsim.ADP, func(t *testing.T, l *lab, c *simConn) {
		c.host.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "add " + ecdsaSuite, Text: "[Error] Not now."})
		s := levelStep("http", map[string]cty.Value{"ciphers": strs(rsaSuite, ecdsaSuite)})
		f := failure(t, 20*time.Second, applying(s.module, c.httpRequest(s)))
		if !strings.Contains(f.Summary, "the level http's ciphers") || !strings.Contains(f.State, rsaSuite) {
			t.Errorf("%s\n%s", f.Summary, f.State)
		}
	}, nil)
}
