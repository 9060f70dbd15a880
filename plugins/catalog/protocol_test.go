package catalog_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

func TestReportsAndProblemsCross(t *testing.T) {
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	m := module(t, c, "probe")
	req := request(nil, "echo", "x")
	r, err := m.Check(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != sdk.Change || len(r.Notes) != 1 {
		t.Errorf("got %+v", r)
	}
	if d := cmp.Diff(&reporter{logs: []string{"logged x"}, progress: []string{"on xsp1"}}, req.Report, cmp.AllowUnexported(reporter{})); d != "" {
		t.Error(d)
	}
	v := m.(sdk.Validator)
	if got := v.Validate(t.Context(), req); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
	req.Args.Value = cty.ObjectVal(map[string]cty.Value{
		"do": cty.StringVal("echo"), "text": cty.UnknownVal(cty.String), "key": cty.UnknownVal(sdk.HandleType),
	})
	if d := cmp.Diff([]sdk.Problem{{Warning: true, Arg: "text", Summary: "not known yet"}}, v.Validate(t.Context(), req)); d != "" {
		t.Error(d)
	}
	if _, err := m.Check(t.Context(), req); err == nil || !strings.Contains(err.Error(), "not known yet") {
		t.Errorf("arguments that are not known reached Check: %v", err)
	}
	if _, ok := module(t, c, "plain").(sdk.Validator); ok {
		t.Error("a module that does not validate became one that does")
	}
}

// Of a module that cannot tell, an unfinished attempt is not even asked: its plain "change" would repeat what may be done.
func TestUnfinishedCrossesToModulesThatProbe(t *testing.T) {
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	for name, tt := range map[string]struct {
		unfinished *sdk.Unfinished
		want       string
	}{
		"none":     {nil, "<nil>"},
		"no time":  {&sdk.Unfinished{}, "&{Since:0001-01-01 00:00:00 +0000 UTC}"},
		"with one": {&sdk.Unfinished{Since: time.Unix(7, 9)}, "&{Since:1970-01-01 00:00:07.000000009 +0000 UTC}"},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(nil, "unfinished", "")
			req.Unfinished = tt.unfinished
			r, err := module(t, c, "probe").Check(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Outputs.Attr("said").AsString(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	m := module(t, c, "plain")
	req := sdktest.Request(t, m.Describe(), sdktest.NewConn(t), nil, nil)
	req.Unfinished = &sdk.Unfinished{}
	if _, err := m.Check(t.Context(), req); err == nil || failure(t, err).Class != sdk.Uncertain {
		t.Errorf("a module that does not probe was asked: %v", err)
	}
}

func TestFilesCross(t *testing.T) {
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	conn := sdktest.NewConn(t)
	r, err := module(t, c, "probe").Apply(t.Context(), request(conn, "file", "/tmp/f"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("content"))
	want := "content 7 -rw------- " + hex.EncodeToString(sum[:4]) + " /tmp/f"
	if got := r.Outputs.Attr("said").AsString(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, there := conn.File("/tmp/f"); there {
		t.Error("the file was not removed")
	}
	if got, _ := conn.File("/tmp/f.copy"); got != "content" {
		t.Errorf("the secret's copy holds %q", got)
	}
	conn.Fault = func(sdktest.Op) error {
		return &sdk.Failure{Class: sdk.Unreachable, Summary: "gone", Err: sdk.ErrUnreachable}
	}
	_, err = module(t, c, "probe").Apply(t.Context(), request(conn, "run", "id"))
	if !errors.Is(err, sdk.ErrUnreachable) || failure(t, err).Class != sdk.Unreachable {
		t.Errorf("the host's failure came back as %#v", err)
	}
}

func TestDialCrosses(t *testing.T) {
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		peer, err := listener.Accept()
		if err != nil {
			return
		}
		defer peer.Close()
		b := make([]byte, 5)
		_, _ = io.ReadFull(peer, b)
		_, _ = peer.Write(append([]byte(strings.Repeat("y", 200_000)), b...))
	}()
	conn := sdktest.NewConn(t)
	conn.OnDial = func(ctx context.Context, to sdk.Dial) (net.Conn, error) {
		if to.Port != 8012 || to.From != sdk.FromControl {
			t.Errorf("got %+v", to)
		}
		var d net.Dialer
		return d.DialContext(ctx, "tcp", listener.Addr().String())
	}
	m := module(t, c, "probe")
	r, err := m.Apply(t.Context(), request(conn, "dial", "hello"))
	if err != nil {
		t.Fatal(err)
	}
	want := listener.Addr().String() + " <nil> " + strings.Repeat("y", 200_000) + "hello"
	if got := r.Outputs.Attr("said").AsString(); got != want {
		t.Errorf("got %d bytes: %.60s", len(got), got)
	}
	conn.OnDial = func(context.Context, sdk.Dial) (net.Conn, error) { return nil, sdk.ErrUnreachable }
	if _, err := m.Apply(t.Context(), request(conn, "dial", "hello")); !errors.Is(err, sdk.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

// What was written before Close arrives.
func TestDialWritesBeforeItCloses(t *testing.T) {
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	conn, arrived := sdktest.NewConn(t), make(chan int, 1)
	conn.OnDial = func(context.Context, sdk.Dial) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			b, _ := io.ReadAll(far)
			arrived <- len(b)
		}()
		return near, nil
	}
	req := request(conn, "dial", strings.Repeat("z", 300_000))
	req.Data.Value = cty.ObjectVal(map[string]cty.Value{"site": cty.StringVal("hang up")})
	if _, err := module(t, c, "probe").Apply(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if n := <-arrived; n != 300_000 {
		t.Errorf("%d bytes arrived", n)
	}
}

func TestSigningCrosses(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	conn := sdktest.NewConn(t)
	h := conn.Secret("client.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good")}})
	req := request(conn, "sign", "message")
	args := req.Args.Value.AsValueMap()
	args["key"] = sdktest.HandleVal(h)
	req.Args.Value = cty.ObjectVal(args)
	r, err := module(t, c, "probe").Apply(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := hex.DecodeString(r.Outputs.Attr("said").AsString())
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256([]byte("message")); !ecdsa.VerifyASN1(&key.PublicKey, sum[:], sig) {
		t.Error("the signature does not verify")
	}
}
