package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/diag"
)

// Variable is the declaration of a typed input.
type Variable struct {
	Name      string
	Type      hcl.Expression // nil: any
	Default   hcl.Expression // nil: required
	Sensitive bool
	Rules     []Rule // validation blocks
	Range     hcl.Range
}

// Rule is a condition with the message for when it does not hold: a validation block or a check block.
type Rule struct {
	Condition    hcl.Expression
	ErrorMessage hcl.Expression
	Range        hcl.Range
}

// typed is a declaration whose type and default were read.
type typed struct {
	Variable
	ty       cty.Type
	defaults *typeexpr.Defaults
}

// Variables gives every declared variable its value from inputs, or its default, and checks types and rules. Values from
// inputs carry the Operator mark; those of a sensitive variable the Sensitive mark. All problems are reported at once; the map
// always has every name, unknown where there was a problem.
func Variables(decls []Variable, in Inputs, functions map[string]function.Function) (map[string]cty.Value, diag.Diagnostics) {
	values := map[string]cty.Value{}
	vars, ds := readTypes(decls)
	given, more := in.collect(vars)
	ds = append(ds, more...)
	bad := map[string]bool{}
	for _, v := range vars {
		val, more := v.value(given[v.Name])
		bad[v.Name] = more.HasErrors()
		values[v.Name], ds = val, append(ds, more...)
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{"var": cty.ObjectVal(values)}, Functions: functions}
	for _, v := range vars {
		if !bad[v.Name] {
			ds = append(ds, v.checkRules(ctx, given[v.Name])...)
		}
	}
	return values, ds
}

func readTypes(decls []Variable) ([]typed, diag.Diagnostics) {
	var out []typed
	var ds diag.Diagnostics
	for _, d := range decls {
		t := typed{Variable: d, ty: cty.DynamicPseudoType}
		if d.Type != nil {
			ty, defaults, hd := typeexpr.TypeConstraintWithDefaults(d.Type)
			ds = append(ds, diag.FromHCL(hd).Within(fmt.Sprintf("variable %q", d.Name))...)
			if !hd.HasErrors() {
				t.ty, t.defaults = ty, defaults
			}
		}
		ds = append(ds, d.checkRefs()...)
		out = append(out, t)
	}
	return out, ds
}

// checkRefs holds the rule that a variable's validation sees variables only.
func (d Variable) checkRefs() diag.Diagnostics {
	var ds diag.Diagnostics
	for _, rule := range d.Rules {
		for _, r := range Refs(rule.Condition, rule.ErrorMessage) {
			if r.Root != "var" {
				ds = append(ds, diag.At(r.Range, diag.BadReference, "a validation may refer only to variables",
					"It is evaluated before anything else is known.", "Use var and functions, or a check block."))
			}
		}
	}
	return ds.Within(fmt.Sprintf("variable %q", d.Name))
}

// value is the given value, or the default, converted to the type.
func (t typed) value(g *given) (cty.Value, diag.Diagnostics) {
	unknown := cty.UnknownVal(t.ty.WithoutOptionalAttributesDeep())
	var val cty.Value
	switch {
	case g != nil:
		val = g.value.Mark(Operator)
	case t.Default != nil:
		v, ds := Evaluate(t.Default, nil)
		if ds.HasErrors() {
			return unknown, ds.Within(fmt.Sprintf("variable %q", t.Name))
		}
		val = v
	default:
		return unknown, diag.Diagnostics{t.missing()}
	}
	if t.defaults != nil && !val.IsNull() {
		val = t.defaults.Apply(val)
	}
	converted, err := convert.Convert(val, t.ty)
	if err != nil {
		return unknown, diag.Diagnostics{t.misfit(g, val, err)}
	}
	if t.Sensitive {
		converted = converted.Mark(Sensitive)
	}
	return converted, nil
}

func (t typed) missing() diag.Diagnostic {
	return diag.At(t.Range, diag.MissingVariable, fmt.Sprintf("variable %q has no value", t.Name), "It has no default, and none was given.",
		fmt.Sprintf("Give --var '%s=…', a --var-file, or MUSTER_VAR_%s in the environment.", t.Name, t.Name))
}

func (t typed) misfit(g *given, val cty.Value, err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: diag.BadVariable, Summary: fmt.Sprintf("the value of variable %q has the wrong type", t.Name),
		Detail: fmt.Sprintf("Expected %s, got %s: %s.", typeName(t.ty), got(val), err),
		Advice: fmt.Sprintf("The variable is declared at %s:%d.", t.Range.Filename, t.Range.Start.Line),
		In:     fmt.Sprintf("variable %q", t.Name),
	}
	if g == nil {
		r := t.Default.Range()
		d.Subject, d.Advice = &r, "Change the default or the type."
		return d
	}
	g.place(&d)
	return d
}

// checkRules tells with a broken rule where the value came from: that is the place to change.
func (t typed) checkRules(ctx *hcl.EvalContext, g *given) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, rule := range t.Rules {
		for _, d := range rule.Check(ctx, diag.VariableRule, fmt.Sprintf("variable %q breaks its rule", t.Name)) {
			if d.Code == diag.VariableRule {
				d.Advice = "Give another value: this one is " + g.from() + "."
			}
			ds = append(ds, d)
		}
	}
	return ds.Within(fmt.Sprintf("variable %q", t.Name))
}

// Check evaluates the rule. A condition that is unknown holds for now.
func (r Rule) Check(ctx *hcl.EvalContext, code, summary string) diag.Diagnostics {
	ok, ds := WantBool(r.Condition, ctx)
	if ds.HasErrors() {
		return ds
	}
	if !ok.IsKnown() || ok.True() {
		return ds
	}
	rng := r.Condition.Range()
	return append(ds, diag.At(rng, code, summary, r.message(ctx), "The condition shown does not hold."))
}

func (r Rule) message(ctx *hcl.EvalContext) string {
	if r.ErrorMessage == nil {
		return ""
	}
	v, ds := Evaluate(r.ErrorMessage, ctx)
	switch {
	case ds.HasErrors():
		return "Its error_message cannot be evaluated: " + ds[0].Summary + "."
	case IsSensitive(v):
		return "Its error_message holds a sensitive value and is not shown."
	}
	v, _ = v.UnmarkDeep()
	if v, err := convert.Convert(v, cty.String); err == nil && v.IsKnown() && !v.IsNull() {
		return strings.TrimSpace(v.AsString())
	}
	return ""
}

func names(vars []typed) []string {
	var out []string
	for _, v := range vars {
		out = append(out, v.Name)
	}
	slices.Sort(out)
	return out
}
