package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/graph"
)

// why says for what reason one block comes before another, and where that is written. Law is an edge of the language:
// what comes after needs what comes before to end well. The others only order a host's queue.
type why struct {
	text string // of the later one: "refers to", "depends on"
	at   hcl.Range
	law  bool
}

// endsWith is why the end of a play comes after its blocks.
const endsWith = "ends with"

// sort finds the global order of blocks, or reports the cycles that keep it from being.
func (b *builder) sort(context.Context) error {
	for _, block := range b.blocks {
		b.graph.Add(block)
	}
	for _, block := range b.blocks {
		b.blockEdges(block)
	}
	for _, play := range b.plan.Plays {
		b.playEdges(play)
	}
	if cycles := b.graph.Cycles(); len(cycles) > 0 {
		for _, c := range cycles {
			b.add(cycleDiagnostic(c))
		}
		return errStop
	}
	b.plan.edges = b.graph.Edges()
	return b.unitOrder()
}

// blockEdges adds what comes before a block because of what the block, or its play, says.
func (b *builder) blockEdges(block *Block) {
	for _, d := range block.deps {
		b.graph.Connect(d.on, block, why{d.text, d.at, true})
	}
	for _, n := range block.notifies {
		b.graph.Connect(block, n.on, why{"is notified by", n.at, true})
	}
	if block.of != nil {
		b.graph.Connect(block.of, block, why{"asks for the health of", block.Range, true})
	} else if block.Play == nil {
		b.fileHandlerEdges(block)
	}
}

// fileHandlerEdges puts a handler at file level after all plays that notify it.
func (b *builder) fileHandlerEdges(block *Block) {
	seen := map[*Play]bool{}
	for _, t := range block.notifiedBy {
		if seen[t.Play] {
			continue
		}
		seen[t.Play] = true
		for _, other := range t.Play.blocks {
			b.graph.Connect(other, block, why{"runs after the play of", block.Range, false})
		}
	}
}

// playEdges adds the order inside a play, and its gate.
func (b *builder) playEdges(play *Play) {
	for _, block := range play.blocks {
		switch {
		case block.Addr.Kind == addr.Check:
			b.checkEdges(play, block)
		case block.Addr.Kind == addr.Handler:
			for _, t := range play.blocks {
				if t.Addr.Kind == addr.Task {
					b.graph.Connect(t, block, why{"runs after all tasks of its play, such as", block.Range, false})
				}
			}
		case block.health != nil && block.of == nil:
			for _, other := range play.blocks {
				if other.health == nil && other.Check == nil {
					b.graph.Connect(other, block, why{"asks for the health after", block.Range, false})
				}
			}
		}
	}
	for _, ref := range play.source.DependsOn {
		if gate := b.gates[ref.Name]; gate != nil {
			w := why{"waits for", ref.Range, true}
			for _, block := range play.blocks {
				b.graph.Connect(gate, block, w)
			}
			if own := b.gates[play.Name]; own != nil {
				b.graph.Connect(gate, own, w)
			}
		}
	}
	if gate := b.gates[play.Name]; gate != nil {
		for _, block := range play.blocks {
			b.graph.Connect(block, gate, why{endsWith, block.Range, true})
		}
	}
}

// checkEdges puts a check after the tasks above it, and the tasks below after the check.
func (b *builder) checkEdges(play *Play, check *Block) {
	for _, t := range play.blocks {
		switch {
		case t.Addr.Kind != addr.Task:
		case t.order < check.order:
			b.graph.Connect(t, check, why{"stands below", check.Range, true})
		case play.Rollout != nil:
			b.addIn(check, diag.At(check.Range, diag.BadRollout, "a check between the tasks of a play with a rollout",
				fmt.Sprintf("The check waits for the tasks above it on all hosts, and %s waits for the check: the first wave would wait for the last.", t.Addr),
				"Move the check to the end, split the play, or put the rollout on the handler."))
			return
		default:
			b.graph.Connect(check, t, why{"stands below", t.Range, true})
		}
	}
}

// cycleDiagnostic tells the way round, each step with its reason and its place.
func cycleDiagnostic(cycle []graph.Edge[*Block, why]) diag.Diagnostic {
	var lines, names []string
	var at *hcl.Range
	for _, e := range cycle {
		w := e.Value
		if w.text == endsWith && len(cycle) > 1 {
			continue // that a play is made of its tasks is nothing to take away
		}
		if at == nil {
			at = &w.at
		}
		names = append(names, e.To.label())
		lines = append(lines, fmt.Sprintf("%s %s %s (%s)", e.To.label(), w.text, e.From.label(), place(w.at)))
	}
	summary := strings.Join(names, ", ") + " wait for each other"
	if len(names) == 1 {
		summary = names[0] + " waits for itself"
	}
	return diag.At(*at, diag.Cycle, summary, "Round the circle:\n"+strings.Join(lines, "\n"), "Take one of these away.")
}
