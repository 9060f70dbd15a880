package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/plugins/sdk"
)

// makeBlocks makes a Block of everything that can become a node, in the order of the files.
func (b *builder) makeBlocks(ctx context.Context) error {
	for _, pp := range b.in.Playbook.Plays {
		play := &Play{Name: pp.Name, Range: pp.Range, source: pp}
		b.plan.Plays = append(b.plan.Plays, play)
		for _, t := range pp.Tasks {
			b.taskBlock(ctx, play, t)
		}
		for _, h := range pp.Handlers {
			b.handlerBlock(ctx, play, h)
		}
		for _, c := range pp.Checks {
			b.keep(&Block{Addr: addr.Block{Play: pp.Name, Kind: addr.Check, Name: c.Name}, Play: play, Check: c, Range: c.Range,
				Refs: lang.Refs(c.Rule.Condition, c.Rule.ErrorMessage), wiring: wiring{order: c.Order}})
		}
		if pp.Rollout != nil {
			play.Rollout = b.rolloutOf(pp.Rollout, fmt.Sprintf("play %q", pp.Name))
			b.healthBlocks(ctx, play, nil, pp.Rollout)
		}
	}
	for _, h := range b.in.Playbook.Handlers {
		b.handlerBlock(ctx, nil, h)
	}
	return nil
}

func (b *builder) keep(block *Block) {
	b.blocks = append(b.blocks, block)
	b.byAddr[block.Addr] = block
	if block.Play != nil {
		block.Play.blocks = append(block.Play.blocks, block)
	}
}

func (b *builder) taskBlock(ctx context.Context, play *Play, t *playbook.Task) *Block {
	block := &Block{Addr: t.Block(), Play: play, ModuleName: t.Module, When: t.When, Tags: t.Tags, Range: t.Range,
		Refs: lang.Refs(t.When), wiring: wiring{task: t, order: t.Order, parallel: b.parallel(t)}}
	b.module(ctx, block, t.Body, t.ModuleRange)
	b.runBlock(block, t.Run)
	if t.Kind == addr.Task {
		b.fanOut(block, t.ModuleRange)
	}
	b.keep(block)
	return block
}

// parallel numbers the parallel blocks of all plays, so that two plays' first ones are not taken for one.
func (b *builder) parallel(t *playbook.Task) int {
	if t.Parallel == 0 {
		return 0
	}
	at := parallelAt{t.Play, t.Parallel}
	if b.parallels[at] == 0 {
		b.parallels[at] = len(b.parallels) + 1
	}
	return b.parallels[at]
}

// parallelAt is a parallel block by its play and its number there.
type parallelAt struct {
	play   string
	number int
}

func (b *builder) handlerBlock(ctx context.Context, play *Play, t *playbook.Task) {
	block := b.taskBlock(ctx, play, t)
	if t.Rollout != nil {
		block.Rollout = b.rolloutOf(t.Rollout, block.in())
		b.healthBlocks(ctx, play, block, t.Rollout)
	}
}

// healthBlocks makes the blocks of a rollout's health, which follow what the rollout is of: a handler, or the play.
func (b *builder) healthBlocks(ctx context.Context, play *Play, of *Block, r *playbook.Rollout) {
	for i, h := range r.Health {
		a := addr.Block{Kind: addr.Health, Name: h.Name}
		block := &Block{Play: play, ModuleName: h.Module, Range: h.Range, wiring: wiring{health: h, of: of, sub: i + 1}}
		if play != nil {
			a.Play, block.order = play.Name, play.lastOrder()
		}
		if of != nil {
			a.Of, block.order = string(addr.Handler)+"."+of.Addr.Name, of.order
		}
		block.Addr = a
		b.module(ctx, block, h.Body, h.ModuleRange)
		if block.Module != nil && block.Desc.Kind != sdk.Probe {
			b.addIn(block, diag.At(h.ModuleRange, diag.NotAProbe, fmt.Sprintf("module %s cannot judge health", h.Module),
				fmt.Sprintf("It is of kind %s; a health block asks a module of kind probe, which changes nothing.", block.Desc.Kind),
				"Name a probe: "+diag.List(b.probes(ctx))+"."))
		}
		b.healthTimes(block, h)
		b.keep(block)
	}
}

func (p *Play) lastOrder() int {
	last := 0
	for _, block := range p.blocks {
		last = max(last, block.order)
	}
	return last
}

// addIn adds diagnostics that stand in a block.
func (b *builder) addIn(block *Block, ds ...diag.Diagnostic) {
	b.add(diag.Diagnostics(ds).Within(block.in())...)
}

// in says where a block stands: `play "cti", handler "restart", health "cti"`.
func (b *Block) in() string {
	s := ""
	if b.Addr.Play != "" {
		s = fmt.Sprintf("play %q, ", b.Addr.Play)
	}
	if b.of != nil {
		s += fmt.Sprintf("handler %q, ", b.of.Addr.Name)
	}
	return s + fmt.Sprintf("%s %q", b.Addr.Kind, b.Addr.Name)
}

// label names a block in a sentence: `cti.task.anchors`, `play cti`.
func (b *Block) label() string {
	if b.gate != nil {
		return "play " + b.gate.Name
	}
	return b.Addr.String()
}

func (b *Block) forEach() hcl.Expression {
	if b.task == nil {
		return nil
	}
	return b.task.ForEach
}
