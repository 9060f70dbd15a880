package schedule

import (
	"math"
	"time"
)

// Machine is a run under way. It is owned by one goroutine. Its state is flat slices indexed by node, host, unit and
// group, so that a step costs what it changes and not the size of the run.
type Machine struct {
	spec Spec

	nodes  []node
	hosts  []host
	queue  []int32 // nodes, host by host, each host's by rank
	needer []int32 // nodes that need a node: those of node n are needer[needAt[n]:needAt[n+1]]
	needAt []int32
	probes []probe

	rollouts []rollout
	groups   []group
	units    []unit
	failures int // hosts that failed, wherever

	forks   int
	running int
	paused  int // nodes whose retry or next question is due later
	left    int // nodes that have not ended

	work   fifo    // hosts whose queue may have moved, and ^n for nodes without a host
	begun  fifo    // the same, waiting for a fork: those that have begun something go first, so that
	fresh  fifo    // few hosts are half-way at any time
	marked fifo    // groups that may let a parked unit go on
	timers []timer // heap

	origin  time.Time
	now     time.Duration // since origin; never goes back
	wake    time.Duration // the WakeAt asked for, or never
	ticked  bool          // origin is set
	started bool
	stopped bool
	held    bool // between Pause and Continue
	done    bool
	out     []Command
}

const (
	none  = int32(-1)
	never = time.Duration(math.MaxInt64)
)

// Step takes one event into account and says what is to be done. The slice is valid until the next Step. An event that
// cannot be, such as an end of a node that does not run, changes nothing.
func (m *Machine) Step(now time.Time, ev Event) []Command {
	if m.done {
		return nil
	}
	m.out = m.out[:0]
	m.clock(now)
	switch ev := ev.(type) {
	case Begin:
		m.begin()
	case Ended:
		m.ended(ev)
	case Wake:
		m.wake = never
	case Stop:
		m.abandon(StoppedByUser)
	case Pause:
		m.hold()
	case Continue:
		m.goOn()
	case Promote:
		m.promote(ev.Rollout)
	case Observed:
		m.observe(ev)
	}
	for m.due() {
		m.fire()
		m.settle()
	}
	m.settle()
	if m.started && m.running == 0 && m.paused == 0 && m.left > 0 && !m.expects() {
		m.abandon(Deadlock)
	}
	if m.left == 0 && (m.started || m.stopped) {
		m.done = true
		m.emit(Done{})
	} else {
		m.ask()
	}
	return m.out
}

func (m *Machine) clock(now time.Time) {
	if !m.ticked {
		m.ticked, m.origin = true, now
	}
	m.now = max(m.now, now.Sub(m.origin))
}

func (m *Machine) begin() {
	if m.started || m.stopped {
		return
	}
	m.started = true
	for r := range m.rollouts {
		m.openGroups(&m.rollouts[r])
	}
	for r := range m.rollouts {
		m.rollouts[r].since = m.now // of those that were proved before, nobody knows since when they have been watched
		m.decideCanary(int32(r))
	}
	for n := range m.nodes {
		if m.nodes[n].host == none {
			m.touch(int32(n))
		}
	}
	for h := range m.hosts {
		m.dirty(int32(h))
	}
}

// settle works until nothing can move any more.
func (m *Machine) settle() {
	for {
		switch {
		case m.work.len() > 0:
			m.turn(m.work.pop())
		case m.marked.len() > 0:
			m.release(m.marked.first())
		case m.running < m.forks && m.begun.len() > 0:
			m.unqueue(m.begun.pop())
		case m.running < m.forks && m.fresh.len() > 0:
			m.unqueue(m.fresh.pop())
		default:
			return
		}
	}
}

func (m *Machine) turn(w int32) {
	if w < 0 {
		m.tryLoose(^w)
		return
	}
	m.hosts[w].dirty = false
	m.advance(w)
}

func (m *Machine) unqueue(w int32) {
	if w >= 0 {
		m.hosts[w].queued = false
	}
	m.turn(w)
}

// touch has a node looked at again: its host's queue, or the node itself when it has no host.
func (m *Machine) touch(n int32) {
	if h := m.nodes[n].host; h != none {
		m.dirty(h)
		return
	}
	m.work.push(^n)
}

func (m *Machine) dirty(h int32) {
	if !m.hosts[h].dirty {
		m.hosts[h].dirty = true
		m.work.push(h)
	}
}

func (m *Machine) emit(c Command) { m.out = append(m.out, c) }
