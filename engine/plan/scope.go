package plan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/plugins/sdk"
)

// nodeRange is a block's nodes on one host: they follow each other, in the order of their keys.
type nodeRange struct{ first, count int32 }

// playRef is a reference to a task of a play by host: the node's own, one that is named, or all.
type playRef struct {
	block *Block
	reach reach
	name  string // of the host, with oneHost
	host  int    // its index in Plan.Hosts
}

// allHosts is a block's value for all hosts, kept for the results that it was made from: thousands of nodes may refer to it.
type allHosts struct {
	results Results
	value   cty.Value
}

// Scope is what a node's expressions may refer to, given how earlier nodes ended. Results nil means that nothing has run:
// every task's outputs are unknown.
func (p *Plan) Scope(node int, results Results) *lang.Scope {
	n := &p.Nodes[node]
	s := p.blockScope(n.Block, n.Host, results)
	if n.Each != cty.NilVal {
		s.Each = &lang.Each{Key: cty.StringVal(n.Addr.Key), Value: n.Each}
	}
	return s
}

// OutputScope is what outputs may refer to: values of the run and all plays' tasks, no host.
func (p *Plan) OutputScope(results Results) *lang.Scope {
	s := &lang.Scope{Globals: p.globals, Plays: map[string]map[string]cty.Value{}}
	for _, ref := range p.outputRefs {
		p.addPlay(s, ref, -1, results)
	}
	return s
}

// blockScope is the scope of a block on a host, without each; host -1 is any.
func (p *Plan) blockScope(b *Block, host int, results Results) *lang.Scope {
	s := &lang.Scope{Globals: p.globals}
	if b == nil {
		return s
	}
	if host >= 0 {
		s.Host = p.scopes[host]
	} else if b.Check == nil {
		s.Host = p.anyHost
	}
	if len(b.tasks) > 0 {
		s.Tasks = make(map[string]cty.Value, len(b.tasks))
		for _, t := range b.tasks {
			s.Tasks[t.Addr.Name] = p.onHost(t, host, results)
		}
	}
	if len(b.plays) > 0 {
		s.Plays = map[string]map[string]cty.Value{}
		for _, ref := range b.plays {
			p.addPlay(s, ref, host, results)
		}
	}
	return s
}

// addPlay puts a reference's value where the scope has it; several references to one task add up.
func (p *Plan) addPlay(s *lang.Scope, ref playRef, host int, results Results) {
	tasks := s.Plays[ref.block.Addr.Play]
	if tasks == nil {
		tasks = map[string]cty.Value{}
		s.Plays[ref.block.Addr.Play] = tasks
	}
	name := ref.block.Addr.Name
	switch {
	case ref.block.at == nil: // without an inventory
		tasks[name] = cty.DynamicVal
		return
	case ref.reach == everyHost:
		tasks[name] = p.onAll(ref.block, results)
		return
	case ref.reach == oneHost:
		host = ref.host
	}
	byHost := map[string]cty.Value{}
	if have, ok := tasks[name]; ok && have.LengthInt() > 0 {
		byHost = have.AsValueMap()
	}
	if host >= 0 && ref.block.at[host].count > 0 {
		byHost[p.Hosts[host].Name] = p.onHost(ref.block, host, results)
	}
	tasks[name] = lang.ByHost(byHost)
}

// onHost is what a task means on one host; without an inventory, what is known of it whatever the host.
func (p *Plan) onHost(b *Block, host int, results Results) cty.Value {
	keyed := b.forEach() != nil
	switch {
	case b.at == nil && keyed:
		return cty.DynamicVal
	case b.at == nil:
		return lang.UnknownTask(b.Desc.Outputs)
	case !keyed:
		return b.output(int(b.at[host].first), results)
	}
	byKey := map[string]cty.Value{}
	for i := range int(b.at[host].count) {
		node := int(b.at[host].first) + i
		byKey[p.Nodes[node].Addr.Key] = b.output(node, results)
	}
	return lang.Instances(byKey)
}

func (b *Block) output(node int, results Results) cty.Value {
	if results != nil {
		if v, ok := results.Output(node); ok {
			return v
		}
	}
	return lang.UnknownTask(b.Desc.Outputs)
}

// onAll is what a task means on all hosts of its play. What refers to it waits for all of its nodes, so once it is asked
// for in a run it does not change any more.
func (p *Plan) onAll(b *Block, results Results) cty.Value {
	if have := b.all.Load(); have != nil && have.results == results {
		return have.value
	}
	byHost := map[string]cty.Value{}
	for host := range p.Hosts {
		if r := b.at[host]; r.count > 0 && (results == nil || !results.Missing(int(r.first))) {
			byHost[p.Hosts[host].Name] = p.onHost(b, host, results)
		}
	}
	v := lang.ByHost(byHost)
	b.all.Store(&allHosts{results: results, value: v})
	return v
}

// Result is what Results.Output gives for a node of the block that ended: its outputs, null where there is none, and
// changed. A node that was skipped has no outputs and changed nothing.
func (b *Block) Result(outputs sdk.Object, changed bool) cty.Value {
	return lang.TaskValue(b.Desc.Outputs, outputs, changed)
}
