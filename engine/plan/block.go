package plan

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/plugins/sdk"
)

// wiring is what only this package knows of a block.
type wiring struct {
	task   *playbook.Task   // of a task or handler
	health *playbook.Health // of a health block
	of     *Block           // the handler whose rollout a health block is of; nil when it is the play's
	gate   *Play            // set where the block stands for the end of that play, and for nothing else

	order, sub int // position in the playbook; sub counts the health blocks of a rollout
	parallel   int
	deps       []dep
	notifies   []link
	notifiedBy []*Block
	tasks      []*Block  // what its expressions refer to as task.x
	plays      []playRef // what they refer to as play.P.task.x

	within, stable, every time.Duration
	exclusive             []int

	chosen bool
	misfit bool              // its arguments do not fit the schema
	keys   map[string]string // of its for_each, when --target names some, with the target as it was written; nil: all
	at     []nodeRange       // its nodes on each host, parallel to Plan.Hosts
	single int               // its only node, of a check or gate
	hosts  []int             // of a handler, once known
	all    atomic.Pointer[allHosts]
}

// reach says on which hosts the nodes are that a node needs.
type reach int

const (
	sameHost reach = iota
	oneHost
	everyHost
)

// dep is something that has to end well before a block's nodes start.
type dep struct {
	on    *Block
	reach reach
	host  string // with oneHost
	key   string // one instance of for_each, when keyed
	keyed bool
	text  string // "refers to"
	at    hcl.Range
}

// link is a reference without condition: to a handler that is notified.
type link struct {
	on *Block
	at hcl.Range
}

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
		Refs: lang.Refs(t.When), wiring: wiring{task: t, order: t.Order, parallel: t.Parallel}}
	b.module(ctx, block, t.Body, t.ModuleRange)
	b.runBlock(block, t.Run)
	b.keep(block)
	return block
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

// probes lists the modules that may stand in a health block.
func (b *builder) probes(ctx context.Context) []string {
	var names []string
	for _, n := range b.in.Modules.Names() {
		if m, err := b.in.Modules.Module(ctx, n); err == nil && m.Describe().Kind == sdk.Probe {
			names = append(names, n)
		}
	}
	return names
}

// module finds the block's module and holds its arguments against the schema.
func (b *builder) module(ctx context.Context, block *Block, body hcl.Body, at hcl.Range) {
	m, err := b.in.Modules.Module(ctx, block.ModuleName)
	if err != nil {
		names := b.in.Modules.Names()
		b.addIn(block, diag.FromError(err, &at, diag.UnknownModule, fmt.Sprintf("unknown module %q", block.ModuleName),
			diag.DidYouMean(block.ModuleName, names, "There are: "+diag.List(names)+".")))
		return
	}
	block.Module, block.Desc = m, m.Describe()
	args, ds := lang.Compile(block.ModuleName, body, block.Desc.Args, b.functions)
	block.Args = args
	block.misfit = ds.HasErrors()
	block.Refs = append(block.Refs, args.Refs()...)
	b.addIn(block, b.habits(ds)...)
}

// habits gives the advice for words of other tools in place of a misspelling, where lang found an unknown argument.
func (b *builder) habits(ds diag.Diagnostics) diag.Diagnostics {
	for i, d := range ds {
		if d.Subject == nil || d.Code != diag.UnknownArgument && d.Code != diag.UnknownBlock {
			continue
		}
		src := b.in.Playbook.Sources[d.Subject.Filename]
		if !d.Subject.CanSliceBytes(src) {
			continue
		}
		if advice, ok := playbook.Habit(string(d.Subject.SliceBytes(src))); ok {
			ds[i].Advice = advice
		}
	}
	return ds
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
