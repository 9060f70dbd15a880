package lang

import (
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// Evaluate evaluates an expression and words what goes wrong as ours, without the text of sensitive values. With errors the
// value is unknown.
func Evaluate(expr hcl.Expression, ctx *hcl.EvalContext) (cty.Value, diag.Diagnostics) {
	v, hd := expr.Value(ctx)
	if len(hd) == 0 {
		return v, nil
	}
	ds := diag.FromHCL(hd)
	redact(ds, expr, ctx)
	if ds.HasErrors() {
		return cty.DynamicVal, ds
	}
	return v, ds
}

// redact takes the text of sensitive values out of diagnostics. A function may show a value in a changed form, so the words of
// a function that was given a sensitive value are not shown at all.
func redact(ds diag.Diagnostics, expr hcl.Expression, ctx *hcl.EvalContext) {
	secrets := sensitiveTexts(expr, ctx)
	if len(secrets) == 0 {
		return
	}
	for i, d := range ds {
		if d.Code == diag.BadFunctionCall {
			ds[i].Detail = "The reason is not shown, because a sensitive value takes part."
			continue
		}
		for _, s := range secrets {
			ds[i].Summary = strings.ReplaceAll(ds[i].Summary, s, "(sensitive)")
			ds[i].Detail = strings.ReplaceAll(ds[i].Detail, s, "(sensitive)")
			ds[i].Advice = strings.ReplaceAll(ds[i].Advice, s, "(sensitive)")
		}
	}
}

// sensitiveTexts lists the sensitive strings and numbers that the expression's references hold, longest first.
func sensitiveTexts(expr hcl.Expression, ctx *hcl.EvalContext) []string {
	var out []string
	for _, t := range expr.Variables() {
		v, _ := t.TraverseAbs(ctx)
		if !hasMark(v, Sensitive) {
			continue
		}
		bare, _ := v.UnmarkDeep()
		_ = cty.Walk(bare, func(_ cty.Path, v cty.Value) (bool, error) {
			if v.Type() == cty.String && v.IsKnown() && !v.IsNull() && v.AsString() != "" {
				out = append(out, v.AsString())
			}
			return true, nil
		})
	}
	sort.Slice(out, func(i, j int) bool { return len(out[i]) > len(out[j]) })
	return out
}
