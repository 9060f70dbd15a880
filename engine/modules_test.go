package engine_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// modules are those of these tests, in the same process.
type modules map[string]sdk.Module

func (m modules) Module(_ context.Context, name string) (sdk.Module, error) {
	if mod, ok := m[name]; ok {
		return mod, nil
	}
	return nil, fmt.Errorf("no module %q", name)
}

func (m modules) Names() []string { return slices.Sorted(maps.Keys(m)) }

var testModules = modules{"note": note{}, "bounce": bounce{}, "alive": alive{}, "lie": lie{}, "vault": vault{}, "quiet": quiet{}, "reboot": reboot{}, "loud": loud{}, "sealed": sealed{}}

func str(name string, required bool) sdk.Attribute {
	return sdk.Attribute{Name: name, Type: cty.String, Doc: name, Required: required}
}

// note keeps a text in a file: a module of kind state.
type note struct{}

type noteArgs struct {
	Path   string      `cty:"path"`
	Text   string      `cty:"text"`
	Secret *sdk.Handle `cty:"secret"`
}

func (note) Describe() sdk.Description {
	secret := str("secret", false)
	secret.Source = sdk.FromSecretFile
	return sdk.Description{Name: "note", Kind: sdk.State, Summary: "keeps a text in a file",
		Args:    sdk.Schema{Attributes: []sdk.Attribute{str("path", true), str("text", true), secret}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{str("now", false)}}}
}

func (note) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	var a noteArgs
	if err := req.Args.Decode(&a); err != nil {
		return nil, err
	}
	have, err := req.Conn.Get(ctx, a.Path)
	if err != nil && !errors.Is(err, sdk.ErrNotExist) {
		return nil, err
	}
	if string(have) == a.Text {
		return &sdk.CheckResult{Verdict: sdk.NoChange, Outputs: now(a.Text)}, nil
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: []sdk.Diff{{What: a.Path, Before: string(have), After: a.Text}}}, nil
}

func (note) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	var a noteArgs
	if err := req.Args.Decode(&a); err != nil {
		return nil, err
	}
	before, _ := req.Conn.Get(ctx, a.Path)
	req.Report.Log("writing " + a.Text)
	if a.Secret != nil {
		if err := req.Conn.Put(ctx, sdk.Put{Path: a.Path + ".secret", Secret: a.Secret}); err != nil {
			return nil, err
		}
	}
	if err := req.Conn.Put(ctx, sdk.Put{Path: a.Path, Content: []byte(a.Text)}); err != nil {
		return nil, &sdk.Failure{Summary: "could not write " + a.Path, Why: err.Error(), Arg: "path", Err: err}
	}
	return &sdk.ApplyResult{Changed: true, Diff: []sdk.Diff{{What: a.Path, Before: string(before), After: a.Text}}, Outputs: now(a.Text)}, nil
}

func now(s string) sdk.Object {
	return sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"now": cty.StringVal(s)})}
}

// bounce is an action: a restart.
type bounce struct{}

func (bounce) Describe() sdk.Description {
	return sdk.Description{Name: "bounce", Kind: sdk.Action, Summary: "restarts", Probes: true}
}

func (bounce) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	if req.Unfinished == nil {
		return &sdk.CheckResult{Verdict: sdk.Change}, nil
	}
	text, err := req.Conn.Get(ctx, "/started")
	switch started, _ := time.Parse(time.RFC3339Nano, string(text)); {
	case err != nil && !errors.Is(err, sdk.ErrNotExist):
		return nil, err
	case started.After(req.Unfinished.Since):
		return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
	}
	return &sdk.CheckResult{Verdict: sdk.Change}, nil
}

func (bounce) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	if _, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"bounce"}, Effect: sdk.Once}); err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Changed: true}, nil
}

// alive is a probe: the host says ok.
type alive struct{}

func (alive) Describe() sdk.Description {
	return sdk.Description{Name: "alive", Kind: sdk.Probe, Summary: "asks whether the host is well"}
}

func (alive) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	text, err := req.Conn.Get(ctx, "/health")
	if err != nil {
		return nil, err
	}
	if string(text) != "ok" {
		return nil, &sdk.Failure{Summary: "the host is not well", What: string(text)}
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
}

func (alive) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, errors.New("a probe is never applied")
}

// lie fails in Check without saying more than an error.
type lie struct{}

func (lie) Describe() sdk.Description {
	return sdk.Description{Name: "lie", Kind: sdk.State, Summary: "always fails", Args: sdk.Schema{Attributes: []sdk.Attribute{str("text", false)}}}
}

func (lie) Check(_ context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	return nil, fmt.Errorf("cannot: %#v", req.Args.Attr("text"))
}

func (lie) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, errors.New("never applied")
}

// vault gives a token that must not be shown.
type vault struct{}

func (vault) Describe() sdk.Description {
	return sdk.Description{Name: "vault", Kind: sdk.State, Summary: "gives a token", Outputs: sdk.Schema{Attributes: []sdk.Attribute{str("token", false)}}}
}

func (vault) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	return &sdk.CheckResult{Verdict: sdk.NoChange, Outputs: sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{
		"token": cty.StringVal("made-canary").Mark(sdk.Sensitive)})}}, nil
}

func (vault) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, errors.New("never applied")
}

// quiet is an action that sends something and says that it changed nothing. Nobody can tell whether it did.
type quiet struct{ bounce }

func (quiet) Describe() sdk.Description {
	return sdk.Description{Name: "quiet", Kind: sdk.Action, Summary: "does something that is no change"}
}

func (quiet) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	_, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"look"}, Effect: sdk.Once})
	return &sdk.ApplyResult{}, err
}

// reboot takes its connection along and looks whether the host is back.
type reboot struct{ bounce }

func (reboot) Describe() sdk.Description {
	return sdk.Description{Name: "reboot", Kind: sdk.Action, Summary: "reboots"}
}

func (reboot) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	if _, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"reboot"}, Effect: sdk.Once}); err != nil && !errors.Is(err, sdk.ErrUnreachable) {
		return nil, err
	}
	_, err := req.Conn.Get(ctx, "/health")
	return &sdk.ApplyResult{Changed: true}, err
}

// loud gives its text on a command line and at a prompt.
type loud struct{ bounce }

func (loud) Describe() sdk.Description {
	return sdk.Description{Name: "loud", Kind: sdk.Action, Summary: "shouts", Args: sdk.Schema{Attributes: []sdk.Attribute{str("text", true)}}}
}

func (loud) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	text := req.Args.Attr("text").AsString()
	if _, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"shout", text}, Effect: sdk.Idempotent}); err != nil {
		return nil, err
	}
	sh, err := req.Conn.Shell(ctx, "sh")
	if err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Changed: true}, sh.SendLine(ctx, sdk.Line{Text: "password " + text, Effect: sdk.Once})
}

// sealed is a note whose output nobody may see.
type sealed struct{ note }

func (s sealed) Describe() sdk.Description {
	d := s.note.Describe()
	d.Name, d.Outputs.Attributes[0].Sensitive = "sealed", true
	return d
}
