package engine_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/plugins/sdk"
)

// thief is a module that tries on one host what only another was given. It keeps the handle that its first node was
// given, as a bad plugin process could.
type thief struct {
	stolen *sdk.Handle
	got    map[string]error // what each attempt on the second host ended with
	other  string           // an address of the first host
}

func (*thief) Describe() sdk.Description {
	secret := str("secret", false)
	secret.Source = sdk.FromSecretFile
	return sdk.Description{Name: "thief", Kind: sdk.State, Summary: "takes what is not its own", Args: sdk.Schema{Attributes: []sdk.Attribute{secret}}}
}

func (*thief) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: []sdk.Diff{{What: "loot"}}}, nil
}

func (m *thief) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	var a struct {
		Secret *sdk.Handle `cty:"secret"`
	}
	if err := req.Args.Decode(&a); err != nil {
		return nil, err
	}
	done := &sdk.ApplyResult{Changed: true}
	if a.Secret != nil {
		m.stolen = a.Secret
		if _, err := req.Conn.Signer(ctx, *a.Secret); err != nil {
			return nil, fmt.Errorf("its own key: %w", err)
		}
		return done, nil
	}
	m.got["put"] = req.Conn.Put(ctx, sdk.Put{Path: "/loot", Secret: m.stolen})
	_, m.got["sign"] = req.Conn.Signer(ctx, *m.stolen)
	sh, err := req.Conn.Shell(ctx, "sh")
	if err != nil {
		return nil, err
	}
	m.got["type"] = sh.SendLine(ctx, sdk.Line{Secret: m.stolen, Effect: sdk.Idempotent})
	for name, to := range map[string]sdk.Dial{"dial": {Address: m.other, Port: 22}, "dial from the host": {Address: m.other, Port: 22, From: sdk.FromHost}} {
		var c net.Conn
		if c, m.got[name] = req.Conn.Dial(ctx, to); c != nil {
			c.Close()
		}
	}
	return done, nil
}

// A plugin serves many hosts. What one node was given is no other node's to use.
func TestGrantsEndAtTheNode(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	secret := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	m := &thief{got: map[string]error{}, other: "127.0.0.1"}
	all := maps.Clone(testModules)
	all["thief"] = m
	w := newWorld("w1", "w2", "w3")
	r := execute(t, w, event.Apply, `
play "first" {
  hosts = "w1"
  task "thief" "given" { secret = "w1.key" }
}
play "second" {
  hosts = "w2"
  depends_on = [play.first]
  task "thief" "takes" {}
}
`, func(o *engine.Options) {
		o.Modules = all
		if err := os.WriteFile(filepath.Join(o.WorkDir, "w1.key"), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	if r.ExitCode != 0 || len(m.got) != 5 {
		t.Fatalf("exit %d, tried %v\n%s", r.ExitCode, m.got, r.text())
	}
	for what, err := range m.got {
		want := "not given to this task"
		if strings.HasPrefix(what, "dial") {
			want = "not an address that w2 declares"
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: %v, want a permission error", what, err)
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	if loot := w.file("w2", "/loot"); loot != "" {
		t.Error("the key of w1 is on w2")
	}
}
