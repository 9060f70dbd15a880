package broadworks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// failure runs f and returns the *sdk.Failure it must end with.
func failure(t *testing.T, limit time.Duration, f func(ctx context.Context) error) *sdk.Failure {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	err := f(ctx)
	got := (*sdk.Failure)(nil)
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want a failure", err)
	}
	t.Log(explain(got))
	return got
}

func applying(m sdk.Module, r *sdk.Request) func(context.Context) error {
	return func(ctx context.Context) error { _, err := m.Apply(ctx, r); return err }
}

func checking(m sdk.Module, r *sdk.Request) func(context.Context) error {
	return func(ctx context.Context) error { _, err := m.Check(ctx, r); return err }
}

// dialects runs a test on a few servers that differ.
func dialects(t *testing.T, role bwsim.Role, f func(t *testing.T, l *lab, c *simConn), change func(*bwsim.Options)) {
	for _, seed := range []uint64{0, 3, 8, 13} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := bwsim.Options{Hosts: []bwsim.HostOptions{{Name: "h1.fra.example.net", Role: role}}, Dialect: seed, Profile: bwsim.Profile{Login: bwsim.LoginOff}}
			if change != nil {
				change(&o)
			}
			l := newLab(t, o)
			f(t, l, l.conn(t, l.Hosts()[0]))
		})
	}
}

func identityRequest(c *simConn) *sdk.Request {
	return c.request(ClientIdentity{}, map[string]cty.Value{"name": cty.StringVal("bwcticlient.webex.com")}, nil)
}

func TestDroppedInCommand(t *testing.T) {
	m := ClientIdentity{}
	t.Run("before the effect", func(t *testing.T) {
		dialects(t, bwsim.AS, func(t *testing.T, _ *lab, c *simConn) {
			c.host.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "add bwcti", Times: 1})
			if f := failure(t, 20*time.Second, applying(m, identityRequest(c))); f.Class != sdk.Unreachable {
				t.Errorf("class %s", f.Class)
			}
		}, nil)
	})
	t.Run("after the effect", func(t *testing.T) {
		dialects(t, bwsim.AS, func(t *testing.T, _ *lab, c *simConn) {
			c.host.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "add bwcti", Times: 1, AfterEffect: true})
			if !apply(t, m, identityRequest(c)).Changed {
				t.Error("not changed")
			}
			if n := added(c, "add bwcti"); n != 1 {
				t.Errorf("typed %d times", n)
			}
		}, nil)
	})
	t.Run("and not back", func(t *testing.T) {
		dialects(t, bwsim.AS, func(t *testing.T, _ *lab, c *simConn) {
			c.host.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "add bwcti"})
			c.host.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "cd ", Skip: 1})
			c.host.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "bwcli", Skip: 1})
			if f := failure(t, 20*time.Second, applying(m, identityRequest(c))); f.Class != sdk.Uncertain {
				t.Errorf("class %s", f.Class)
			}
		}, nil)
	})
}

// added counts how often a command was typed, by the fleet's own record.
func added(c *simConn, prefix string) (n int) {
	for _, e := range c.lab.Record() {
		if e.Kind == bwsim.Command && strings.HasPrefix(e.Text, prefix) {
			n++
		}
	}
	return n
}

func TestRefused(t *testing.T) {
	m := ClientIdentity{}
	for _, text := range []string{"", "[Error] Not now.", "Failed to write data to the configuration system\nThe reason.", "nonsense"} {
		t.Run(text, func(t *testing.T) {
			dialects(t, bwsim.AS, func(t *testing.T, _ *lab, c *simConn) {
				c.host.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "add bwcti", Text: text})
				f := failure(t, 20*time.Second, applying(m, identityRequest(c)))
				if f.Class != sdk.Failed && f.Class != sdk.Busy || !strings.Contains(f.What, "add bwcticlient.webex.com") || !strings.Contains(f.What, strings.Split(text, "\n")[0]) {
					t.Error("failure lacks class, command or answer")
				}
			}, nil)
		})
	}
}

func TestHanging(t *testing.T) {
	dialects(t, bwsim.AS, func(t *testing.T, _ *lab, c *simConn) {
		remove := c.host.Fault(bwsim.Fault{Kind: bwsim.Hang, Match: "get"})
		if f := failure(t, 500*time.Millisecond, checking(ClientIdentity{}, identityRequest(c))); f.Class != sdk.Timeout {
			t.Errorf("class %s", f.Class)
		}
		remove()
		check(t, ClientIdentity{}, identityRequest(c)) // in a new session
	}, nil)
}

