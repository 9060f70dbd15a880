package schedule

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// New prepares a run. A spec that cannot be run is our own mistake, not the user's, so it is an error: an index out of
// range, two nodes of equal rank on a host, nodes that wait for each other.
func New(spec Spec) (*Machine, error) {
	if err := spec.check(); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	m := &Machine{spec: spec, forks: spec.Forks, left: len(spec.Nodes), wake: never}
	if m.forks == 0 {
		m.forks = math.MaxInt
	}
	m.buildNodes()
	m.buildNeeders()
	if err := m.buildQueues(); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	if err := m.buildRollouts(); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	if err := m.findCycle(); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	m.resume()
	m.countUnits()
	return m, nil
}

func (m *Machine) buildNodes() {
	m.nodes = make([]node, len(m.spec.Nodes))
	for i := range m.spec.Nodes {
		s := &m.spec.Nodes[i]
		nd := &m.nodes[i]
		*nd = node{host: int32(s.Host), unit: none, waits: int32(len(s.Needs)), cause: none, missed: none, probe: none, role: s.Role, spares: s.Spares}
		for _, x := range s.Exclusive {
			nd.holds |= 1 << x
		}
		if s.Role == Health {
			nd.probe = int32(len(m.probes))
			m.probes = append(m.probes, probe{})
		}
	}
}

// buildNeeders turns Needs round.
func (m *Machine) buildNeeders() {
	m.needAt = make([]int32, len(m.nodes)+1)
	for i := range m.spec.Nodes {
		for _, need := range m.spec.Nodes[i].Needs {
			m.needAt[need+1]++
		}
	}
	for i := range m.nodes {
		m.needAt[i+1] += m.needAt[i]
	}
	m.needer = make([]int32, m.needAt[len(m.nodes)])
	next := slices.Clone(m.needAt)
	for i := range m.spec.Nodes {
		for _, need := range m.spec.Nodes[i].Needs {
			m.needer[next[need]] = int32(i)
			next[need]++
		}
	}
}

func (m *Machine) buildQueues() error {
	m.hosts = make([]host, m.spec.Hosts)
	for i := range m.nodes {
		if h := m.nodes[i].host; h != none {
			m.hosts[h].end++
		}
	}
	total := int32(0)
	for h := range m.hosts {
		size := m.hosts[h].end
		m.hosts[h] = host{head: total, end: total, stop: none, unit: none}
		total += size
	}
	m.queue = make([]int32, total)
	for i := range m.nodes {
		if h := m.nodes[i].host; h != none {
			m.queue[m.hosts[h].end] = int32(i)
			m.hosts[h].end++
		}
	}
	for h := range m.hosts {
		if err := m.buildQueue(&m.hosts[h]); err != nil {
			return err
		}
	}
	return nil
}

// buildQueue sorts a host's nodes by rank and finds where each parallel block ends.
func (m *Machine) buildQueue(h *host) error {
	queue, nodes := m.queue[h.head:h.end], m.spec.Nodes
	slices.SortFunc(queue, func(a, b int32) int { return cmp.Compare(nodes[a].Rank, nodes[b].Rank) })
	for i := len(queue) - 1; i >= 0; i-- {
		n := queue[i]
		m.nodes[n].block = h.head + int32(i) + 1
		if i == len(queue)-1 {
			continue
		}
		after := queue[i+1]
		if nodes[n].Rank == nodes[after].Rank {
			return fmt.Errorf("nodes %d and %d of host %d have the same rank %d", n, after, nodes[n].Host, nodes[n].Rank)
		}
		if nodes[n].Parallel > 0 && nodes[n].Parallel == nodes[after].Parallel {
			m.nodes[n].block = m.nodes[after].block
		}
	}
	return nil
}
