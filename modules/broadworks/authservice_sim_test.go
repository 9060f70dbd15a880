package broadworks

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
	"github.com/muster-run/muster/plugins/sdk"
)

// authConn adds what the key fan-out needs of a Conn.
type authConn struct{ *simConn }

func (c authConn) GetSecret(ctx context.Context, p string) (sdk.Handle, error) {
	b, err := c.Get(ctx, p)
	if err != nil {
		return sdk.Handle{}, err
	}
	h := sdk.Handle{ID: "of " + c.host.Name(), Name: p, Size: int64(len(b)), SHA256: sum(b)}
	c.secrets[h.ID] = b
	return h, nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func (c authConn) Stat(ctx context.Context, p string) (sdk.FileInfo, error) {
	b, err := c.Get(ctx, p)
	return sdk.FileInfo{Size: int64(len(b)), SHA256: sum(b)}, err
}

func (c authConn) Signer(_ context.Context, h sdk.Handle) (crypto.Signer, error) {
	key, err := ssh.ParseRawPrivateKey(c.secrets[h.ID])
	if err != nil {
		return nil, err
	}
	return key.(crypto.Signer), nil
}

// authRequest is a request as the engine makes it.
func (c authConn) authRequest(m sdk.Module, given map[string]cty.Value) *sdk.Request {
	r := c.httpRequest(step{m, given})
	r.Conn = c
	return r
}

// withHTTP gives a host an interface with TLS and one with mTLS, in force.
func withHTTP(t *testing.T, h *bwsim.Host) {
	t.Helper()
	if err := h.Configure(func(c *bwsim.Config) {
		for i, mtls := range []bool{false, true} {
			c.HTTP = append(c.HTTP, bwsim.HTTPInterface{IP: h.CTIAddr(), Port: httpPort + i, Name: h.Name(), Secure: true, ClientAuthReq: mtls})
		}
	}); err != nil {
		t.Fatal(err)
	}
	h.Activate()
}

func authFleet(t *testing.T, o bwsim.Options) (*lab, []authConn) {
	l := newLab(t, o)
	var conns []authConn
	for _, h := range l.Hosts() {
		withHTTP(t, h)
		conns = append(conns, authConn{l.conn(t, h)})
	}
	return l, conns
}

var quick = map[string]cty.Value{"appear_within": cty.StringVal("100ms")}

// deployAll deploys the service everywhere, with a restart where that is what it takes.
func deployAll(t *testing.T, conns []authConn) {
	t.Helper()
	m := AuthService{}
	for _, c := range conns {
		r := c.authRequest(m, quick)
		if res := check(t, m, r); res.Verdict != sdk.Change || len(res.Diff) == 0 {
			t.Errorf("first check: %+v", res)
		}
		res := apply(t, m, r)
		if !res.Changed {
			t.Error("nothing changed")
		}
		if res.Outputs.Attr("restart_first").True() {
			if res := check(t, m, r); res.Verdict != sdk.NoChange || res.Pending == "" {
				t.Errorf("before its restart: %+v", res)
			}
			restart := Restart{}
			apply(t, restart, c.request(restart, nil, nil))
			apply(t, m, r)
		}
		if res := check(t, m, r); res.Verdict != sdk.NoChange || res.Pending != "" {
			t.Errorf("second check: %+v", res)
		}
		if apply(t, m, r).Changed {
			t.Error("changed again")
		}
		if got := c.host.Stored().Token; got.DurationInHours != 1440 {
			t.Errorf("stored %+v", got)
		}
	}
}

// TestAuthServiceDialects runs the service's tasks on servers that differ in all that is not published.
func TestAuthServiceDialects(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			_, conns := authFleet(t, bwsim.Options{XSPCount: 2, ADPCount: 1, Dialect: seed})
			deployAll(t, conns)
			for _, c := range conns {
				settings := []step{
					{AuthServiceURL{}, nil},
					{ContainerOption{}, map[string]cty.Value{"key": cty.StringVal("bw.authservice.authServiceUrl"), "value": cty.StringVal(authURL)}},
					{ContainerOption{}, map[string]cty.Value{"key": cty.StringVal("bw.authservice.authServiceUrl"), "value": cty.StringVal("http://127.0.0.1:80/authService")}},
					{ContainerOption{}, map[string]cty.Value{"key": cty.StringVal("bw.authservice.authServiceUrl"), "ensure": cty.StringVal("absent")}},
					{CommunicationUtility{}, map[string]cty.Value{"settings": cty.MapVal(map[string]cty.Value{
						"userTransactionLimit": cty.StringVal("100"), "transactionLimitPeriodSecs": cty.StringVal("1")})}},
					{XsiEvents{}, map[string]cty.Value{"call_control_application_name": cty.StringVal("com.example.events")}},
				}
				for _, s := range settings {
					settle(t, c.simConn, s, false)
				}
				got := c.host.Stored()
				if got.AuthServiceURL != authURL || len(got.ContainerOptions) != 0 || got.CallControlApplicationName != "com.example.events" {
					t.Errorf("stored: %+v", got)
				}
				only := XsiEvents{}
				res := check(t, only, c.request(only, nil, nil))
				if name := res.Outputs.Attr("call_control_application_name"); res.Verdict != sdk.NoChange || name.AsString() != "com.example.events" {
					t.Errorf("read only: %+v", res)
				}
			}
			shareAndProve(t, conns)
		})
	}
}

