package lang

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/muster-run/muster/engine/diag"
)

// WantBool evaluates an expression that has to be true or false, such as when. The value is an unmarked bool, perhaps
// unknown; never null. A string is refused, even "true": the quotes are a habit that hides mistakes.
func WantBool(expr hcl.Expression, ctx *hcl.EvalContext) (cty.Value, diag.Diagnostics) {
	unknown := cty.UnknownVal(cty.Bool)
	if ds := checkBoolForm(expr); ds.HasErrors() {
		return unknown, ds
	}
	v, ds := Evaluate(expr, ctx)
	if ds.HasErrors() {
		return unknown, ds
	}
	v, _ = v.UnmarkDeep()
	switch {
	case v.Type() == cty.DynamicPseudoType && !v.IsKnown():
		return unknown, ds
	case v.IsNull():
		return unknown, append(ds, diag.At(expr.Range(), diag.NullValue, "the condition is null", "A condition is true or false.", "Guard it with coalesce() or a comparison."))
	case v.Type() != cty.Bool:
		return unknown, append(ds, diag.At(expr.Range(), diag.WrongType, "the condition is not true or false", fmt.Sprintf("Expected bool, got %s.", got(v)), "Compare the value with something."))
	}
	return v, ds
}

// checkBoolForm reports a condition that is written as a string, before it is evaluated.
func checkBoolForm(expr hcl.Expression) diag.Diagnostics {
	t, ok := expr.(*hclsyntax.TemplateExpr)
	if !ok || !t.IsStringLiteral() {
		return nil
	}
	v, _ := t.Value(nil)
	text := v.AsString()
	if inner, ok := doubleBraces(text); ok {
		text = inner
	}
	return diag.Diagnostics{diag.At(expr.Range(), diag.QuotedValue, "the condition is a string", "A string is neither true nor false, whatever it says.",
		fmt.Sprintf("Remove the quotes: %s", text))}
}

// want evaluates an expression and converts it to the type. The value keeps its marks and may be unknown or null. A nil
// expression is null.
func want(expr hcl.Expression, ctx *hcl.EvalContext, ty cty.Type) (cty.Value, diag.Diagnostics) {
	if expr == nil {
		return cty.NullVal(ty), nil
	}
	v, ds := Evaluate(expr, ctx)
	if ds.HasErrors() {
		return cty.UnknownVal(ty), ds
	}
	c, err := convert.Convert(v, ty)
	if err != nil {
		return cty.UnknownVal(ty), append(ds, diag.At(expr.Range(), diag.WrongType, "the value has the wrong type",
			fmt.Sprintf("Expected %s, got %s.", typeName(ty), got(v)), "Change the value."))
	}
	return c, ds
}

// constant evaluates an expression that has to be known and is asked for once: a rollout's or run block's setting.
func constant(expr hcl.Expression, ctx *hcl.EvalContext, ty cty.Type) (cty.Value, bool, diag.Diagnostics) {
	v, ds := want(expr, ctx, ty)
	if ds.HasErrors() {
		return v, false, ds
	}
	v, _ = v.UnmarkDeep()
	switch {
	case !v.IsWhollyKnown():
		return v, false, append(ds, diag.At(expr.Range(), diag.NotYetKnown, "the value is needed before the run", "It depends on something that is known only during the run.", "Use a variable or a constant."))
	case v.IsNull():
		return v, false, ds
	}
	return v, true, ds
}

// Duration evaluates a duration such as "90s", "2m" or "1h30m". A nil expression and null give missing.
func Duration(expr hcl.Expression, ctx *hcl.EvalContext, missing time.Duration) (time.Duration, diag.Diagnostics) {
	v, ok, ds := constant(expr, ctx, cty.String)
	if !ok {
		return missing, ds
	}
	d, err := time.ParseDuration(strings.TrimSpace(v.AsString()))
	if err != nil || d < 0 {
		return missing, append(ds, diag.At(expr.Range(), diag.BadDuration, fmt.Sprintf("%q is no duration", v.AsString()),
			"A duration is a number with a unit: ms, s, m or h; several may follow each other.", `Write for example "90s" or "1h30m".`))
	}
	return d, ds
}

