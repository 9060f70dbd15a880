package playbook

import (
	"fmt"
	"regexp"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/diag"
)

var (
	requiresShape = shape{attrs: []string{"muster"}, blocks: map[string]int{"plugin": 1}}
	pluginShape   = shape{attrs: []string{"source", "version"}}
)

// onePartRE finds `~> 2`, which holds nothing: the part that may grow is the only one.
var onePartRE = regexp.MustCompile(`~>\s*v?[0-9]+\s*(,|$)`)

func (l *loader) requires(b *hclsyntax.Block) {
	l.unique("block", "requires", b.DefRange(), "", "Put what both require into one.")
	c := l.read(b.Body, "requires", requiresShape, b.DefRange())
	r := &Requires{Muster: l.constString(c, "muster"), Range: b.DefRange()}
	if a := c.attrs["muster"]; a != nil {
		r.Range = a.Expr.Range()
		l.constraint(r.Muster, a.Expr.Range(), "requires")
	}
	for _, inner := range c.blocks {
		in := fmt.Sprintf("requires, plugin %q", inner.Labels[0])
		l.unique("plugin", l.name(inner, 0, "requires"), inner.DefRange(), "requires", "Remove one of the two.")
		p := l.read(inner.Body, in, pluginShape, inner.DefRange())
		plugin := RequiredPlugin{Name: inner.Labels[0], Source: l.constString(p, "source"), Version: l.constString(p, "version"), Range: inner.DefRange()}
		if a := p.attrs["version"]; a != nil {
			l.constraint(plugin.Version, a.Expr.Range(), in)
		}
		r.Plugins = append(r.Plugins, plugin)
	}
	if l.pb.Requires == nil {
		l.pb.Requires = r
	}
}

func (l *loader) constraint(s string, rng hcl.Range, in string) {
	if s == "" {
		return
	}
	if onePartRE.MatchString(s) {
		l.add(in, diag.At(rng, diag.BadConstraint, fmt.Sprintf("version constraint %q would allow any later version", s),
			"~> lets the last part grow, and here there is only one.", "Write ~> 2.0 for any 2.x."))
		return
	}
	if _, err := version.NewConstraint(s); err != nil {
		l.add(in, diag.At(rng, diag.BadConstraint, fmt.Sprintf("version constraint %q cannot be read", s),
			"A constraint is an operator and a version, several joined by commas.", `Write ">= 1.2, < 2.0" or "~> 1.2".`))
	}
}

// Allows reports whether a version of muster may run the playbook. A version that is no number, such as that of a build
// from source, may.
func (r *Requires) Allows(running string) diag.Diagnostics {
	if r == nil || r.Muster == "" {
		return nil
	}
	have, err := version.NewVersion(running)
	if err != nil {
		return nil
	}
	want, err := version.NewConstraint(r.Muster)
	if err != nil || want.Check(have.Core()) {
		return nil // one that cannot be read was reported by Load
	}
	return diag.Diagnostics{diag.At(r.Range, diag.BadConstraint, fmt.Sprintf("this playbook is for muster %s", r.Muster),
		fmt.Sprintf("The one running is %s.", have), "Use a version that fits, or change the constraint.")}
}
