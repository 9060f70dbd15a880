// Package motd is the module `motd`: it keeps a text in a file on the host, such as the message of the day.
package motd

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// Module is the module. It has no fields: whatever it needs comes with each call.
type Module struct{}

// Describe says what a task can give and read.
func (*Module) Describe() sdk.Description {
	return sdk.Description{
		Name:    "motd",
		Summary: "Keeps a text in a file on the host.",
		Doc: "Reads the file, and where its content differs writes it anew, whole or not at all, and reads it back.\n" +
			"A text without a newline at its end gets one. The mode of a file that is already right is left alone.",
		Example: "task \"motd\" \"greeting\" {\n  text = \"Authorised use only.\"\n}\n",
		Kind:    sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "text", Type: cty.String, Required: true, Doc: "What the file says."},
			{Name: "path", Type: cty.String, Default: cty.StringVal("/etc/motd"), Doc: "The file, as an absolute path."},
		}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "path", Type: cty.String, Doc: "The file that was kept."},
		}},
	}
}

// args is what a task gives, decoded.
type args struct {
	Text string `cty:"text"`
	Path string `cty:"path"`
}

func decode(req *sdk.Request) (a args, err error) {
	err = req.Args.Decode(&a)
	if !strings.HasSuffix(a.Text, "\n") {
		a.Text += "\n"
	}
	return a, err
}

func (a args) outputs() sdk.Object {
	return sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal(a.Path)})}
}

// Validate finds what is wrong before any host is contacted. It judges only what is known.
func (*Module) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	if !req.Args.Known("path") {
		return nil
	}
	p := req.Args.Attr("path").AsString()
	if path.IsAbs(p) && path.Clean(p) == p {
		return nil
	}
	return []sdk.Problem{{
		Arg:     "path",
		Summary: fmt.Sprintf("path %q is not absolute", p),
		Detail:  "There is no directory that it could be relative to.",
		Advice:  "Write it from the root, without . and .., such as \"/etc/motd\".",
	}}
}

// Check compares the file with the text.
func (*Module) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	a, err := decode(req)
	if err != nil {
		return nil, err
	}
	has, err := read(ctx, req.Conn, a.Path)
	if err != nil {
		return nil, err
	}
	res := &sdk.CheckResult{Verdict: sdk.NoChange, Outputs: a.outputs()}
	if has != a.Text {
		res.Verdict = sdk.Change
		res.Diff = []sdk.Diff{{What: a.Path, Before: has, After: a.Text}}
	}
	return res, nil
}

// Apply writes the file and reads it back.
func (*Module) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	a, err := decode(req)
	if err != nil {
		return nil, err
	}
	before, err := read(ctx, req.Conn, a.Path)
	if err != nil {
		return nil, err
	}
	req.Report.Progress("writing " + a.Path)
	if err := req.Conn.Put(ctx, sdk.Put{Path: a.Path, Mode: 0o644, Content: []byte(a.Text)}); err != nil {
		return nil, &sdk.Failure{
			Class: sdk.Failed, Summary: "could not write " + a.Path, Why: err.Error(), State: "the file is as it was",
			Do: []string{"See that its directory is there, and that the login may write in it."}, Arg: "path", Err: err,
		}
	}
	after, err := read(ctx, req.Conn, a.Path)
	if err != nil {
		return nil, err
	}
	if after != a.Text {
		return nil, &sdk.Failure{
			Class: sdk.Failed, Summary: a.Path + " does not hold what was written",
			Why: "something else on the host writes the file too", State: "the file has other content now",
			Do: []string{"Find what writes " + a.Path + " on the host."},
		}
	}
	return &sdk.ApplyResult{
		Changed: true, Diff: []sdk.Diff{{What: a.Path, Before: before, After: after}}, Outputs: a.outputs(),
	}, nil
}

// read gives the file's content, empty when there is no file.
func read(ctx context.Context, conn sdk.Conn, name string) (string, error) {
	b, err := conn.Get(ctx, name)
	if errors.Is(err, sdk.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return string(b), nil
}
