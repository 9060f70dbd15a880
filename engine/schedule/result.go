package schedule

import (
	"math/rand/v2"
	"slices"
	"time"
)

// maxBackoff caps the pause between two attempts.
const maxBackoff = 5 * time.Minute

// ended takes in how an attempt ended.
func (m *Machine) ended(ev Ended) {
	if ev.Node < 0 || ev.Node >= len(m.nodes) || m.nodes[ev.Node].state != running {
		return
	}
	n := int32(ev.Node)
	nd := &m.nodes[n]
	m.running--
	if nd.host != none {
		m.hosts[nd.host].busy &^= nd.holds
		m.dirty(nd.host)
	}
	m.notify(nd.host, ev.Notify)
	nd.outcome = ev.Outcome
	if nd.outcome == Pending || nd.outcome > Unknown {
		nd.outcome = Unknown // no outcome of an attempt: nobody knows
	}
	switch {
	case nd.role == Health:
		m.answered(n)
	case !nd.outcome.Good() && m.goesOn(nd) && m.retries(n, ev.Class):
		m.retry(n)
	default:
		m.end(n, nd.outcome, none, NoReason)
	}
}

// notify marks handlers of the host. One that is not there, or has had its turn, is left alone.
func (m *Machine) notify(h int32, handlers []int) {
	for _, n := range handlers {
		if n >= 0 && n < len(m.nodes) && m.nodes[n].role == Handler && m.nodes[n].host == h {
			m.nodes[n].notified = true
		}
	}
}

// goesOn reports whether a node that has begun may make another attempt.
func (m *Machine) goesOn(nd *node) bool {
	return !m.stopped && (nd.host == none || m.hosts[nd.host].stop == none)
}

func (m *Machine) retries(n int32, class Class) bool {
	r := &m.spec.Nodes[n].Retry
	return int(m.nodes[n].attempt) < r.Attempts && slices.Contains(r.On, class)
}

func (m *Machine) retry(n int32) {
	nd := &m.nodes[n]
	pause := min(m.spec.Nodes[n].Retry.Backoff, maxBackoff)
	for i := int32(1); i < nd.attempt && pause < maxBackoff && pause > 0; i++ {
		pause = min(2*pause, maxBackoff)
	}
	pause = min(jittered(max(pause, 0), m.spec.Seed, uint64(n), uint64(nd.attempt)), maxBackoff)
	due := after(m.now, pause)
	m.emit(Retrying{Node: int(n), Attempt: int(nd.attempt), Due: m.origin.Add(due)})
	m.pause(n, due)
}

// jittered moves a pause by up to a quarter, as seed, node and attempt have it; a seed of 0 leaves it as it is.
func jittered(pause time.Duration, seed, node, attempt uint64) time.Duration {
	if seed == 0 {
		return pause
	}
	r := rand.New(rand.NewPCG(seed, node<<16|attempt&0xffff))
	return pause - pause/4 + time.Duration(r.Int64N(int64(pause/2)+1))
}

// end ends a node for good and tells those that wait for it.
func (m *Machine) end(n int32, outcome Outcome, cause int32, reason Reason) {
	nd := &m.nodes[n]
	nd.state, nd.outcome = ended, outcome
	m.left--
	m.emit(Finished{Node: int(n), Outcome: outcome, Cause: int(cause), Reason: reason})
	root := n
	if outcome == NotRun && cause != none {
		root = cause
	}
	for _, d := range m.needer[m.needAt[n]:m.needAt[n+1]] {
		m.needEnded(d, outcome.Good(), root)
	}
	if nd.host == none {
		return
	}
	m.countDown(nd.host, n, outcome)
	if nd.unit != none {
		m.nodeOfUnitEnded(nd.unit, outcome.Good(), root)
	}
	if !outcome.Good() && !m.stopped && m.hosts[nd.host].stop == none {
		m.stopHost(nd.host, root, cause, reason)
	}
}

func (m *Machine) needEnded(d int32, good bool, root int32) {
	nd := &m.nodes[d]
	nd.waits--
	nd.met = nd.met || good
	if nd.spares && !good && m.nodes[root].outcome == Unreachable {
		nd.missed = root
		good = true
	}
	first := !good && nd.cause == none
	if first {
		nd.cause = root
	}
	if nd.waits == 0 && nd.spares && !nd.met && nd.cause == none {
		nd.cause = nd.missed // nobody is left
	}
	if first || nd.waits == 0 {
		m.touch(d)
	}
}

// giveUp ends a node that has begun and may not go on. A failed attempt stays failed; of a health probe nobody knows how
// it would have gone on.
func (m *Machine) giveUp(n, cause int32, reason Reason) {
	nd := &m.nodes[n]
	if nd.state == paused {
		m.paused--
	}
	if nd.role == Health {
		m.end(n, Unknown, cause, reason)
		return
	}
	m.end(n, nd.outcome, none, NoReason)
}

// abandon ends everything that does not run; nothing begins any more.
func (m *Machine) abandon(reason Reason) {
	m.stopped = true
	for n := range m.nodes {
		switch nd := &m.nodes[n]; {
		case nd.state == running || nd.state == ended:
		case nd.attempt > 0:
			m.giveUp(int32(n), none, reason)
		default:
			m.end(int32(n), NotRun, none, reason)
		}
	}
}
