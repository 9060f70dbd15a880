package plan

import (
	"io"

	"github.com/muster-run/muster/engine/graph"
)

// Dot writes the plan as Graphviz text, a node for each task and not for each host, without edges that others imply.
func (p *Plan) Dot(w io.Writer) error {
	var g graph.Graph[*Block, why]
	for _, block := range p.Blocks {
		if block.chosen {
			g.Add(block)
		}
	}
	for _, e := range p.edges {
		if e.From.drawn() && e.To.drawn() {
			g.Connect(e.From, e.To, e.Value)
		}
	}
	return g.Reduce().Dot(w, (*Block).dotLabel)
}

func (b *Block) drawn() bool { return b.chosen || b.gate != nil }

func (b *Block) dotLabel() string {
	if b.gate != nil {
		return "end of play " + b.gate.Name
	}
	if b.ModuleName == "" {
		return b.Addr.String()
	}
	return b.Addr.String() + "\n" + b.ModuleName
}
