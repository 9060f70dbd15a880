package schedule

// rollout is one rolling change under way: first its canary, then its groups.
type rollout struct {
	first, end int32 // its groups
	candidates []int32
	next       int // the candidate that is undecided
	proved     int
	canary     bool // nobody but the candidate may begin
	began      bool // the canary's Wave was given
	halted     Reason
	cause      int32
	opened     int32 // the next group to open
	open       int   // groups open and not over
	left       int32 // units that have not ended
}

// group of a rollout. A host is down from the moment its unit is let go until it ended well, or for good once it is gone:
// failed, unknown, lost or unreachable.
type group struct {
	rollout    int32
	first, end int32 // its units
	max        int
	down, gone int
	left       int32
	open       bool
	began      bool // its Wave was given
	marked     bool
	parked     []int32 // heap of units whose turn on their host has come, in the group's order
}

// unit is a host in a rollout.
type unit struct {
	rollout, group, host int32

	next       int32 // the host's next unit, or none
	left       int32 // nodes that have not ended
	started    bool
	bad        bool // a node did not end well
	down, gone bool
	parked     bool
	held       Reason // why the rollout held it back
	cause      int32  // the node that did not end well
}

func (m *Machine) beginRollouts() {
	for r := range m.rollouts {
		m.openGroups(&m.rollouts[r])
	}
	for r := range m.rollouts {
		m.decideCanary(&m.rollouts[r])
	}
}

// admit reports whether a node may start as far as its rollout is concerned. If not, its unit is parked, or the node
// ended. A unit let go takes its place at once, though it may still wait for a fork; what happens meanwhile is looked at
// again.
func (m *Machine) admit(n int32) bool {
	ui := m.nodes[n].unit
	if ui == none || m.units[ui].started {
		return true
	}
	u := &m.units[ui]
	g := &m.groups[u.group]
	r := &m.rollouts[g.rollout]
	if r.halted != NoReason {
		m.holdBack(n, r.halted, r.cause)
		return false
	}
	if g.gone >= g.max {
		m.holdBack(n, NoPlaceLeft, none)
		return false
	}
	others := g.down
	if u.down {
		others--
	}
	turn := g.open
	if r.canary {
		turn = r.candidates[r.next] == ui
	}
	if !turn || others >= g.max {
		u.down, g.down = false, others
		if !u.parked {
			u.parked = true
			g.parked = push(g.parked, ui, smaller)
		}
		return false
	}
	u.down, g.down = true, others+1
	return true
}

func (m *Machine) holdBack(n int32, reason Reason, cause int32) {
	m.units[m.nodes[n].unit].held = reason
	m.end(n, NotRun, cause, reason)
}

// enter notes that a node of the unit really starts.
func (m *Machine) enter(ui int32) {
	u := &m.units[ui]
	if u.started {
		return
	}
	u.started = true
	g := &m.groups[u.group]
	r := &m.rollouts[g.rollout]
	switch {
	case r.canary && !r.began:
		r.began = true
		m.emit(Wave{Rollout: int(g.rollout), Group: -1})
	case !r.canary && !g.began:
		g.began = true
		m.emit(Wave{Rollout: int(g.rollout), Group: int(u.group - r.first)})
	}
}

// release lets the next parked unit of a marked group look again, if it can go on or is to be held back.
func (m *Machine) release(gi int32) {
	g := &m.groups[gi]
	r := &m.rollouts[g.rollout]
	decided := r.halted != NoReason || g.gone >= g.max
	free := !r.canary && g.open && g.down < g.max
	if len(g.parked) == 0 || !(decided || free) {
		g.marked = false
		m.marked.pop()
		return
	}
	var u int32
	u, g.parked = pop(g.parked, smaller)
	m.units[u].parked = false
	m.dirty(m.units[u].host)
}

func (m *Machine) mark(gi int32) {
	if g := &m.groups[gi]; !g.marked && len(g.parked) > 0 {
		g.marked = true
		m.marked.push(gi)
	}
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

// unitEnded frees the unit's place if it ended well, and moves the canary and the groups on.
func (m *Machine) unitEnded(ui int32) {
	u := &m.units[ui]
	g := &m.groups[u.group]
	r := &m.rollouts[g.rollout]
	g.left--
	r.left--
	if u.started && u.bad && !u.gone {
		u.gone = true
		g.gone++
	}
	if u.down && !u.gone {
		u.down = false
		g.down--
	}
	m.mark(u.group)
	m.decideCanary(r)
	if g.left == 0 {
		if g.open {
			r.open--
		}
		m.openGroups(r)
		m.reportHeld(g.first, g.end, u.group-r.first, NoPlaceLeft)
	}
	if r.left == 0 && r.halted != NoReason {
		m.reportHeld(m.groups[r.first].first, m.groups[r.end-1].end, none, r.halted)
	}
}

// openGroups opens groups in order; one whose units have all ended already needs no opening.
func (m *Machine) openGroups(r *rollout) {
	atOnce := m.spec.Rollouts[m.groups[r.first].rollout].GroupsAtOnce
	for r.open < atOnce && r.opened < r.end {
		g := &m.groups[r.opened]
		if g.left > 0 {
			g.open = true
			r.open++
			m.mark(r.opened)
		}
		r.opened++
	}
}
