package lang

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/muster-run/muster/plugins/sdk"
)

// constant evaluates an argument that refers to nothing, so that its mistakes are found now and its value is computed once.
func (c *compiler) constant(at *argAttr) {
	switch {
	case at.hcl == nil:
		if at.Required || at.Source != sdk.FromPlaybook && at.Default != cty.NilVal {
			return // the first is reported by Decode too, the second needs the run's sources
		}
		d := decoder{module: c.module}
		at.folded = d.received(at.Attribute, cty.NullVal(at.Type), place{name: at.Name})
		return
	case len(at.hcl.Expr.Variables()) > 0, c.functions == nil && calls(at.hcl.Expr):
		return
	}
	d := decoder{module: c.module, ec: &hcl.EvalContext{Functions: c.functions}}
	v := d.attr(at, hcl.Range{}, "")
	c.diags = append(c.diags, d.diags...)
	if at.Source == sdk.FromPlaybook && !d.diags.HasErrors() {
		at.folded = v
	}
}

// calls reports whether the expression calls a function.
func calls(expr hcl.Expression) bool {
	node, ok := expr.(hclsyntax.Node)
	if !ok {
		return true
	}
	found := false
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		if _, ok := n.(*hclsyntax.FunctionCallExpr); ok {
			found = true
		}
		return nil
	})
	return found
}

// faultIn names the element that keeps a value from being converted: `[2]`, `.name`.
func faultIn(v cty.Value, ty cty.Type, err error) string {
	if v.Type().IsTupleType() && (ty.IsListType() || ty.IsSetType()) && v.IsKnown() && !v.IsNull() {
		for i, e := range v.AsValueSlice() {
			if _, err := convert.Convert(e, ty.ElementType()); err != nil {
				return fmt.Sprintf("[%d]", i)
			}
		}
	}
	return errorPath(err)
}

// errorPath is the part of a value that a conversion failed at: `[2]`, `.name`.
func errorPath(err error) string {
	var pe cty.PathError
	if !errors.As(err, &pe) {
		return ""
	}
	var b strings.Builder
	for _, step := range pe.Path {
		switch s := step.(type) {
		case cty.GetAttrStep:
			b.WriteString("." + s.Name)
		case cty.IndexStep:
			if k, err := convert.Convert(s.Key, cty.String); err == nil && k.IsKnown() && !k.IsNull() {
				b.WriteString("[" + k.AsString() + "]")
			}
		}
	}
	return b.String()
}
