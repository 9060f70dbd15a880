package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/plugins/sdk"
)

// judge asks the module. A module sees sensitive values, and may repeat them in what it says: they are taken out.
func (e *evaluation) judge(ctx context.Context, args cty.Value, data sdk.Object) diag.Diagnostics {
	v, ok := e.block.Module.(sdk.Validator)
	if !ok {
		return nil
	}
	args, secrets := bare(args)
	data.Value, _ = bare(data.Value)
	hide := strings.NewReplacer(secrets...)
	var ds diag.Diagnostics
	for _, p := range v.Validate(ctx, &sdk.Request{Args: sdk.Object{Value: args}, Data: data, Report: silent{}}) {
		d := diag.At(e.block.Args.Range(p.Arg), diag.BadArgument, hide.Replace(p.Summary), hide.Replace(p.Detail), hide.Replace(p.Advice))
		if p.Warning {
			d.Severity, d.Code = diag.Warning, diag.ModuleWarning
		}
		if d.Advice == "" {
			d.Advice = "What the argument means: muster docs " + e.block.ModuleName
		}
		ds = append(ds, d)
	}
	return ds
}

// bare takes the marks off, and lists the sensitive texts with what is shown in their place.
func bare(v cty.Value) (cty.Value, []string) {
	if v == cty.NilVal {
		return v, nil
	}
	out, paths := v.UnmarkDeepWithPaths()
	var secrets []string
	for _, p := range paths {
		if _, sensitive := p.Marks[lang.Sensitive]; !sensitive {
			continue
		}
		part, err := p.Path.Apply(out)
		if err != nil {
			panic(fmt.Sprintf("plan: path of a mark: %s", err)) // the path was found in this value
		}
		_ = cty.Walk(part, func(_ cty.Path, s cty.Value) (bool, error) {
			if s.Type() == cty.String && s.IsKnown() && !s.IsNull() && s.AsString() != "" {
				secrets = append(secrets, s.AsString(), "(sensitive)")
			}
			return true, nil
		})
	}
	return out, secrets
}

// silent is the reporter of a Validate, which has nothing to show.
type silent struct{}

func (silent) Log(string) {}

func (silent) Progress(string) {}