// fanned is what a round of the fan-out did.
type fanned struct {
	giver   string
	changed []string
}

// round does what the engine does with a module that fans out.
func round(t *testing.T, conns []authConn, given map[string]cty.Value) (f fanned, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	m := AuthServiceKeys{}
	offers := make([]*sdk.OfferResult, len(conns))
	giver, need := -1, false
	for i, c := range conns {
		if offers[i], err = m.Offer(ctx, c.authRequest(m, given)); err != nil {
			return f, err
		}
		if offers[i].Holds && giver < 0 {
			giver = i
		}
	}
	for _, o := range offers {
		need = need || giver < 0 || !o.Holds || o.Digest == "" || o.Digest != offers[giver].Digest
	}
	if !need {
		return f, nil
	}
	giver = max(giver, 0)
	f.giver = conns[giver].host.Name()
	p, err := m.Produce(ctx, conns[giver].authRequest(m, given))
	if err != nil {
		return f, err
	}
	for i, c := range conns {
		if i == giver || offers[i].Holds && offers[i].Digest == p.Digest {
			continue
		}
		c.secrets[p.Parts["keys"].ID] = conns[giver].secrets[p.Parts["keys"].ID]
		r := c.authRequest(m, given)
		if err := m.Stage(ctx, r, p); err != nil {
			return f, err
		}
		if err := m.Verify(ctx, r, p); err != nil {
			return f, err
		}
		res, err := m.Activate(ctx, r, p)
		if err != nil {
			return f, err
		}
		if res.Changed {
			f.changed = append(f.changed, c.host.Name())
		}
	}
	return f, nil
}

func mustRound(t *testing.T, conns []authConn, given map[string]cty.Value) fanned {
	t.Helper()
	f, err := round(t, conns, given)
	if err != nil {
		t.Fatal(explain(err))
	}
	return f
}

// agree judges by the simulator's own check, after a restart of everything.
func agree(t *testing.T, conns []authConn) string {
	t.Helper()
	for _, c := range conns {
		c.host.Activate()
	}
	if !conns[0].lab.KeysAgree() {
		for _, c := range conns {
			t.Errorf("%s works with keys %q", c.host.Name(), c.host.KeyDigest())
		}
	}
	for _, c := range conns {
		if left := c.host.Files("/var/broadworks/tmp"); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
	return conns[0].host.KeyDigest()
}

// shareAndProve shares keys, finds nothing to do, and replaces them.
func shareAndProve(t *testing.T, conns []authConn) {
	t.Helper()
	if f := mustRound(t, conns, nil); len(f.changed) != len(conns)-1 {
		t.Errorf("first round: %+v", f)
	}
	first := agree(t, conns)
	if f := mustRound(t, conns, nil); f.giver != "" {
		t.Errorf("second round: %+v", f)
	}
	named := map[string]cty.Value{"generation": cty.StringVal("2026-11")}
	if f := mustRound(t, conns, named); len(f.changed) != len(conns)-1 {
		t.Errorf("a new generation: %+v", f)
	}
	if second := agree(t, conns); second == first {
		t.Error("the keys are the old ones")
	}
	if f := mustRound(t, conns, named); f.giver != "" {
		t.Errorf("the same generation again: %+v", f)
	}
}

// TestKeysFromHalfDone begins with keys that hosts hold in several ways.
func TestKeysFromHalfDone(t *testing.T) {
	tests := map[string]func(t *testing.T, l *lab, set func(host int, k bwsim.Keys)){
		"one host holds keys": func(_ *testing.T, _ *lab, set func(int, bwsim.Keys)) { set(0, bwsim.NewKeys()) },
		"all hold others": func(_ *testing.T, _ *lab, set func(int, bwsim.Keys)) {
			set(0, bwsim.NewKeys())
			set(1, bwsim.NewKeys())
		},
		"the second host holds keys": func(_ *testing.T, _ *lab, set func(int, bwsim.Keys)) {
			set(1, bwsim.NewKeys())
		},
	}
	for name, prepare := range tests {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				l, conns := authFleet(t, bwsim.Options{XSPCount: 2, Dialect: seed})
				deployAll(t, conns)
				prepare(t, l, func(host int, k bwsim.Keys) {
					if err := l.Hosts()[host].Configure(func(c *bwsim.Config) { c.Keys = k }); err != nil {
						t.Fatal(err)
					}
					l.Hosts()[host].Activate()
				})
				mustRound(t, conns, nil)
				agree(t, conns)
				if f := mustRound(t, conns, nil); f.giver != "" {
					t.Errorf("second round: %+v", f)
				}
			})
		}
	}
}

