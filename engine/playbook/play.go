package playbook

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
)

var playShape = shape{
	attrs:    []string{"hosts", "depends_on"},
	required: []string{"hosts"},
	blocks:   map[string]int{"rollout": 0, "task": 2, "handler": 2, "parallel": 0, "check": 1},
	once:     []string{"rollout"},
	later:    []string{"fan_out", "role"},
}

var parallelShape = shape{blocks: map[string]int{"task": 2}}

func (l *loader) play(b *hclsyntax.Block) {
	p := &Play{Name: l.name(b, 0, ""), Range: b.DefRange()}
	in := fmt.Sprintf("play %q", p.Name)
	l.unique("play", p.Name, p.Range, "", "Rename one of the two, or put the tasks into one play.")
	c := l.read(b.Body, in, playShape, p.Range)
	p.Hosts = l.hosts(c)
	p.DependsOn = l.refs(c.attrs["depends_on"], in, "play")
	parallels := 0
	for _, inner := range c.blocks {
		switch inner.Type {
		case "rollout":
			p.Rollout = l.rollout(inner, in)
		case "task":
			p.Tasks = append(p.Tasks, l.task(inner, taskAt{play: p.Name, kind: addr.Task}))
		case "handler":
			p.Handlers = append(p.Handlers, l.task(inner, taskAt{play: p.Name, kind: addr.Handler}))
		case "parallel":
			parallels++
			for _, t := range l.read(inner.Body, in+", parallel", parallelShape, inner.DefRange()).blocks {
				p.Tasks = append(p.Tasks, l.task(t, taskAt{play: p.Name, kind: addr.Task, parallel: parallels}))
			}
		case "check":
			p.Checks = append(p.Checks, l.check(inner, p.Name))
		}
	}
	l.rolloutTwice(p, in)
	l.pb.Plays = append(l.pb.Plays, p)
}

// hosts takes the pattern as it stands; a list, which is a habit, is told how to be written.
func (l *loader) hosts(c content) hcl.Expression {
	e := c.expr("hosts")
	if e == nil {
		return nil
	}
	items, diags := hcl.ExprList(e)
	if diags.HasErrors() {
		return e
	}
	var atoms []string
	for _, item := range items {
		if s, ok := constantString(item); ok {
			atoms = append(atoms, s)
		}
	}
	example := "xsp:as"
	if len(atoms) == len(items) && len(atoms) > 0 {
		example = strings.Join(atoms, ":")
	}
	l.add(c.in, diag.At(e.Range(), diag.WrongType, "hosts is one pattern, not a list",
		"The parts of a pattern are joined with a colon.", fmt.Sprintf("Write hosts = %q.", example)))
	return nil
}

func (l *loader) rolloutTwice(p *Play, in string) {
	if p.Rollout == nil {
		return
	}
	for _, h := range p.Handlers {
		if h.Rollout != nil {
			l.add(in, diag.At(h.Rollout.Range, diag.RolloutTwice, fmt.Sprintf("handler %q and its play both have a rollout", h.Name),
				fmt.Sprintf("The play's is at %s. Its waves already hold the handler.", place(p.Rollout.Range)), "Keep one of the two."))
		}
	}
}

var checkShape = shape{attrs: []string{"condition", "error_message"}, required: []string{"condition", "error_message"}}

func (l *loader) check(b *hclsyntax.Block, play string) *Check {
	in := fmt.Sprintf("play %q", play)
	l.order++
	c := &Check{Play: play, Name: l.name(b, 0, in), Order: l.order, Range: b.DefRange()}
	l.unique("check\x00"+play, c.Name, c.Range, in, "Rename one of the two.")
	c.Rule = l.rule(b, fmt.Sprintf("%s, check %q", in, c.Name))
	return c
}

// rule reads a condition with its message, of a check or a validation block.
func (l *loader) rule(b *hclsyntax.Block, in string) Validation {
	c := l.read(b.Body, in, checkShape, b.DefRange())
	l.unquoted(c, "condition")
	return Validation{Condition: c.expr("condition"), ErrorMessage: c.expr("error_message"), Range: b.DefRange()}
}

// unquoted reports a condition that is written as a string.
func (l *loader) unquoted(c content, name string) {
	e := c.expr(name)
	if e == nil || !isQuoted(e) {
		return
	}
	inner := "an expression"
	if s, ok := constantString(e); ok && s != "" {
		inner = s
	} else if t := interpolated(e); t != "" {
		inner = t
	}
	l.add(c.in, diag.At(e.Range(), diag.QuotedValue, fmt.Sprintf("%s is an expression, not a text", name),
		"In quotes it is a text, which is neither true nor false.", fmt.Sprintf("Remove the quotes: %s = %s", name, inner)))
}

// interpolated gives x of "${x}".
func interpolated(e hcl.Expression) string {
	if w, ok := e.(*hclsyntax.TemplateWrapExpr); ok {
		return text(w.Wrapped)
	}
	return ""
}
