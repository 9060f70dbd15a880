package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
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

// nameTasks lists every play's tasks with their outputs, for what may be referred to.
func (b *builder) nameTasks() {
	b.names.Plays = map[string]map[string]lang.TaskNames{}
	for _, play := range b.plan.Plays {
		tasks := map[string]lang.TaskNames{}
		for _, block := range play.blocks {
			if block.Addr.Kind != addr.Task {
				continue
			}
			names := lang.TaskNames{Keyed: block.forEach() != nil, AnyOutput: block.Module == nil}
			for _, a := range block.Desc.Outputs.Attributes {
				names.Outputs = append(names.Outputs, a.Name)
			}
			tasks[block.Addr.Name] = names
		}
		b.names.Plays[play.Name] = tasks
	}
}

// namesAt is what a block's expressions may refer to.
func (b *builder) namesAt(block *Block) lang.Names {
	n := b.names
	if block.Check != nil {
		n.Why = "A check block is evaluated once, without a host."
		return n
	}
	n.Host, n.Each = true, block.forEach() != nil
	if block.Play == nil {
		n.Why = "A handler at file level belongs to no play."
		return n
	}
	n.Tasks = b.names.Plays[block.Play.Name]
	return n
}

// checkBlock checks the names in a block's expressions.
func (b *builder) checkBlock(block *Block) {
	n := b.namesAt(block)
	if block.Check != nil {
		b.addIn(block, lang.Check(n, block.Check.Rule.Condition, block.Check.Rule.ErrorMessage)...)
		return
	}
	if block.Args != nil {
		b.addIn(block, block.Args.Check(n)...)
	}
	b.addIn(block, lang.Check(n, block.When)...)
	n.Tasks, n.Plays, n.Each = nil, nil, false
	n.Why = "Instances are made before the run, so for_each sees variables, locals and host."
	b.addIn(block, lang.Check(n, block.forEach())...)
}

func (b *builder) output(o *playbook.Output) {
	n := b.names
	n.Why = "An output is evaluated once, after the run, without a host."
	b.add(lang.Check(n, o.Value).Within(fmt.Sprintf("output %q", o.Name))...)
	for _, r := range lang.Refs(o.Value) {
		if t := b.byAddr[addr.Block{Play: r.Play, Kind: addr.Task, Name: r.Name}]; t != nil && r.Root == "play" {
			reach := everyHost
			if r.Indexed && r.Key != "" {
				reach = oneHost
			}
			b.plan.outputRefs = append(b.plan.outputRefs, playRef{block: t, reach: reach, name: r.Key})
		}
	}
}

// references makes dependencies of what a block's expressions refer to.
func (b *builder) references(block *Block) {
	own := ownHost(block.syntax())
	for _, r := range block.Refs {
		switch r.Root {
		case "task":
			if block.Play == nil || block.Check != nil {
				continue // checkBlock has said so
			}
			t := b.byAddr[addr.Block{Play: block.Play.Name, Kind: addr.Task, Name: r.Name}]
			if t == nil {
				continue
			}
			block.deps = append(block.deps, dep{on: t, key: r.Key, keyed: r.Indexed && r.Key != "", text: "refers to", at: r.Range})
			block.tasks = appendOnce(block.tasks, t)
		case "play":
			if t := b.byAddr[addr.Block{Play: r.Play, Kind: addr.Task, Name: r.Name}]; t != nil {
				b.crossReference(block, t, r, own)
			}
		}
	}
}

// crossReference is to another play's task: on a host that is named, on the node's own host, or on all.
func (b *builder) crossReference(block, t *Block, r lang.Ref, own map[hcl.Range]bool) {
	d := dep{on: t, reach: everyHost, text: "refers to", at: r.Range}
	switch {
	case r.Indexed && r.Key != "":
		d.reach, d.host = oneHost, r.Key
	case own[r.Range]:
		d.reach = sameHost
	}
	if t.Play == block.Play && block.Play != nil && block.Play.source.Rollout != nil && d.reach != sameHost && block.Check == nil {
		b.addIn(block, diag.At(r.Range, diag.BadRollout, "a reference to other hosts of a play with a rollout",
			fmt.Sprintf("Play %q has a rollout (%s): the first wave would wait for a later one.", t.Play.Name, place(t.Play.source.Rollout.Range)),
			"Move the task that refers into a play of its own, or put the rollout on the handler."))
		return
	}
	block.deps = append(block.deps, d)
	block.plays = append(block.plays, playRef{block: t, reach: d.reach, name: d.host})
}

// syntax is the source of what is evaluated for a block's nodes.
func (b *Block) syntax() []any {
	switch {
	case b.Check != nil:
		return []any{b.Check.Rule.Condition, b.Check.Rule.ErrorMessage}
	case b.health != nil:
		return []any{b.health.Body}
	}
	return []any{b.When, b.task.Body}
}

// ownHost finds the references of the form play.P.task.x[host.name], which reach no other host, by their place.
func ownHost(syntax []any) map[hcl.Range]bool {
	found := map[hcl.Range]bool{}
	for _, s := range syntax {
		node, ok := s.(hclsyntax.Node)
		if !ok {
			continue
		}
		// The callback gives no diagnostics, so neither does the walk.
		_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
			if index, ok := n.(*hclsyntax.IndexExpr); ok && isHostName(index.Key) {
				if c, ok := index.Collection.(*hclsyntax.ScopeTraversalExpr); ok {
					found[c.SrcRange] = true
				}
			}
			return nil
		})
	}
	return found
}

func isHostName(e hclsyntax.Expression) bool {
	t, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok || len(t.Traversal) != 2 || t.Traversal.RootName() != "host" {
		return false
	}
	attr, ok := t.Traversal[1].(hcl.TraverseAttr)
	return ok && attr.Name == "name"
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
