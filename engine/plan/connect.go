package plan

import (
	"context"
	"slices"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/schedule"
)

// connect says what every node waits for, and what it may notify. Thousands of nodes that wait for thousands of others do
// so through one gate.
func (b *builder) connect(context.Context) error {
	c := connector{b: b, ends: map[ending]int{}}
	for _, play := range b.plan.Plays {
		if gate := b.gates[play.Name]; gate != nil {
			gate.single = b.node(gateNode(addr.Block{Play: play.Name}))
		}
	}
	for _, play := range b.plan.Plays {
		if gate := b.gates[play.Name]; gate != nil {
			b.plan.Spec.Nodes[gate.single].Needs = c.playNeeds(play)
		}
	}
	for _, block := range b.plan.Blocks {
		if block.chosen {
			c.connect(block)
		}
	}
	return nil
}

// gateNode makes the end of a play, or of one of its blocks.
func gateNode(of addr.Block) (Node, schedule.Node) {
	return Node{Addr: addr.Node{Instance: addr.Instance{Block: of}}, Host: -1}, schedule.Node{Role: schedule.Gate, Host: -1}
}

// connector collects needs; most nodes have few, so they share one growing array.
type connector struct {
	b     *builder
	ends  map[ending]int // gates that stand for all nodes of a block
	arena []int
}

// playNeeds is what the gate of a play waits for: all its nodes, and the gates that the play itself waits for, so that a
// play without hosts lets nobody overtake.
func (c *connector) playNeeds(play *Play) []int {
	needs := c.gatesOf(play)
	for _, block := range play.blocks {
		needs = append(needs, c.allNodes(block)...)
	}
	return needs
}

func (c *connector) gatesOf(play *Play) []int {
	var needs []int
	for _, ref := range play.source.DependsOn {
		if gate := c.b.gates[ref.Name]; gate != nil {
			needs = append(needs, gate.single)
		}
	}
	return needs
}

func (c *connector) allNodes(block *Block) []int {
	if !block.chosen {
		return nil
	}
	if block.Check != nil {
		return []int{block.single}
	}
	var nodes []int
	for _, r := range block.at {
		nodes = r.append(nodes)
	}
	return nodes
}

func (r nodeRange) append(nodes []int) []int {
	for i := range int(r.count) {
		nodes = append(nodes, int(r.first)+i)
	}
	return nodes
}

// connect gives a block's nodes their needs: those that all of them share, then those on their own host.
func (c *connector) connect(block *Block) {
	shared := c.shared(block) // may make gates, and so has to come
	if block.Fan != nil {     // likewise
		c.fanNeeds(block)
	}
	spec := c.b.plan.Spec.Nodes // before this
	if block.Check != nil {
		spec[block.single].Needs = shared
		return
	}
	local := c.local(block)
	for host, r := range block.at {
		if r.count == 0 {
			continue
		}
		start := len(c.arena)
		c.arena = append(c.arena, shared...)
		for _, d := range local {
			c.arena = c.onHost(c.arena, d, host)
		}
		needs := slices.Clip(c.arena[start:])
		notify := c.handlers(block, host)
		for i := range int(r.count) {
			node := int(r.first) + i
			c.b.plan.Nodes[node].Notify = notify
			if block.Fan != nil {
				node = block.Fan.Offers[host] // what the task needs, its first phase needs
			}
			spec[node].Needs = needs
		}
	}
	c.missingKeys(block)
}

// shared is what all nodes of a block need, whatever their host.
func (c *connector) shared(block *Block) []int {
	var needs []int
	if block.Play != nil {
		needs = c.gatesOf(block.Play)
		needs = append(needs, c.checks(block)...)
	}
	for _, t := range block.notifiedBy {
		if t.chosen && t.Fan != nil {
			needs = append(needs, t.Fan.done) // nobody restarts into what some hosts do not have
		}
	}
	for i, d := range block.deps {
		switch d.reach {
		case everyHost:
			needs = appendOnce(needs, c.end(d.on, block.Check != nil))
		case oneHost:
			needs = c.namedHost(needs, block, i)
		}
	}
	return needs
}

// checks are the checks above a task; for a check, all nodes of the tasks above it.
func (c *connector) checks(block *Block) []int {
	var needs []int
	for _, other := range block.Play.blocks {
		if !other.chosen || other.order >= block.order {
			continue
		}
		switch {
		case block.Check != nil && other.Addr.Kind == addr.Task:
			needs = append(needs, c.allNodes(other)...)
		case block.Addr.Kind == addr.Task && other.Check != nil:
			needs = append(needs, other.single)
		}
	}
	return needs
}

// end is the gate that opens when all nodes of a block have ended. What a check compares it compares over the hosts that
// are there; a task that refers to all hosts needs all of them.
func (c *connector) end(block *Block, spares bool) int {
	key := ending{block, spares}
	if gate, ok := c.ends[key]; ok {
		return gate
	}
	n, s := gateNode(block.Addr)
	s.Needs, s.Spares = c.allNodes(block), spares
	c.ends[key] = c.b.node(n, s)
	return c.ends[key]
}

// ending is a gate at the end of a block.
type ending struct {
	of     *Block
	spares bool
}

func (c *connector) namedHost(needs []int, block *Block, i int) []int {
	d := block.deps[i]
	host := slices.IndexFunc(d.on.Play.Hosts, func(h int) bool { return c.b.plan.Hosts[h].Name == d.host })
	if host < 0 {
		c.b.addIn(block, c.b.notInPlay(d))
		return needs
	}
	return d.on.at[d.on.Play.Hosts[host]].append(needs)
}

// local are the dependencies on nodes of the same host: what is referred to, what notifies a handler, what health is asked after.
func (c *connector) local(block *Block) []dep {
	var local []dep
	add := func(d dep) {
		for _, have := range local {
			if have.on == d.on && (!have.keyed || have.keyed == d.keyed && have.key == d.key) {
				return
			}
		}
		local = append(local, d)
	}
	for _, d := range block.deps {
		if d.reach == sameHost && !d.keyed {
			add(d)
		}
	}
	for _, d := range block.deps {
		if d.reach == sameHost {
			add(d)
		}
	}
	for _, t := range block.notifiedBy {
		add(dep{on: t})
	}
	if block.of != nil {
		add(dep{on: block.of})
	}
	return local
}

func (c *connector) onHost(needs []int, d dep, host int) []int {
	if d.on.at == nil {
		return needs
	}
	r := d.on.at[host]
	if !d.keyed {
		return r.append(needs)
	}
	for i := range int(r.count) {
		if node := int(r.first) + i; c.b.plan.Nodes[node].Addr.Key == d.key {
			needs = append(needs, node)
		}
	}
	return needs
}

// handlers are the nodes on a host that a block's nodes there may notify.
func (c *connector) handlers(block *Block, host int) []int {
	var out []int
	for _, n := range block.notifies {
		if n.on.at != nil && n.on.at[host].count > 0 {
			out = appendOnce(out, int(n.on.at[host].first))
		}
	}
	return out
}
