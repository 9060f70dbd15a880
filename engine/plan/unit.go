package plan

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/graph"
)

// unit is what stays together in the global order: a play with a rollout, a handler with its health, or one block. A
// host's unit in a rollout must not be cut by other work, or two rollouts could wait for each other for ever.
type unit struct {
	play   *Play // a play with a rollout
	block  *Block
	order  int
	blocks []*Block
}

func (u *unit) String() string {
	if u.play != nil {
		return fmt.Sprintf("play %q", u.play.Name)
	}
	return u.block.in()
}

// unitOrder orders units by position, then the blocks in each, and so the whole playbook.
func (b *builder) unitOrder() error {
	of := b.units()
	var g graph.Graph[*unit, graph.Edge[*Block, why]]
	for _, block := range b.graph.Vertices() {
		g.Add(of[block])
	}
	for _, e := range b.graph.Edges() {
		if of[e.From] != of[e.To] {
			g.Connect(of[e.From], of[e.To], e)
		}
	}
	if cycles := g.Cycles(); len(cycles) > 0 {
		for _, c := range cycles {
			b.add(cutDiagnostic(c))
		}
		return errStop
	}
	units, _ := g.Order(func(x, y *unit) bool { return x.order < y.order })
	inner, _ := b.graph.Order(func(x, y *Block) bool {
		return cmp.Or(cmp.Compare(x.order, y.order), cmp.Compare(x.sub, y.sub)) < 0
	})
	for _, block := range inner {
		of[block].blocks = append(of[block].blocks, block)
	}
	for _, u := range units {
		for _, block := range u.blocks {
			if block.gate == nil {
				b.plan.Blocks = append(b.plan.Blocks, block)
			}
		}
	}
	return nil
}

func (b *builder) units() map[*Block]*unit {
	of := map[*Block]*unit{}
	plays := map[*Play]*unit{}
	for _, block := range b.graph.Vertices() {
		switch {
		case block.Play != nil && block.Play.source.Rollout != nil && block.gate == nil:
			if plays[block.Play] == nil {
				plays[block.Play] = &unit{play: block.Play, order: block.order}
			}
			of[block] = plays[block.Play]
			of[block].order = min(of[block].order, block.order)
		case block.of != nil && of[block.of] != nil:
			of[block] = of[block.of]
		default:
			of[block] = &unit{block: block, order: block.order}
		}
	}
	return of
}

// cutDiagnostic reports something that would have to run between the parts of a play with a rollout.
func cutDiagnostic(cycle []graph.Edge[*unit, graph.Edge[*Block, why]]) diag.Diagnostic {
	var play *unit
	var lines []string
	for _, e := range cycle {
		if play == nil && e.To.play != nil {
			play = e.To
		}
		w := e.Value.Value
		lines = append(lines, fmt.Sprintf("%s %s %s (%s)", e.Value.To.label(), w.text, e.Value.From.label(), place(w.at)))
	}
	return diag.At(play.play.source.Rollout.Range, diag.BadRollout, fmt.Sprintf("%s has a rollout, and other work would have to run between its tasks", play),
		"Hosts of a later wave would be waited for by those of an earlier one:\n"+strings.Join(lines, "\n"),
		"Split the play, or put the rollout on the handler.")
}
