package schedule

// hold is Pause: what has begun goes on, nothing else begins.
func (m *Machine) hold() {
	if !m.held {
		m.held = true
		m.holdClocks()
	}
}

// goOn is Continue.
func (m *Machine) goOn() {
	if !m.held {
		return
	}
	m.held = false
	m.goOnClocks()
	if !m.started {
		return
	}
	for h := range m.hosts {
		m.dirty(int32(h))
	}
	for ri := range m.rollouts {
		m.markAll(&m.rollouts[ri])
	}
}

// holds reports whether a held run keeps a node of a host from starting: one that has not begun, on a host that has no
// unit under way.
func (m *Machine) holds(nd *node) bool {
	return m.held && nd.attempt == 0 && m.hosts[nd.host].under == 0
}

// observe notes how a host was found outside of its nodes.
func (m *Machine) observe(ev Observed) {
	if ev.Host < 0 || ev.Host >= len(m.hosts) {
		return
	}
	for ui := m.hosts[ev.Host].unit; ui != none; ui = m.units[ui].next {
		u := &m.units[ui]
		m.take(ui, u.down, ev.Down)
		if ev.Down && u.canary {
			m.doubt(ui, none)
		}
		m.mark(u.group)
		if m.started {
			m.decideCanary(u.rollout)
		}
	}
}

// expects reports whether something that waits may still go on, by time or by what the machine is told.
func (m *Machine) expects() bool {
	if m.held {
		return true
	}
	for ri := range m.rollouts {
		r := &m.rollouts[ri]
		if r.halted == NoReason && (r.phase == soaking || r.phase == asking) && m.anyWaits(r) {
			return true
		}
	}
	for gi := range m.groups {
		if m.blocked(&m.groups[gi]) {
			return true
		}
	}
	return false
}