// Int evaluates a whole number from least to most. A nil expression and null give missing.
func Int(expr hcl.Expression, ctx *hcl.EvalContext, missing, least, most int) (int, diag.Diagnostics) {
	v, ok, ds := constant(expr, ctx, cty.Number)
	if !ok {
		return missing, ds
	}
	n, exact := v.AsBigFloat().Int64()
	if exact != big.Exact || n < int64(least) || n > int64(most) {
		return missing, append(ds, diag.At(expr.Range(), diag.BadCount, "the number cannot be used",
			fmt.Sprintf("Expected a whole number from %d to %d.", least, most), "Change the number."))
	}
	return int(n), ds
}

// Text evaluates a string. A nil expression and null give "".
func Text(expr hcl.Expression, ctx *hcl.EvalContext) (string, diag.Diagnostics) {
	v, ok, ds := constant(expr, ctx, cty.String)
	if !ok {
		return "", ds
	}
	return v.AsString(), ds
}

// Strings evaluates a list of strings. A nil expression and null give nil.
func Strings(expr hcl.Expression, ctx *hcl.EvalContext) ([]string, diag.Diagnostics) {
	v, ok, ds := constant(expr, ctx, cty.List(cty.String))
	if !ok {
		return nil, ds
	}
	var out []string
	for _, e := range v.AsValueSlice() {
		if e.IsNull() {
			return nil, append(ds, diag.At(expr.Range(), diag.NullValue, "an element of the list is null", "Every element has to be a string.", "Use compact()."))
		}
		out = append(out, e.AsString())
	}
	return out, ds
}

// Count is a number of hosts, or a share of those there are.
type Count struct {
	N       int
	Percent bool
}

// Of is the count among n hosts. A share is rounded down, but a share above 0 % is at least one host.
func (c Count) Of(n int) int {
	if !c.Percent {
		return c.N
	}
	if c.N > 0 && n > 0 {
		return max(1, c.N*n/100)
	}
	return 0
}

// Up is the count among n hosts with a share rounded up: the share of a batch. A share of 0 % is no host.
func (c Count) Up(n int) int {
	if !c.Percent {
		return c.N
	}
	return (c.N*n + 99) / 100
}

// String gives the count as it is written.
func (c Count) String() string {
	if c.Percent {
		return strconv.Itoa(c.N) + "%"
	}
	return strconv.Itoa(c.N)
}

// CountOf evaluates a number such as 2 or a percentage such as "25%". A nil expression and null give missing.
func CountOf(expr hcl.Expression, ctx *hcl.EvalContext, missing Count) (Count, diag.Diagnostics) {
	v, ok, ds := constant(expr, ctx, cty.String)
	if !ok {
		return missing, ds
	}
	text, percent := strings.CutSuffix(strings.TrimSpace(v.AsString()), "%")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || percent && n > 100 {
		return missing, append(ds, diag.At(expr.Range(), diag.BadCount, fmt.Sprintf("%q is neither a number nor a percentage", v.AsString()),
			"Expected a whole number of hosts, or a share of them from 0% to 100%.", `Write for example 2 or "25%".`))
	}
	return Count{N: n, Percent: percent}, ds
}

// Counts evaluates a list of numbers and percentages, each reported at its own place. A nil expression and null give nil.
func Counts(expr hcl.Expression, ctx *hcl.EvalContext) ([]Count, diag.Diagnostics) {
	if expr == nil {
		return nil, nil
	}
	if items, hd := hcl.ExprList(expr); !hd.HasErrors() {
		return countsOf(items, ctx)
	}
	v, ok, ds := constant(expr, ctx, cty.List(cty.String))
	if !ok {
		for i := range ds {
			if ds[i].Code == diag.WrongType {
				ds[i].Detail = "Expected a list of numbers and percentages" + strings.TrimPrefix(ds[i].Detail, "Expected "+typeName(cty.List(cty.String)))
				ds[i].Advice = `Write for example [1, 5, "100%"].`
			}
		}
		return nil, ds
	}
	var items []hcl.Expression
	for _, e := range v.AsValueSlice() {
		items = append(items, hcl.StaticExpr(e, expr.Range()))
	}
	return countsOf(items, ctx)
}

func countsOf(items []hcl.Expression, ctx *hcl.EvalContext) ([]Count, diag.Diagnostics) {
	missing := Count{N: -1} // what no text gives
	out := []Count{}
	var ds diag.Diagnostics
	for _, item := range items {
		c, more := CountOf(item, ctx, missing)
		if c == missing && !more.HasErrors() {
			more = append(more, diag.At(item.Range(), diag.NullValue, "an element of the list is null", "Every element has to be a number or a percentage.", "Use compact()."))
		}
		out, ds = append(out, c), append(ds, more...)
	}
	return out, ds
}
