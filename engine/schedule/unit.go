package schedule

// enter notes that a node of the unit really starts.
func (m *Machine) enter(ui int32) {
	u := &m.units[ui]
	if u.started {
		return
	}
	u.started = true
	m.hosts[u.host].under++
	m.nameWave(ui)
}

func (m *Machine) nodeOfUnitEnded(ui int32, good bool, root int32) {
	u := &m.units[ui]
	u.left--
	if !good && !u.bad {
		u.bad, u.cause = true, root
	}
	if u.left == 0 {
		m.unitEnded(ui)
	}
}

// unitEnded frees the unit's place if it ended well, and moves the canary, the waves and the groups on.
func (m *Machine) unitEnded(ui int32) {
	u := &m.units[ui]
	g := &m.groups[u.group]
	r := &m.rollouts[g.rollout]
	g.left--
	r.left--
	if u.started {
		m.hosts[u.host].under--
		m.settlePlace(ui)
	} else if !u.gone {
		m.take(ui, false, u.away)
	}
	m.proves(ui)
	m.leftWave(u.group, ui) // before groups are cut, for it belongs to none of their waves
	if u.resumed {
		r.resumed--
		m.cutGroups(r) // after the last of them the rest may begin
	}
	m.mark(u.group)
	m.decideCanary(g.rollout)
	if g.left == 0 {
		if g.open {
			r.open--
		}
		m.openGroups(r)
		m.reportHeld(g.first, g.end, u.group-r.first, NoPlaceLeft)
		m.reportHeld(g.first, g.end, u.group-r.first, WaveOverdue)
	}
	if r.left == 0 && r.halted != NoReason {
		m.reportHeld(m.groups[r.first].first, m.groups[r.end-1].end, none, r.halted)
	}
}

// settlePlace frees the place of a unit that was begun and ended well: it spoke for its host, whatever was observed
// before. One that ended otherwise keeps its place.
func (m *Machine) settlePlace(ui int32) {
	u := &m.units[ui]
	if u.bad && !u.gone {
		u.gone = true
		m.groups[u.group].gone++
	}
	if !u.gone {
		m.take(ui, false, false)
	}
}
