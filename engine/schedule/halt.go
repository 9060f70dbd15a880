package schedule

// countDown takes note of a host that is down for good, in its groups and in the budgets.
func (m *Machine) countDown(h, n int32, outcome Outcome) {
	failed := outcome == Failed || outcome == Unknown || outcome == Lost
	if !failed && outcome != Unreachable {
		return
	}
	for ui := m.hosts[h].unit; ui != none; ui = m.units[ui].next {
		u := &m.units[ui]
		g := &m.groups[u.group]
		if !u.gone {
			u.gone = true
			g.gone++
		}
		m.take(ui, true, u.away)
		m.mark(u.group)
		m.doubt(ui, n)
	}
	if !failed || m.hosts[h].failed {
		return
	}
	m.hosts[h].failed = true
	m.failures++
	for i := range m.rollouts {
		if m.failures > m.spec.Rollouts[i].MaxFailed {
			m.halt(&m.rollouts[i], BudgetSpent, n)
		}
	}
}

// halt lets no further unit of the rollout begin. The first reason stays.
func (m *Machine) halt(r *rollout, reason Reason, cause int32) {
	if r.halted != NoReason {
		return
	}
	r.halted, r.cause = reason, cause
	m.markAll(r)
}

// reportHeld names the units of a range that were held back for a reason, once all of them are decided: only then is
// it known which of them had something to do.
func (m *Machine) reportHeld(first, end, group int32, reason Reason) {
	var hosts []int
	for _, u := range m.units[first:end] {
		if u.held == reason {
			hosts = append(hosts, int(u.host))
		}
	}
	if len(hosts) > 0 {
		m.emit(Halted{Rollout: int(m.groups[m.units[first].group].rollout), Group: int(group), Reason: reason, Hosts: hosts})
	}
}
