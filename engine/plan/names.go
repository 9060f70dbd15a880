package plan

import (
	"fmt"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
)

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
