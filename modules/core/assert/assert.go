// Package assert is the module assert: it fails, in the playbook's words, where a condition about known values does not
// hold.
//
// Its one noun is the condition: an expression that the engine has evaluated when the module sees it. It asks nothing of
// the host; what a host shows is compared by giving a condition the outputs of a task that read it.
package assert

import (
	"context"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// Module is the module assert.
type Module struct{}

const doc = `Evaluated on the control machine for each host of the play; the host is not contacted. Where the condition is false, the
task fails with ` + "`error_message`" + ` as its summary, and the host starts nothing more.

Several conditions are several tasks, or one with ` + "`for_each`" + `. A condition over values of all hosts at once belongs in a
` + "`check`" + ` block of the play, and one over an input in the ` + "`validation`" + ` of its variable: both use the same two words.

A condition that refers to a task that a plan does not run is not known in that plan, and shown so.`

// Describe says what the module takes and is.
func (Module) Describe() sdk.Description {
	return sdk.Description{
		Name:    "assert",
		Summary: "Fails with a message of yours where a condition does not hold.",
		Doc:     doc,
		Example: `task "assert" "release" {
  condition     = semver(host.data.release, ">= 23.0")
  error_message = "${host.name} runs ${host.data.release}; CTI over TLS needs release 23 or later."
}`,
		Kind: sdk.Probe,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "condition", Type: cty.Bool, Required: true, Doc: "What must be true."},
			{Name: "error_message", Type: cty.String, Required: true, Doc: "What a person reads where it is false: what is wrong and what to do."},
		}},
	}
}

// Validate refuses a message that says nothing. It does not judge the condition: which hosts get here is not known yet.
func (Module) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	if req.Args.Known("error_message") && strings.TrimSpace(req.Args.Attr("error_message").AsString()) == "" {
		return []sdk.Problem{{Arg: "error_message", Summary: "error_message is empty",
			Advice: "Say in a sentence what is wrong where the condition is false, and what to do."}}
	}
	return nil
}

// Check fails where the condition is false.
func (Module) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var args struct {
		Condition    bool   `cty:"condition"`
		ErrorMessage string `cty:"error_message"`
	}
	if err := req.Args.Decode(&args); err != nil {
		return nil, err
	}
	if !args.Condition {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: strings.TrimSpace(args.ErrorMessage), Why: "the condition is false",
			State: "nothing was asked of the host", Arg: "condition"}
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
}

// Apply judges as Check does: there is nothing to change.
func (m Module) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	if _, err := m.Check(ctx, req); err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{}, nil
}
