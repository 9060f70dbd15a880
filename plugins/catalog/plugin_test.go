package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	"go.uber.org/goleak"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/serve"
)

// TestMain lets this binary be the plugins of its own tests: `TEST-BINARY plugin MODE`, or by the name it is linked as.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "plugin" {
		misbehave(os.Args[2])
		serve.Main(&probe{}, &plain{}, &share{})
	}
	switch filepath.Base(os.Args[0]) {
	case "muster-plugin-one":
		serve.Main(&plain{}, &named{name: "shared"})
	case "muster-plugin-two":
		serve.Main(&named{name: "twosome"}, &named{name: "shared"})
	}
	if len(os.Args) == 2 && os.Args[1] == "engine" {
		engine()
	}
	goleak.VerifyTestMain(m)
}

// probe is a module whose every move the test chooses by the argument `do`.
type probe struct{}

func (*probe) Describe() sdk.Description {
	return sdk.Description{
		Name: "probe", Summary: "Does what a test asks.", Kind: sdk.Action, Probes: true,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "do", Type: cty.String, Required: true},
			{Name: "text", Type: cty.String},
			{Name: "key", Type: cty.String, Source: sdk.FromSecretFile},
		}},
		Outputs:  sdk.Schema{Attributes: []sdk.Attribute{{Name: "said", Type: cty.String}}},
		HostData: []sdk.Attribute{{Name: "site", Type: cty.String}},
	}
}

type probeArgs struct {
	Do   string      `cty:"do"`
	Text *string     `cty:"text"`
	Key  *sdk.Handle `cty:"key"`
}

func (*probe) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	if req.Conn != nil {
		return []sdk.Problem{{Summary: "there is a connection"}}
	}
	if !req.Args.Known("text") {
		return []sdk.Problem{{Warning: true, Arg: "text", Summary: "not known yet"}}
	}
	return nil
}

func (p *probe) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	said, err := p.act(ctx, req)
	if err != nil {
		return nil, err
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Outputs: output(said), Notes: []string{"checked"}}, nil
}

func (p *probe) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	said, err := p.act(ctx, req)
	if err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Changed: true, Outputs: output(said)}, nil
}

func output(said string) sdk.Object {
	return sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"said": cty.StringVal(said)})}
}

func (p *probe) act(ctx context.Context, req *sdk.Request) (string, error) {
	var args probeArgs
	if err := req.Args.Decode(&args); err != nil {
		return "", err
	}
	text := ""
	if args.Text != nil {
		text = *args.Text
	}
	do := actions[args.Do]
	if do == nil {
		return "", fmt.Errorf("no action %q", args.Do)
	}
	return do(ctx, req, text, args.Key)
}

// plain is a module without any optional ability.
type plain struct{}

func (*plain) Describe() sdk.Description {
	return sdk.Description{Name: "plain", Summary: "Does nothing.", Kind: sdk.State}
}

func (*plain) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
}

func (*plain) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, errors.New("nothing to apply")
}

// named is plain by another name.
type named struct {
	plain
	name string
}

func (n *named) Describe() sdk.Description {
	d := n.plain.Describe()
	d.Name = n.name
	return d
}

// self is this test binary as a bundled plugin.
func self(mode string) catalog.Bundled {
	return catalog.Bundled{Name: "self", Path: os.Args[0], Args: []string{"plugin", mode}, Modules: []string{"probe", "plain"}}
}

func open(t testing.TB, o catalog.Options) *catalog.Catalog {
	t.Helper()
	if o.StartTimeout == 0 {
		o.StartTimeout = time.Minute // a busy machine is no reason to fail
	}
	c, err := catalog.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func module(t testing.TB, c *catalog.Catalog, ref string) sdk.Module {
	t.Helper()
	m, err := c.Module(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// reporter keeps what a call reported.
type reporter struct{ logs, progress []string }

func (r *reporter) Log(s string)      { r.logs = append(r.logs, s) }
func (r *reporter) Progress(s string) { r.progress = append(r.progress, s) }

func request(conn sdk.Conn, do, text string) *sdk.Request {
	return &sdk.Request{
		Host: sdk.Host{Name: "xsp1", Address: "127.0.0.1"},
		Args: sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{
			"do": cty.StringVal(do), "text": cty.StringVal(text), "key": cty.NullVal(sdk.HandleType),
		})},
		Data:   sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"site": cty.StringVal("east")})},
		Conn:   conn,
		Report: &reporter{},
	}
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