// TestKeysAreMadeByTheTokenURL uses mTLS, as the guide has it.
func TestKeysAreMadeByTheTokenURL(t *testing.T) {
	l, conns := authFleet(t, bwsim.Options{XSPCount: 2})
	deployAll(t, conns)
	for _, c := range conns {
		for _, s := range httpAnchors(t, l) {
			apply(t, s.module, c.request(s.module, s.args, nil))
		}
		if err := c.host.Configure(func(cfg *bwsim.Config) { cfg.HTTP[0].ClientAuthReq = true }); err != nil {
			t.Fatal(err)
		}
		c.host.Activate()
	}
	given := map[string]cty.Value{"client_cert": file("client.crt", l.read(t, "client.crt")),
		"client_key": conns[0].secret(t, "client.key", []byte(l.read(t, "client.key")))}
	mustRound(t, conns, given)
	agree(t, conns)
	made := 0
	for _, e := range l.Record() {
		if e.Kind == bwsim.KeysMade {
			made++
		}
		if e.Kind == bwsim.Command && strings.Contains(e.Text, "generate") {
			t.Errorf("typed %q although the URL answers", e.Text)
		}
	}
	if made != 1 {
		t.Errorf("keys were made %d times", made)
	}
}

// TestSaltedExport: every export has other bytes, and yet a second round finds nothing to do, and a host that joins costs
// the others nothing.
func TestSaltedExport(t *testing.T) {
	_, conns := authFleet(t, bwsim.Options{XSPCount: 3, Profile: bwsim.Profile{SaltedExport: true}})
	deployAll(t, conns)
	mustRound(t, conns[:2], nil)
	if f := mustRound(t, conns[:2], nil); f.giver != "" {
		t.Errorf("second round: %+v", f)
	}
	if f := mustRound(t, conns, nil); len(f.changed) != 1 {
		t.Errorf("a third host: %+v", f)
	}
	agree(t, conns)
}

func TestKeysFaults(t *testing.T) {
	tests := map[string]struct {
		host  int
		fault bwsim.Fault
		want  string
	}{
		"export refused": {0, bwsim.Fault{Kind: bwsim.Refuse, Match: "exportKeys", Text: "[Error] Permission denied"}, "could not export the keys"},
		"export empty":   {0, bwsim.Fault{Kind: bwsim.ExportEmpty}, "wrote an empty file"},
		"import refused": {1, bwsim.Fault{Kind: bwsim.Refuse, Match: "importKeys"}, "were not imported"},
		"disk full":      {1, bwsim.Fault{Kind: bwsim.DiskFull}, "could not"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l, conns := authFleet(t, bwsim.Options{XSPCount: 2})
			deployAll(t, conns)
			if err := l.Hosts()[0].Configure(func(c *bwsim.Config) { c.Keys = bwsim.NewKeys() }); err != nil {
				t.Fatal(err)
			}
			l.Hosts()[0].Activate()
			remove := l.Hosts()[tc.host].Fault(tc.fault)
			_, err := round(t, conns, nil)
			f := (*sdk.Failure)(nil)
			if !errors.As(err, &f) || !strings.Contains(f.Summary, tc.want) {
				t.Fatalf("got %v", err)
			}
			remove()
			mustRound(t, conns, nil)
			agree(t, conns)
		})
	}
}

// TestNoMTLS: nothing is deployed before an interface demands client certificates.
func TestNoMTLS(t *testing.T) {
	l := newLab(t, bwsim.Options{XSPCount: 1})
	c := authConn{l.conn(t, l.Hosts()[0])}
	m := AuthService{}
	r := c.authRequest(m, quick)
	if res := check(t, m, r); res.Verdict != sdk.Change || len(res.Notes) == 0 {
		t.Errorf("check: %+v", res)
	}
	_, err := m.Apply(t.Context(), r)
	f := (*sdk.Failure)(nil)
	if !errors.As(err, &f) || !strings.Contains(strings.Join(f.Do, " "), "webapp_mtls") || !strings.Contains(strings.Join(f.Do, " "), "http_interface") {
		t.Fatalf("got %v", err)
	}
	for _, a := range c.host.Stored().Applications {
		if a.Name == bwsim.AuthenticationService && a.State != bwsim.AppInstalled {
			t.Errorf("%+v", a)
		}
	}
}

// TestKeysWithoutFanOut fails clearly.
func TestKeysWithoutFanOut(t *testing.T) {
	_, err := AuthServiceKeys{}.Check(t.Context(), nil)
	_, err2 := AuthServiceKeys{}.Apply(t.Context(), nil)
	for _, err := range []error{err, err2} {
		if err == nil || !strings.Contains(explain(err), "fan_out") {
			t.Errorf("got %v", err)
		}
	}
}
