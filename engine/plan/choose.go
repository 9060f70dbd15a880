package plan

import (
	"context"
	"fmt"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
)

// choose marks the blocks that --tags and --target select, what those need, and the handlers that they notify.
func (b *builder) choose(context.Context) error {
	if len(b.in.Tags) == 0 && len(b.in.Targets) == 0 {
		for _, block := range b.blocks {
			block.chosen = true
		}
		return nil
	}
	tagged, ok1 := b.tagged()
	targeted, ok2 := b.targeted()
	if !ok1 || !ok2 {
		return errStop
	}
	c := chooser{b: b, pulled: map[*Block]*Block{}}
	for _, block := range b.blocks {
		if block.Addr.Kind == addr.Task && tagged[block] && targeted[block] {
			c.take(block)
		}
	}
	if len(c.taken) == 0 {
		b.add(diag.Diagnostic{Code: diag.NothingSelected, Summary: "--tags and --target together select no task",
			Detail: "A task has to satisfy both.", Advice: "Leave one of them out.", Source: "command line"})
		return errStop
	}
	c.close()
	b.notePulled(c.pulled)
	return nil
}

// chooser finds what the chosen blocks need.
type chooser struct {
	b      *builder
	taken  []*Block
	pulled map[*Block]*Block // what was pulled in, and by which block
}

func (c *chooser) take(block *Block) {
	if !block.chosen {
		block.chosen = true
		c.taken = append(c.taken, block)
	}
}

// pull takes a block whole, because another one needs it.
func (c *chooser) pull(block, by *Block) {
	if !block.chosen {
		c.pulled[block] = by
	}
	block.keys = nil
	c.take(block)
}

// close takes in turn what each taken block needs, its handlers, and their health.
func (c *chooser) close() {
	gates := map[*Play]bool{}
	for i := 0; i < len(c.taken); i++ {
		block := c.taken[i]
		for _, d := range block.deps {
			c.pull(d.on, block)
		}
		for _, n := range block.notifies {
			c.take(n.on)
		}
		c.follow(block)
		if block.Play != nil && !gates[block.Play] {
			gates[block.Play] = true
			c.waitedFor(block)
		}
	}
}

// follow takes the checks that stand above a task, what a check looks at, and the health of what is taken.
func (c *chooser) follow(block *Block) {
	for _, other := range c.b.blocks {
		switch {
		case other.health != nil && (other.of == block || other.of == nil && other.Play == block.Play):
			c.take(other)
		case other.Check != nil && other.Play == block.Play && block.Addr.Kind == addr.Task && other.order < block.order:
			c.take(other)
		case block.Check != nil && other.Addr.Kind == addr.Task && other.Play == block.Play && other.order < block.order:
			c.pull(other, block)
		}
	}
}

// waitedFor takes the plays whole that a block's play waits for.
func (c *chooser) waitedFor(block *Block) {
	for _, ref := range block.Play.source.DependsOn {
		gate := c.b.gates[ref.Name]
		if gate == nil {
			continue
		}
		for _, other := range gate.gate.blocks {
			if other.Addr.Kind == addr.Handler || other.health != nil {
				c.take(other)
			} else {
				c.pull(other, block)
			}
		}
	}
}

func (b *builder) notePulled(pulled map[*Block]*Block) {
	for _, block := range b.plan.Blocks {
		if by := pulled[block]; by != nil {
			b.plan.Notes = append(b.plan.Notes, fmt.Sprintf("%s runs too, because %s needs it.", block.Addr, by.Addr))
		}
	}
}
