package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/playbook"
)

// resolve finds what every reference, depends_on and notify names, and reports what does not exist.
func (b *builder) resolve(context.Context) error {
	b.nameTasks()
	for _, play := range b.plan.Plays {
		b.playRefs(play)
	}
	for _, block := range b.blocks {
		b.checkBlock(block)
		b.references(block)
		if block.task != nil {
			b.dependsOn(block)
			b.notify(block)
		}
	}
	for _, o := range b.plan.Outputs {
		b.output(o)
	}
	return nil
}

func (b *builder) dependsOn(block *Block) {
	for _, ref := range block.task.DependsOn {
		t := b.byAddr[addr.Block{Play: block.Addr.Play, Kind: addr.Task, Name: ref.Name}]
		switch {
		case t == nil:
			b.unknownRef(block, ref, diag.UnknownReference, "depends_on points at a task that does not exist", blockNames(block.Play, addr.Task))
			continue
		case ref.Keyed && t.forEach() == nil:
			b.addIn(block, diag.At(ref.Range, diag.BadReference, fmt.Sprintf("task.%s has no keys", ref.Name), "The task has no for_each.",
				fmt.Sprintf("Write task.%s.", ref.Name)))
			continue
		}
		block.deps = append(block.deps, dep{on: t, key: ref.Key, keyed: ref.Keyed, text: "depends on", at: ref.Range})
	}
}

// notify finds handlers: of the play first, then those at file level; no name is in both.
func (b *builder) notify(block *Block) {
	for _, ref := range block.task.Notify {
		h := b.byAddr[addr.Block{Play: block.Addr.Play, Kind: addr.Handler, Name: ref.Name}]
		if h == nil {
			h = b.byAddr[addr.Block{Kind: addr.Handler, Name: ref.Name}]
		}
		if h == nil {
			names := blockNames(block.Play, addr.Handler)
			for _, t := range b.in.Playbook.Handlers {
				names = append(names, t.Name)
			}
			b.unknownRef(block, ref, diag.UnknownHandler, "notify points at a handler that does not exist", names)
			continue
		}
		if h.Play == nil && h.Rollout != nil && block.Play.Rollout != nil {
			b.addIn(block, diag.At(ref.Range, diag.RolloutTwice, fmt.Sprintf("handler %q and the play that notifies it both have a rollout", h.Addr.Name),
				fmt.Sprintf("The handler's is at %s, the play's at %s.", place(h.task.Rollout.Range), place(block.Play.source.Rollout.Range)), "Keep one of the two."))
		}
		block.notifies = append(block.notifies, link{h, ref.Range})
		h.notifiedBy = appendOnce(h.notifiedBy, block)
	}
}

func blockNames(play *Play, kind addr.Kind) []string {
	var names []string
	for _, block := range play.blocks {
		if block.Addr.Kind == kind {
			names = append(names, block.Addr.Name)
		}
	}
	return names
}

// unknownRef says what was most likely meant, and where that stands.
func (b *builder) unknownRef(block *Block, ref playbook.Ref, code, summary string, names []string) {
	advice := fmt.Sprintf("There is none: add a %s %q, or remove the reference.", ref.Kind, ref.Name)
	if len(names) > 0 {
		advice = "There are: " + diag.List(names) + "."
	}
	if n := diag.Nearest(ref.Name, names); n != "" {
		advice = fmt.Sprintf("Did you mean %s.%s?", ref.Kind, n)
		for _, play := range []string{block.Addr.Play, ""} {
			if t := b.byAddr[addr.Block{Play: play, Kind: addr.Kind(ref.Kind), Name: n}]; t != nil {
				advice += fmt.Sprintf(" (%s)", place(t.Range))
				break
			}
		}
	} else if ref.Kind == "task" {
		for _, play := range b.plan.Plays {
			if b.byAddr[addr.Block{Play: play.Name, Kind: addr.Task, Name: ref.Name}] != nil {
				advice = fmt.Sprintf("Play %q has one: write depends_on = [play.%s] in the play.", play.Name, play.Name)
			}
		}
	}
	detail := fmt.Sprintf("No %s of play %q has that name; a reference gives the second label.", ref.Kind, block.Addr.Play)
	if ref.Kind == "handler" {
		detail = fmt.Sprintf("No handler of play %q and none at file level has that name; a reference gives the second label.", block.Addr.Play)
	}
	b.addIn(block, diag.At(ref.Range, code, summary, detail, advice))
}

// playRefs makes a gate of every play that another one waits for.
func (b *builder) playRefs(play *Play) {
	for _, ref := range play.source.DependsOn {
		var target *Play
		var names []string
		for _, p := range b.plan.Plays {
			names = append(names, p.Name)
			if p.Name == ref.Name {
				target = p
			}
		}
		if target == nil {
			advice := "There are: " + diag.List(names) + "."
			if n := diag.Nearest(ref.Name, names); n != "" {
				advice = fmt.Sprintf("Did you mean play.%s?", n)
			}
			b.add(diag.Diagnostics{diag.At(ref.Range, diag.UnknownReference, "depends_on points at a play that does not exist",
				fmt.Sprintf("The playbook has no play %q.", ref.Name), advice)}.Within(
				fmt.Sprintf("play %q", play.Name))...)
			continue
		}
		if b.gates[ref.Name] == nil {
			b.gates[ref.Name] = &Block{Addr: addr.Block{Play: ref.Name}, Play: target, Range: target.Range,
				wiring: wiring{gate: target, order: target.lastOrder(), single: -1}}
		}
	}
}

func appendOnce[T comparable](list []T, v T) []T {
	for _, have := range list {
		if have == v {
			return list
		}
	}
	return append(list, v)
}

// place is a short position for a message: `cti.hcl:79`.
func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }
