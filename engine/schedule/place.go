package schedule

func (m *Machine) park(ui int32) {
	u := &m.units[ui]
	g := &m.groups[u.group]
	m.take(ui, false, u.away)
	if !u.parked {
		u.parked = true
		g.parked = push(g.parked, ui, smaller)
	}
	m.noteBlocked(u.group)
	m.tell(g.rollout)
}

func (u *unit) takes() bool { return u.down || u.away }

// waits reports whether a unit has come to its turn on its host and was not let go.
func (u *unit) waits() bool { return u.parked && !u.started && u.left > 0 }

// take sets what makes a unit take a place of its group: that it is begun or gone, that its host was observed to be down.
func (m *Machine) take(ui int32, down, away bool) {
	u := &m.units[ui]
	g := &m.groups[u.group]
	before, only := u.takes(), u.away && !u.down
	u.down, u.away = down, away
	g.down += difference(u.takes(), before)
	g.away += difference(u.away && !u.down, only)
}

func difference(now, before bool) int {
	switch {
	case now == before:
		return 0
	case now:
		return 1
	}
	return -1
}

// release lets the next parked unit of a marked group look again, if it can go on or is to be held back.
func (m *Machine) release(gi int32) {
	g := &m.groups[gi]
	i := m.releasable(g)
	if i < 0 {
		m.noteBlocked(gi)
		g.marked = false
		m.marked.pop()
		return
	}
	ui := g.parked[i]
	g.parked = remove(g.parked, i, smaller)
	m.units[ui].parked = false
	m.dirty(m.units[ui].host)
}

// releasable finds the place in parked of a unit that is to look again, or -1. When no place is free, that can still be
// one whose host is down already.
func (m *Machine) releasable(g *group) int {
	r := &m.rollouts[g.rollout]
	switch {
	case len(g.parked) == 0:
		return -1
	case r.halted != NoReason || g.gone >= g.max || g.overdue:
		return 0
	case r.phase != open || !m.inTurn(g.parked[0]):
		return -1
	case m.fits(g.parked[0]):
		return 0
	}
	if g.away > 0 && g.down == g.max {
		for i, ui := range g.parked {
			if m.units[ui].away && m.inTurn(ui) {
				return i
			}
		}
	}
	return -1
}

func (m *Machine) mark(gi int32) {
	if g := &m.groups[gi]; !g.marked && len(g.parked) > 0 {
		g.marked = true
		m.marked.push(gi)
	}
}

func (m *Machine) markAll(r *rollout) {
	for g := r.first; g < r.end; g++ {
		m.mark(g)
	}
}