func TestLogin(t *testing.T) {
	required := func(o *bwsim.Options) { o.Profile.Login = bwsim.LoginRequired }
	m := ClientIdentity{}
	name := map[string]cty.Value{"name": cty.StringVal("x")}
	login := func(t *testing.T, c *simConn, password string) *sdk.Request {
		return c.request(m, name, map[string]cty.Value{"bwcli_user": cty.StringVal("admin"), "bwcli_password": c.secret(t, "pw", []byte(password))})
	}
	dialects(t, bwsim.AS, func(t *testing.T, _ *lab, c *simConn) {
		if f := failure(t, 20*time.Second, checking(m, identityRequest(c))); !strings.Contains(strings.Join(f.Do, " "), "bwcli_user") {
			t.Error("no advice")
		}
		f := failure(t, 20*time.Second, checking(m, login(t, c, "wrong secret")))
		if !strings.Contains(f.Summary, "login") || strings.Contains(explain(f), "wrong secret") {
			t.Error("not the login's failure, or the password is in it")
		}
		check(t, m, login(t, c, "admin password"))
	}, required)
}

func TestWrongServer(t *testing.T) {
	dialects(t, bwsim.AS, func(t *testing.T, l *lab, c *simConn) {
		m := CertificateAuthentication{}
		f := failure(t, 20*time.Second, checking(m, c.request(m, map[string]cty.Value{"allow_client_app": cty.True}, nil)))
		if !strings.Contains(f.Summary, "runs AS") {
			t.Error(f.Summary)
		}
	}, nil)
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		if f := failure(t, 20*time.Second, checking(ClientIdentity{}, identityRequest(c))); !strings.Contains(f.Summary, "runs XSP") {
			t.Error(f.Summary)
		}
	}, nil)
}

func TestUploadFaults(t *testing.T) {
	for _, fault := range []bwsim.Fault{{Kind: bwsim.DiskFull, Bytes: 100}, {Kind: bwsim.CutUpload, Bytes: 100}} {
		dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
			s := ctiSteps(t, l, c)[0]
			remove := c.host.Fault(fault)
			failure(t, 20*time.Second, applying(s.module, c.request(s.module, s.args, nil)))
			if got := c.host.Stored().CTITrusts; len(got) > 0 {
				t.Errorf("stored %v", got)
			}
			remove()
			apply(t, s.module, c.request(s.module, s.args, nil))
			if left := slices.DeleteFunc(c.host.Files("/var/broadworks/tmp"), func(n string) bool { return strings.HasSuffix(n, ".part") }); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		}, nil)
	}
}

func TestRestartFaults(t *testing.T) {
	m := Restart{}
	prepared := func(t *testing.T, l *lab, c *simConn) {
		t.Helper()
		for _, s := range ctiSteps(t, l, c) {
			apply(t, s.module, c.request(s.module, s.args, nil))
		}
	}
	t.Run("slow", func(t *testing.T) {
		dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
			prepared(t, l, c)
			for range 2 { // first the port is new, then it was open before
				t.Log(apply(t, m, c.request(m, nil, nil)).Notes)
			}
			if got := c.host.Active().CTI; len(got) != 1 {
				t.Errorf("active %v", got)
			}
		}, func(o *bwsim.Options) { o.RestartTime = 300 * time.Millisecond })
	})
	t.Run("stuck", func(t *testing.T) {
		dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
			prepared(t, l, c)
			c.host.Fault(bwsim.Fault{Kind: bwsim.RestartStuck})
			if f := failure(t, time.Second, applying(m, c.request(m, nil, nil))); f.Class != sdk.Timeout {
				t.Errorf("class %s", f.Class)
			}
		}, nil)
	})
	t.Run("ignored", func(t *testing.T) {
		dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
			prepared(t, l, c)
			apply(t, m, c.request(m, nil, nil))
			c.host.Fault(bwsim.Fault{Kind: bwsim.RestartIgnored})
			r := c.request(m, map[string]cty.Value{"begin_within": cty.StringVal("300ms")}, nil)
			if f := failure(t, 20*time.Second, applying(m, r)); f.Class != sdk.Failed {
				t.Errorf("class %s", f.Class)
			}
		}, nil)
	})
	t.Run("refused", func(t *testing.T) {
		dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
			c.host.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "restartbw", Text: "Permission denied: role BWORKS is needed"})
			if f := failure(t, 20*time.Second, applying(m, c.request(m, nil, nil))); f.Class != sdk.Failed || !strings.Contains(f.What, "Permission") {
				t.Error("wrong failure")
			}
		}, nil)
	})
	t.Run("dropped", func(t *testing.T) {
		dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
			prepared(t, l, c)
			c.host.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "restartbw", AfterEffect: true, Times: 1})
			t.Log(apply(t, m, c.request(m, nil, nil)).Notes)
		}, nil)
	})
	t.Run("application server", func(t *testing.T) {
		dialects(t, bwsim.AS, func(t *testing.T, l *lab, c *simConn) {
			t.Log(apply(t, m, c.request(m, nil, nil)).Notes)
		}, func(o *bwsim.Options) { o.RestartTime = 300 * time.Millisecond })
	})
}

