package schedule

import "time"

// rollout is one rolling change under way: first its canary, then its groups, wave by wave.
type rollout struct {
	first, end int32 // its groups
	candidates []int32
	named      bool // the candidates are CanaryHosts, all of them
	next       int  // the candidate that is undecided
	proved     int
	phase      phase
	began      bool          // the canary's Wave was given
	told       bool          // in this phase, Soaking or Ask was given
	since      time.Duration // the last canary unit's good end
	until      time.Duration // while soaking
	halted     Reason
	cause      int32
	opened     int32 // the next group to open
	open       int   // groups open and not over
	left       int32 // units that have not ended
	resumed    int32 // of them, those that earlier processes began: nothing else begins before they ended
}

// group of a rollout. A host takes a place from the moment its unit is let go until it ended well, or for good once it is
// gone: failed, unknown, lost or unreachable. One that is observed to be down takes a place until it is found well.
type group struct {
	rollout    int32
	first, end int32 // its units
	max        int
	down, gone int // places taken; of them, for good
	away       int // places taken only because the host was observed to be down
	left       int32
	open       bool
	marked     bool
	parked     []int32 // heap of units whose turn on their host has come, in the group's order

	waves    []int32 // where each wave's units end; nil before the group is cut
	wave     int
	waveLeft int32         // units of this wave that have not ended
	began    bool          // this wave's Wave was given
	deadline time.Duration // of this wave, or of the canary in this group; never: its clock does not run
	rest     time.Duration // what was left of it when the run was held
	overdue  bool
}

// unit is a host in a rollout.
type unit struct {
	rollout, group, host int32

	next       int32 // the host's next unit, or none
	left       int32 // nodes that have not ended
	started    bool
	resumed    bool // an earlier process started it
	bad        bool // a node did not end well
	down, gone bool
	away       bool // observed to be down
	parked     bool
	candidate  bool
	canary     bool   // it ended well as one of the canary
	held       Reason // why the rollout held it back
	cause      int32  // the node that did not end well
}

// admit reports whether a node may start as far as its rollout is concerned. If not, its unit is parked, or the node
// ended. A unit let go takes its place at once, though it may still wait for a fork; what happens meanwhile is looked at
// again.
func (m *Machine) admit(n int32) bool {
	ui := m.nodes[n].unit
	if ui == none || m.units[ui].started {
		return true
	}
	g := &m.groups[m.units[ui].group]
	r := &m.rollouts[g.rollout]
	switch {
	case r.halted != NoReason:
		m.holdBack(n, r.halted, r.cause)
	case g.gone >= g.max:
		m.holdBack(n, NoPlaceLeft, none)
	case g.overdue:
		m.holdBack(n, WaveOverdue, none)
	case m.inTurn(ui) && m.fits(ui):
		m.take(ui, true, m.units[ui].away)
		return true
	default:
		m.park(ui)
	}
	return false
}

// inTurn reports whether a unit's turn in its rollout has come.
func (m *Machine) inTurn(ui int32) bool {
	g := &m.groups[m.units[ui].group]
	r := &m.rollouts[g.rollout]
	switch {
	case m.held || r.resumed > 0:
		return false
	case r.phase == canary:
		return r.candidates[r.next] == ui
	}
	return ui < g.waveEnd() // no group is cut before the rest may begin
}

// fits reports whether the others of its group leave a unit a place.
func (m *Machine) fits(ui int32) bool {
	u := &m.units[ui]
	g := &m.groups[u.group]
	others := g.down
	if u.takes() {
		others--
	}
	return others < g.max
}

func (m *Machine) holdBack(n int32, reason Reason, cause int32) {
	m.units[m.nodes[n].unit].held = reason
	m.end(n, NotRun, cause, reason)
}
