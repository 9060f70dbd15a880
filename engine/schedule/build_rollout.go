package schedule

import "fmt"

func (m *Machine) buildRollouts() error {
	m.rollouts = make([]rollout, len(m.spec.Rollouts))
	for i := range m.spec.Rollouts {
		if err := m.buildRollout(int32(i)); err != nil {
			return fmt.Errorf("rollout %q: %w", m.spec.Rollouts[i].Name, err)
		}
	}
	for i := range m.nodes {
		s := &m.spec.Nodes[i]
		if s.Rollout < 0 {
			continue
		}
		u := m.unitOf(s.Rollout, s.Host)
		if u == none || m.units[u].group != m.rollouts[s.Rollout].first+int32(s.Group) {
			return fmt.Errorf("node %d: host %d is not in group %d of rollout %q", i, s.Host, s.Group, m.spec.Rollouts[s.Rollout].Name)
		}
		m.nodes[i].unit = u
		m.units[u].left++
	}
	return nil
}

// countUnits counts those that have not ended. A host without nodes has no unit to wait for, but it may be down.
func (m *Machine) countUnits() {
	for i := range m.units {
		if m.units[i].left == 0 {
			continue
		}
		g := &m.groups[m.units[i].group]
		g.left++
		m.rollouts[g.rollout].left++
	}
}

func (m *Machine) buildRollout(ri int32) error {
	spec := &m.spec.Rollouts[ri]
	r := &m.rollouts[ri]
	*r = rollout{first: int32(len(m.groups)), cause: none, named: len(spec.CanaryHosts) > 0}
	r.opened = r.first
	for gi := range spec.Groups {
		gone := spec.Groups[gi].Gone
		g := group{rollout: ri, first: int32(len(m.units)), max: spec.Groups[gi].MaxUnavailable, down: gone, gone: gone, deadline: never}
		for _, h := range spec.Groups[gi].Hosts {
			if m.unitOf(int(ri), h) != none {
				return fmt.Errorf("host %d is there twice", h)
			}
			u := int32(len(m.units))
			m.units = append(m.units, unit{rollout: ri, group: int32(len(m.groups)), host: int32(h), next: m.hosts[h].unit, cause: none})
			m.hosts[h].unit = u
			if !r.named {
				m.addCandidate(r, u)
			}
		}
		g.end = int32(len(m.units))
		m.groups = append(m.groups, g)
		r.end = int32(len(m.groups))
	}
	for _, h := range spec.CanaryHosts {
		u := m.unitOf(int(ri), h)
		if u == none {
			return fmt.Errorf("canary host %d is in none of its groups", h)
		}
		m.addCandidate(r, u)
	}
	return nil
}

func (m *Machine) addCandidate(r *rollout, u int32) {
	m.units[u].candidate = true
	r.candidates = append(r.candidates, u)
}

// unitOf finds a host's unit in a rollout. A host is in few of them.
func (m *Machine) unitOf(r, h int) int32 {
	u := m.hosts[h].unit
	for u != none && m.units[u].rollout != int32(r) {
		u = m.units[u].next
	}
	return u
}