// TestBusy meets a server that restarts: bwcli does not start.
func TestBusy(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		c.host.Fault(bwsim.Fault{Kind: bwsim.RestartStuck})
		other := l.conn(t, c.host)
		m := CertificateAuthentication{}
		r := c.request(m, map[string]cty.Value{"allow_client_app": cty.True}, nil)
		check(t, m, r)
		failure(t, time.Second, applying(Restart{}, other.request(Restart{}, nil, nil)))
		if f := failure(t, 2*time.Second, checking(m, l.conn(t, c.host).request(m, map[string]cty.Value{"allow_client_app": cty.True}, nil))); f.Class != sdk.Busy && f.Class != sdk.Timeout {
			t.Errorf("class %s", f.Class)
		}
	}, nil)
}

func TestDrift(t *testing.T) {
	dialects(t, bwsim.XSP, func(t *testing.T, l *lab, c *simConn) {
		steps := ctiSteps(t, l, c)
		for _, s := range steps {
			apply(t, s.module, c.request(s.module, s.args, nil))
		}
		apply(t, Restart{}, c.request(Restart{}, nil, nil))

		t.Run("anchor of another certificate", func(t *testing.T) {
			swapped := map[string]cty.Value{"interface": cty.StringVal("cti"), "alias": steps[0].args["alias"], "pem": steps[1].args["pem"]}
			apply(t, TrustAnchor{}, c.request(TrustAnchor{}, swapped, nil))
			if v := check(t, TrustAnchor{}, c.request(TrustAnchor{}, steps[0].args, nil)).Verdict; v != sdk.Change {
				t.Error(v)
			}
			apply(t, TrustAnchor{}, c.request(TrustAnchor{}, steps[0].args, nil))
			want, _, _ := tlsinfo.Certificate(steps[0].args["pem"].AsString())
			for _, trust := range c.host.Stored().CTITrusts {
				if trust.Alias == steps[0].args["alias"].AsString() && !trust.Certificate.Equal(want) {
					t.Error("not replaced")
				}
			}
		})
		t.Run("anchor goes", func(t *testing.T) {
			gone := map[string]cty.Value{"interface": cty.StringVal("cti"), "alias": steps[0].args["alias"], "ensure": cty.StringVal("absent")}
			for i, want := range []bool{true, false} {
				if got := apply(t, TrustAnchor{}, c.request(TrustAnchor{}, gone, nil)).Changed; got != want {
					t.Errorf("apply %d changed: %v", i+1, got)
				}
			}
			if n := len(c.host.Stored().CTITrusts); n != 1 {
				t.Errorf("%d anchors", n)
			}
		})
		m := CTIInterface{}
		t.Run("row and exact lists", func(t *testing.T) {
			exact := map[string]cty.Value{"client_auth": cty.False, "certificate": steps[3].args["certificate"],
				"protocols": strs("TLSv1.2"), "ciphers": strs("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
					"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")}
			r := c.request(m, exact, nil)
			res := check(t, m, r)
			if res.Verdict != sdk.Change || len(res.Notes) == 0 {
				t.Errorf("%+v", res)
			}
			apply(t, m, r)
			if res := check(t, m, r); res.Verdict != sdk.NoChange || res.Pending == "" {
				t.Errorf("before the restart: %+v", res)
			}
			apply(t, Restart{}, c.request(Restart{}, nil, nil))
			if res := check(t, m, r); res.Verdict != sdk.NoChange || res.Pending != "" {
				t.Errorf("after the restart: %+v", res)
			}
			row := c.host.Active().CTI[0]
			if len(row.Ciphers) != 3 || slices.Contains(row.Ciphers, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") || row.ClientAuthReq || row.Certificate.SelfSigned {
				t.Errorf("active: %+v", row)
			}
		})
	}, nil)
}
