package main

import (
	"context"
	"fmt"
	"os"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// witness is a module of somebody else that writes down all that it is given, and is as careless with it as can be. The test
// binary serves it, as a plugin of its own.
type witness struct{}

type witnessArgs struct {
	Dump    string      `cty:"dump"`
	Do      string      `cty:"do"`
	Text    *string     `cty:"text"`
	Secret  *sdk.Handle `cty:"secret"`
	KeyFile *sdk.Handle `cty:"key_file"`
	Begin   *string     `cty:"begin"`
	End     *string     `cty:"end"`
}

func (witness) Describe() sdk.Description {
	return sdk.Description{
		Name: "witness", Summary: "Writes down what it is given.", Kind: sdk.Action,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "dump", Type: cty.String, Required: true, Doc: "File on the control machine where it is written."},
			{Name: "do", Type: cty.String, Required: true, Doc: "How Apply ends.", OneOf: []string{"nothing", "panic", "exit", "fail", "wait"}},
			{Name: "text", Type: cty.String, Doc: "A text."},
			{Name: "secret", Type: cty.String, Source: sdk.FromSecret, Sensitive: true, Doc: "A secret."},
			{Name: "key_file", Type: cty.String, Source: sdk.FromSecretFile, Sensitive: true, Doc: "A secret file."},
			{Name: "begin", Type: cty.String, Doc: "Named pipe that is given a byte when Apply has begun."},
			{Name: "end", Type: cty.String, Doc: "Named pipe of which a byte is read before Apply ends."},
		}},
		Outputs:  sdk.Schema{Attributes: []sdk.Attribute{{Name: "echo", Type: cty.String, Doc: "The text, as if it were harmless."}}},
		HostData: []sdk.Attribute{{Name: "bwcli_password", Type: cty.String, Source: sdk.FromSecret, Sensitive: true, Doc: "What others are given."}},
	}
}

func (witness) Check(_ context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	args, err := testify(req, "check")
	if err != nil {
		return nil, err
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: args.diff(), Notes: []string{"given " + args.text()}}, nil
}

func (witness) Apply(_ context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	args, err := testify(req, "apply")
	if err != nil {
		return nil, err
	}
	req.Report.Log("the text is " + args.text())
	req.Report.Progress("with " + args.text())
	fmt.Fprintln(os.Stderr, "the plugin's own words:", args.text())
	switch args.Do {
	case "panic":
		panic("a bug that quotes " + args.text())
	case "exit":
		os.Exit(7)
	case "fail":
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "refused " + args.text(), What: "typed " + args.text(), Why: fmt.Sprintf("%q", args.text()),
			State: "as before: " + args.text(), Do: []string{"Do not type " + args.text()}, Arg: "text"}
	case "wait":
		if err := os.WriteFile(*args.Begin, []byte{1}, 0); err != nil {
			return nil, err
		}
		end, err := os.Open(*args.End)
		if err != nil {
			return nil, err
		}
		defer end.Close()
		if _, err := end.Read(make([]byte, 1)); err != nil {
			return nil, err
		}
	}
	return &sdk.ApplyResult{Changed: true, Diff: args.diff(), Notes: []string{"kept " + args.text()},
		Outputs: sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"echo": cty.StringVal(args.text())})}}, nil
}

func (a witnessArgs) text() string {
	if a.Text == nil {
		return "nothing"
	}
	return *a.Text
}

func (a witnessArgs) diff() []sdk.Diff {
	return []sdk.Diff{{What: "the text " + a.text(), Before: "none", After: a.text()}}
}

// testify writes the request down, the process around it included.
func testify(req *sdk.Request, call string) (args witnessArgs, err error) {
	if err := req.Args.Decode(&args); err != nil {
		return args, err
	}
	f, err := os.OpenFile(args.Dump, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return args, err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "%s %s\nargs %#v\ndata %#v\nsecret %+v\nkey file %+v\nargv %q\nenv %q\n\n",
		call, req.Host.Name, req.Args.Value, req.Data.Value, args.Secret, args.KeyFile, os.Args, os.Environ())
	return args, err
}
