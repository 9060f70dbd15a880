package schedule

import "slices"

// A group's clock runs from the first start of a wave, or of its canary unit, to the last end. It stands while the run is
// held, since nothing can begin then.

func (m *Machine) startClock(gi int32) {
	g := &m.groups[gi]
	within := m.spec.Rollouts[g.rollout].Groups[gi-m.rollouts[g.rollout].first].Within
	if within > 0 && g.deadline == never && !m.held {
		g.deadline = after(m.now, within)
		m.remind(g.deadline, m.ofGroup(gi))
	}
}

func (g *group) stopClock() { g.deadline, g.rest = never, 0 }

// noteBlocked starts the clock of a wave whose next unit would begin if hosts were not down that may never come back:
// however that goes, the wave comes to an end.
func (m *Machine) noteBlocked(gi int32) {
	if g := &m.groups[gi]; g.away > 0 && g.deadline == never && m.blocked(g) {
		m.startClock(gi)
	}
}

// blocked reports whether a unit of a group could begin if no host were observed to be down.
func (m *Machine) blocked(g *group) bool {
	return g.away > 0 && slices.ContainsFunc(g.parked, func(ui int32) bool { return m.units[ui].waits() && m.inTurn(ui) && !m.fits(ui) })
}

func (m *Machine) holdClocks() {
	for i := range m.groups {
		if g := &m.groups[i]; g.deadline != never {
			g.deadline, g.rest = never, max(g.deadline-m.now, 1)
		}
	}
}

func (m *Machine) goOnClocks() {
	for i := range m.groups {
		if g := &m.groups[i]; g.rest > 0 {
			g.deadline, g.rest = after(m.now, g.rest), 0
			m.remind(g.deadline, m.ofGroup(int32(i)))
		}
	}
}

// overrun holds back what has not begun of a group whose wave took too long.
func (m *Machine) overrun(gi int32) {
	g := &m.groups[gi]
	g.stopClock()
	g.overdue = true
	m.mark(gi)
}
