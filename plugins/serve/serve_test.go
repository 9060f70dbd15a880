package serve_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"google.golang.org/grpc"

	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/serve"
)

// TestMain lets this binary be a plugin that somebody starts by hand.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "by hand" {
		serve.Main(described{Name: "motd", Kind: sdk.State})
	}
	os.Exit(m.Run())
}

// described is a module that has a description and nothing else.
type described sdk.Description

func (d described) Describe() sdk.Description { return sdk.Description(d) }

func (described) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) { return nil, nil }

func (described) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) { return nil, nil }

func TestStartedByHand(t *testing.T) {
	out, err := exec.Command(os.Args[0], "by hand").CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Errorf("ended with %v, want status 1", err)
	}
	for _, want := range []string{"This is a muster plugin", "motd", "--plugin-dir"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q: %s", want, out)
		}
	}
}

func TestModulesThatCannotBeServed(t *testing.T) {
	good := described{Name: "good", Kind: sdk.State}
	for name, tt := range map[string]struct {
		modules []sdk.Module
		want    string
	}{
		"none":     {nil, "no modules"},
		"misnamed": {[]sdk.Module{described{Name: "Bad", Kind: sdk.State}}, `module name "Bad"`},
		"no kind":  {[]sdk.Module{described{Name: "x"}}, "kind"},
		"twice":    {[]sdk.Module{good, good}, "two modules are called good"},
		"reserved": {[]sdk.Module{described{Name: "x", Kind: sdk.State, Args: sdk.Schema{
			Attributes: []sdk.Attribute{{Name: "when", Type: cty.String}}}}}, "reserved"},
		"default misfits": {[]sdk.Module{described{Name: "x", Kind: sdk.State, Args: sdk.Schema{
			Attributes: []sdk.Attribute{{Name: "n", Type: cty.Number, Default: cty.StringVal("many")}}}}}, "argument n: default"},
	} {
		t.Run(name, func(t *testing.T) {
			err := serve.Register(grpc.NewServer(), nil, tt.modules...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
