package plan

import (
	"context"
	"slices"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/schedule"
)

// makeNodes makes a node of every block, instance and host, in the global order, and numbers each host's queue by it.
func (b *builder) makeNodes(context.Context) error {
	p := b.plan
	b.before = b.diags
	b.numberResources()
	b.reserve()
	rank := 0
	for _, block := range p.Blocks {
		if !block.chosen {
			continue
		}
		block.at = make([]nodeRange, len(p.Hosts))
		if block.Check != nil {
			block.single = b.node(Node{Addr: addr.Node{Instance: addr.Instance{Block: block.Addr}}, Block: block, Host: -1},
				schedule.Node{Role: schedule.Check, Host: -1, Spares: true})
			continue
		}
		if block.Fan != nil {
			b.fanNodes(block, rank)
			rank += fanRanks
			continue
		}
		e, most := b.expander(block), 0
		for _, host := range b.hostsOf(block) {
			most = max(most, b.nodesOn(block, host, rank, e.on(host)))
		}
		e.missingTarget()
		e.found.report()
		rank += most
	}
	return nil
}

// reserve makes room for one node of each block on each host of its play, which is most of them.
func (b *builder) reserve() {
	n := 0
	for _, block := range b.plan.Blocks {
		if block.chosen && block.Play != nil {
			n += len(block.Play.Hosts)
		}
	}
	b.plan.Nodes = make([]Node, 0, n)
	b.plan.Spec.Nodes = make([]schedule.Node, 0, n)
}

// nodesOn makes a block's nodes on one host and returns how many they are.
func (b *builder) nodesOn(block *Block, host, rank int, instances []instance) int {
	p := b.plan
	first := len(p.Nodes)
	name := p.Hosts[host].Name
	for i, inst := range instances {
		b.node(Node{Addr: addr.Node{Instance: addr.Instance{Block: block.Addr, Key: inst.key, Keyed: inst.keyed}, Host: name},
			Block: block, Host: host, Each: inst.each}, schedule.Node{
			Role: block.role(), Host: host, Rank: rank + i, Parallel: block.parallel, Exclusive: block.exclusive,
			Rollout: -1, Retry: block.Retry, Within: block.within, Stable: block.stable, Every: block.every,
		})
	}
	count := len(p.Nodes) - first
	block.at[host] = nodeRange{int32(first), int32(count)}
	return count
}

func (b *builder) node(n Node, s schedule.Node) int {
	if s.Host < 0 {
		s.Rollout = -1
	}
	b.plan.Nodes = append(b.plan.Nodes, n)
	b.plan.Spec.Nodes = append(b.plan.Spec.Nodes, s)
	return len(b.plan.Nodes) - 1
}

func (b *Block) role() schedule.Role {
	switch b.Addr.Kind {
	case addr.Handler:
		return schedule.Handler
	case addr.Health:
		return schedule.Health
	case addr.Check:
		return schedule.Check
	}
	return schedule.Task
}

// hostsOf lists the hosts a block has nodes on: those of its play; for a handler, those where something can notify it.
func (b *builder) hostsOf(block *Block) []int {
	switch {
	case block.of != nil:
		return b.hostsOf(block.of)
	case block.Addr.Kind != addr.Handler:
		return block.Play.Hosts
	}
	if block.hosts != nil {
		return block.hosts
	}
	seen := make([]bool, len(b.plan.Hosts))
	for _, t := range block.notifiedBy {
		for host, r := range t.at {
			seen[host] = seen[host] || r.count > 0
		}
	}
	block.hosts = []int{}
	for host, yes := range seen {
		if yes {
			block.hosts = append(block.hosts, host)
		}
	}
	return block.hosts
}

// numberResources gives the exclusive resources that modules name small numbers, by name.
func (b *builder) numberResources() {
	numbers := map[string]int{}
	var names []string
	for _, block := range b.plan.Blocks {
		for _, name := range block.Desc.Exclusive {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for i, name := range names {
		numbers[name] = i
	}
	for _, block := range b.plan.Blocks {
		for _, name := range block.Desc.Exclusive {
			block.exclusive = append(block.exclusive, numbers[name])
		}
		slices.Sort(block.exclusive)
		block.exclusive = slices.Compact(block.exclusive)
	}
}
