package schedule

// resume takes in what earlier processes left.
func (m *Machine) resume() {
	for i := range m.spec.Before {
		n, nd := int32(i), &m.nodes[i]
		b := &m.spec.Before[i]
		if b.Outcome.Good() {
			m.endedBefore(n, b.Outcome)
			continue
		}
		nd.notified = nd.role == Handler && (b.Notified || b.Begun)
		if b.Begun {
			m.begunBefore(nd)
		}
	}
	for ui := range m.units {
		m.resumeUnit(int32(ui))
	}
	for ri := range m.rollouts {
		r, spec := &m.rollouts[ri], &m.spec.Rollouts[ri]
		if !r.named {
			r.proved = spec.Proved
		}
		if spec.Promoted {
			r.phase = open
		}
	}
}

// endedBefore ends a node that ended well in an earlier process, without a word.
func (m *Machine) endedBefore(n int32, outcome Outcome) {
	nd := &m.nodes[n]
	nd.state, nd.outcome = ended, outcome
	m.left--
	for _, d := range m.needer[m.needAt[n]:m.needAt[n+1]] {
		m.nodes[d].waits--
		m.nodes[d].met = true
	}
	if nd.unit != none {
		m.units[nd.unit].left--
	}
	if outcome != NotNotified {
		m.begunBefore(nd)
	}
}

func (m *Machine) begunBefore(nd *node) {
	if nd.host != none {
		m.hosts[nd.host].begun = true
	}
	if nd.unit != none {
		m.units[nd.unit].resumed = true
	}
}

// resumeUnit puts a unit where an earlier process left it. One that it began and did not end is down: a restart may have
// been sent, and nothing has shown since that the host is well. One that it ended well is of the canary, as far as that
// went.
func (m *Machine) resumeUnit(ui int32) {
	u := &m.units[ui]
	r, spec := &m.rollouts[u.rollout], &m.spec.Rollouts[u.rollout]
	switch {
	case !u.resumed:
	case u.left > 0:
		u.started = true
		r.resumed++
		m.hosts[u.host].under++
		m.take(ui, true, false)
	case u.candidate && (r.named || r.proved < spec.Proved):
		u.canary = true
		r.proved++
	}
}
