package playbook

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/diag"
)

var rolloutShape = shape{
	attrs: []string{"canary", "promote", "soak", "batches", "group_by", "groups_at_once", "max_unavailable", "max_failed",
		"on_failure"},
	blocks: map[string]int{"health": 2},
}

func (l *loader) rollout(b *hclsyntax.Block, in string) *Rollout {
	in += ", rollout"
	c := l.read(b.Body, in, rolloutShape, b.DefRange())
	r := &Rollout{Canary: c.expr("canary"), Promote: c.expr("promote"), Soak: c.expr("soak"), Batches: c.expr("batches"),
		GroupBy: c.expr("group_by"), GroupsAtOnce: c.expr("groups_at_once"), MaxUnavailable: c.expr("max_unavailable"),
		MaxFailed: c.expr("max_failed"), OnFailure: c.expr("on_failure"), Range: b.DefRange()}
	for _, inner := range c.blocks {
		r.Health = append(r.Health, l.health(inner, in, r.Range))
	}
	return r
}

var healthShape = shape{attrs: []string{"within", "stable"}, open: true}

// healthReserved is what the engine takes out of a health block.
var healthReserved = &hcl.BodySchema{Attributes: append([]hcl.AttributeSchema{{Name: "within"}, {Name: "stable"}}, reserved.Attributes...), Blocks: reserved.Blocks}

func (l *loader) health(b *hclsyntax.Block, in string, rollout hcl.Range) *Health {
	h := &Health{Module: l.module(b, in), Name: l.name(b, 1, in), ModuleRange: b.LabelRanges[0], Range: b.DefRange()}
	l.unique("health\x00"+rollout.String(), h.Name, h.Range, in, "Rename one of the two.")
	in = fmt.Sprintf("%s, health %q", in, h.Name)
	c := l.read(b.Body, in, healthShape, h.Range)
	h.Within, h.Stable = c.expr("within"), c.expr("stable")
	l.noEngineWords(b.Body, in)
	h.Body = rest(b.Body, healthReserved)
	return h
}

// noEngineWords reports the engine's words of a task where they cannot stand.
func (l *loader) noEngineWords(body *hclsyntax.Body, in string) {
	for _, a := range reserved.Attributes {
		if found := body.Attributes[a.Name]; found != nil {
			l.add(in, diag.At(found.NameRange, diag.UnknownArgument, fmt.Sprintf("a health block has no %s", a.Name),
				"It holds the module's arguments, within and stable.", "Remove it."))
		}
	}
	for _, found := range body.Blocks {
		for _, r := range reserved.Blocks {
			if found.Type == r.Type {
				l.add(in, diag.At(found.TypeRange, diag.UnknownBlock, fmt.Sprintf("a health block has no %s", r.Type),
					"It holds the module's arguments, within and stable.", "Remove it."))
			}
		}
	}
}
