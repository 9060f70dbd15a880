package schedule

import "time"

// pause lets a node wait for its next attempt or question.
func (m *Machine) pause(n int32, due time.Duration) {
	m.nodes[n].state = paused
	m.paused++
	m.remind(due, n)
}

func (m *Machine) remind(at time.Duration, who int32) {
	m.timers = push(m.timers, timer{at, who}, sooner)
}

// ofGroup is how a timer names a group; it names rollout r as ^r.
func (m *Machine) ofGroup(gi int32) int32 { return ^(int32(len(m.rollouts)) + gi) }

func (m *Machine) due() bool { return len(m.timers) > 0 && m.timers[0].at <= m.now }

// after is a time later by a pause; it does not overflow.
func after(t, pause time.Duration) time.Duration {
	if pause > never-t {
		return never
	}
	return t + pause
}

// waitedFor reports whether a timer still means something.
func (m *Machine) waitedFor(t timer) bool {
	if t.who >= 0 {
		return m.nodes[t.who].state == paused
	}
	if i := int(^t.who); i < len(m.rollouts) {
		r := &m.rollouts[i]
		return r.phase == soaking && r.until == t.at && r.halted == NoReason && r.left > 0
	}
	return m.groups[int(^t.who)-len(m.rollouts)].deadline == t.at
}

// fire wakes what is due.
func (m *Machine) fire() {
	for m.due() {
		var t timer
		t, m.timers = pop(m.timers, sooner)
		switch i := ^t.who; {
		case !m.waitedFor(t):
		case t.who >= 0:
			m.fireNode(t.who)
		case int(i) < len(m.rollouts):
			m.soaked(i)
		default:
			m.overrun(i - int32(len(m.rollouts)))
		}
	}
}

func (m *Machine) fireNode(n int32) {
	nd := &m.nodes[n]
	m.paused--
	nd.state = waiting
	if nd.role == Health && m.overdue(n) {
		m.end(n, Failed, none, NoReason)
	}
	m.touch(n)
}

// ask asks to be woken when the next timer is due.
func (m *Machine) ask() {
	for len(m.timers) > 0 && !m.waitedFor(m.timers[0]) {
		_, m.timers = pop(m.timers, sooner)
	}
	if len(m.timers) > 0 && m.timers[0].at != m.wake {
		m.wake = m.timers[0].at
		m.emit(WakeAt{At: m.origin.Add(m.wake)})
	}
}
