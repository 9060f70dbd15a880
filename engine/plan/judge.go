package plan

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/plugins/sdk"
)

// judge asks the module.
func (e *evaluation) judge(ctx context.Context, args cty.Value, data sdk.Object) diag.Diagnostics {
	v, ok := e.block.Module.(sdk.Validator)
	if !ok {
		return nil
	}
	var ds diag.Diagnostics
	for _, p := range v.Validate(ctx, &sdk.Request{Args: sdk.Object{Value: args}, Data: data, Report: silent{}}) {
		ds = append(ds, problem(p, e.block.Args.Range(p.Arg)))
	}
	return ds
}

func problem(p sdk.Problem, at hcl.Range) diag.Diagnostic {
	d := diag.At(at, diag.BadArgument, p.Summary, p.Detail, p.Advice)
	if p.Warning {
		d.Severity, d.Code = diag.Warning, diag.ModuleWarning
	}
	if d.Advice == "" {
		d.Advice = "Change the argument."
	}
	return d
}

// silent is the reporter of a Validate, which has nothing to show.
type silent struct{}

func (silent) Log(string) {}

func (silent) Progress(string) {}
