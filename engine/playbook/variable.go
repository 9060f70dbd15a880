package playbook

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/diag"
)

var variableShape = shape{attrs: []string{"type", "default", "description", "sensitive"}, blocks: map[string]int{"validation": 0}}

func (l *loader) variable(b *hclsyntax.Block) {
	v := &Variable{Name: l.name(b, 0, ""), Range: b.DefRange()}
	in := fmt.Sprintf("variable %q", v.Name)
	l.unique("variable", v.Name, v.Range, "", "Rename or remove one of the two.")
	c := l.read(b.Body, in, variableShape, v.Range)
	v.Type, v.Default = c.expr("type"), c.expr("default")
	v.Description, v.Sensitive = l.constString(c, "description"), l.constBool(c, "sensitive")
	for _, inner := range c.blocks {
		v.Validations = append(v.Validations, l.rule(inner, in+", validation"))
	}
	l.pb.Variables = append(l.pb.Variables, v)
}

func (l *loader) locals(b *hclsyntax.Block) {
	for _, inner := range b.Body.Blocks {
		l.add("locals", diag.At(inner.TypeRange, diag.UnknownBlock, "locals holds values, not blocks", "Each line is a name and a value.",
			fmt.Sprintf("Write %s = { ... }.", inner.Type)))
	}
	for _, a := range sortedAttributes(b.Body) {
		if !nameRE.MatchString(a.Name) {
			l.add("locals", diag.At(a.NameRange, diag.BadName, fmt.Sprintf("%q cannot be the name of a local value", a.Name), nameRule, "Choose another name."))
		}
		l.unique("local value", a.Name, a.NameRange, "locals", "Rename or remove one of the two.")
		l.pb.Locals = append(l.pb.Locals, &Local{Name: a.Name, Value: a.Expr, Range: a.NameRange})
	}
}

var outputShape = shape{attrs: []string{"value", "sensitive", "description"}, required: []string{"value"}}

func (l *loader) output(b *hclsyntax.Block) {
	o := &Output{Name: l.name(b, 0, ""), Range: b.DefRange()}
	in := fmt.Sprintf("output %q", o.Name)
	l.unique("output", o.Name, o.Range, "", "Rename or remove one of the two.")
	c := l.read(b.Body, in, outputShape, o.Range)
	o.Value = c.expr("value")
	o.Description, o.Sensitive = l.constString(c, "description"), l.constBool(c, "sensitive")
	l.pb.Outputs = append(l.pb.Outputs, o)
}
