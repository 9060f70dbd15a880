package sdktest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// broken breaks the promise that its argument names.
type broken struct{}

func (*broken) Describe() sdk.Description {
	return sdk.Description{
		Name: "broken", Summary: "Breaks a promise.", Doc: "x", Example: "x", Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{{Name: "promise", Type: cty.String, Required: true, Doc: "Which."}}},
	}
}

func (*broken) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	if !req.Args.Value.IsWhollyKnown() {
		return []sdk.Problem{{Arg: "promise", Summary: "I must know"}}
	}
	return nil
}

func (*broken) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	change := &sdk.CheckResult{Verdict: sdk.Change, Diff: []sdk.Diff{{What: "x"}}}
	switch req.Args.Attr("promise").AsString() {
	case "check writes":
		return change, req.Conn.Put(ctx, sdk.Put{Path: "/tmp/x"})
	case "no diff":
		change.Diff = nil
	}
	_, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"id"}, Effect: sdk.Read})
	return change, err
}

func (*broken) Apply(_ context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	return &sdk.ApplyResult{Changed: req.Args.Attr("promise").AsString() != "apply does nothing"}, nil
}

const which = "BROKEN_PROMISE"

// TestBroken fails on purpose, for TestConformFindsBrokenPromises.
func TestBroken(t *testing.T) {
	promise := os.Getenv(which)
	if promise == "" {
		t.Skip("runs as a part of TestConformFindsBrokenPromises")
	}
	sdktest.Conform(t, &broken{}, sdktest.Case{
		Name: "case", Args: map[string]cty.Value{"promise": cty.StringVal(promise)},
		Prepare: func(c *sdktest.Conn, _ map[string]cty.Value) { c.Commands = map[string]sdk.CommandResult{"id": {}} },
	})
}

func TestConformFindsBrokenPromises(t *testing.T) {
	for promise, want := range map[string]string{
		"check writes":       "Check may only read; it did [{put /tmp/x idempotent}]",
		"no diff":            "Check says change and shows no diff",
		"apply does nothing": "Apply changed nothing after Check said change",
		"never settles":      "a second run would change the host again",
		"judges the unknown": "Validate judges arguments that are not known",
	} {
		t.Run(promise, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestBroken$", "-test.v")
			cmd.Env = append(os.Environ(), which+"="+promise)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Error("the module passed")
			}
			for _, way := range []string{"direct", "grpc", "process"} {
				if !strings.Contains(string(out), "--- FAIL: TestBroken/"+way+"/case") {
					t.Errorf("%s: the module passed", way)
				}
			}
			if !strings.Contains(string(out), want) {
				t.Errorf("nobody says %q: %s", want, out)
			}
		})
	}
}
