package playbook

import (
	"fmt"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// nameRule is the grammar of names in words; names are parts of addresses, so they hold no dot, space or bracket.
const nameRule = "A name is letters, digits, _ and -, begins with a letter, and has at most 63 characters."

var (
	nameRE   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)
	moduleRE = regexp.MustCompile(`^([a-z][a-z0-9_-]{0,62}\.)?[a-z][a-z0-9_]{0,62}$`)
)

// name checks a label against the grammar of names.
func (l *loader) name(b *hclsyntax.Block, index int, in string) string {
	s, rng := b.Labels[index], b.LabelRanges[index]
	if !nameRE.MatchString(s) {
		l.add(in, diag.At(rng, diag.BadName, fmt.Sprintf("%q cannot be the name of a %s", s, b.Type), nameRule,
			"Choose another name."))
	}
	return s
}

// module checks the label that names a module.
func (l *loader) module(b *hclsyntax.Block, in string) string {
	s, rng := b.Labels[0], b.LabelRanges[0]
	if !moduleRE.MatchString(s) {
		l.add(in, diag.At(rng, diag.BadName, fmt.Sprintf("%q cannot be the name of a module", s),
			"A module's name is lower-case letters, digits and _, with its plugin's name and a dot before it where two plugins offer it.",
			`Write trust_anchor, or broadworks.trust_anchor.`))
	}
	return s
}

// constString reads an argument that is a plain string; empty when it is missing or wrong.
func (l *loader) constString(c content, name string) string {
	v, ok := l.constant(c, name, cty.String)
	if !ok {
		return ""
	}
	return v.AsString()
}

func (l *loader) constBool(c content, name string) bool {
	v, ok := l.constant(c, name, cty.Bool)
	return ok && v.True()
}

func (l *loader) constant(c content, name string, want cty.Type) (cty.Value, bool) {
	a := c.attrs[name]
	if a == nil {
		return cty.NilVal, false
	}
	v, diags := a.Expr.Value(nil)
	switch {
	case len(a.Expr.Variables()) > 0 || diags.HasErrors():
		l.add(c.in, diag.At(a.Expr.Range(), diag.NotConstant, fmt.Sprintf("%s has to be a constant", name),
			"It is read before anything is evaluated.", fmt.Sprintf("Write a %s without references.", want.FriendlyName())))
	case v.IsNull() || v.Type() != want:
		l.add(c.in, diag.At(a.Expr.Range(), diag.WrongType, fmt.Sprintf("%s is a %s", name, want.FriendlyName()),
			fmt.Sprintf("What stands here is a %s.", v.Type().FriendlyName()), fmt.Sprintf("Write a %s.", want.FriendlyName())))
	default:
		return v, true
	}
	return cty.NilVal, false
}

// place is a short position for a message: `cti.hcl:79`.
func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }
