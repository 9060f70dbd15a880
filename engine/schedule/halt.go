package schedule

// decideCanary moves on to the next candidate that is undecided. Hosts that had nothing to do, or were stopped before
// their unit began, are passed over.
func (m *Machine) decideCanary(r *rollout) {
	spec := &m.spec.Rollouts[m.groups[r.first].rollout]
	for r.canary {
		if r.next == len(r.candidates) || (len(spec.CanaryHosts) == 0 && r.proved == spec.Canary) {
			r.canary = false
			m.markAll(r)
			return
		}
		u := &m.units[r.candidates[r.next]]
		switch {
		case u.left > 0:
			m.dirty(u.host)
			return
		case u.started && u.bad:
			m.halt(r, CanaryFailed, u.cause)
			return
		case u.started:
			r.proved++
		}
		r.next++
	}
}

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
		if !u.down {
			u.down = true
			g.down++
		}
		m.mark(u.group)
		r := &m.rollouts[g.rollout]
		if r.canary && u.started && u.left > 0 {
			m.halt(r, CanaryFailed, n)
		}
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
	r.halted, r.cause, r.canary = reason, cause, false
	m.markAll(r)
}

func (m *Machine) markAll(r *rollout) {
	for g := r.first; g < r.end; g++ {
		m.mark(g)
	}
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
