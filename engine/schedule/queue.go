package schedule

// advance starts what has come to its turn on a host: the first node that has not ended, and those of its parallel block.
func (m *Machine) advance(h int32) {
	hs := &m.hosts[h]
	for i := hs.head; i < hs.end; i++ {
		if i != hs.head && i >= m.nodes[m.queue[hs.head]].block {
			return
		}
		n := m.queue[i]
		if m.nodes[n].state == waiting {
			m.try(n)
		}
		if i == hs.head && m.nodes[n].state == ended {
			hs.head++
		}
	}
}

// try starts a node whose turn has come, or ends it, or leaves it waiting; whatever it waits for touches it again.
func (m *Machine) try(n int32) {
	nd := &m.nodes[n]
	switch {
	case m.needless(nd):
		m.end(n, NotNotified, none, NoReason)
	case nd.cause != none:
		m.end(n, NotRun, nd.cause, EarlierFailed)
	case nd.waits > 0:
	case m.admit(n) && !m.holds(nd):
		m.start(n)
	}
}

// needless reports whether a node has nothing to do: a handler that was not notified, and the health probes after it.
func (m *Machine) needless(nd *node) bool {
	switch nd.role {
	case Handler:
		return !nd.notified
	case Health:
		return nd.unit != none && !m.units[nd.unit].started
	}
	return false
}

// tryLoose is try for a node without a host.
func (m *Machine) tryLoose(n int32) {
	nd := &m.nodes[n]
	switch {
	case nd.state != waiting:
	case nd.cause != none:
		m.end(n, NotRun, nd.cause, EarlierFailed)
	case nd.waits > 0:
	case nd.role == Gate:
		m.end(n, OK, none, NoReason)
	default:
		m.start(n)
	}
}

// start runs an attempt if the node's resources and a fork are free.
func (m *Machine) start(n int32) {
	nd := &m.nodes[n]
	if nd.host != none && m.hosts[nd.host].busy&nd.holds != 0 {
		return // the end of the node that holds them touches the host
	}
	if m.running >= m.forks {
		m.waitForFork(n)
		return
	}
	if nd.unit != none {
		m.enter(nd.unit)
	}
	if nd.host != none {
		m.hosts[nd.host].busy |= nd.holds
		m.hosts[nd.host].begun = true
	}
	if nd.role == Health && nd.attempt == 0 {
		m.probes[nd.probe] = probe{asked: m.now, held: never}
	}
	nd.attempt++
	nd.state = running
	m.running++
	m.emit(Persist{Node: int(n), Attempt: int(nd.attempt)})
	m.emit(Start{Node: int(n), Attempt: int(nd.attempt)})
}

func (m *Machine) waitForFork(n int32) {
	h := m.nodes[n].host
	if h == none {
		m.begun.push(^n)
		return
	}
	hs := &m.hosts[h]
	if hs.queued {
		return
	}
	hs.queued = true
	if hs.begun {
		m.begun.push(h)
	} else {
		m.fresh.push(h)
	}
}

// stopHost ends everything on a host that does not run: it starts nothing more. If a rollout held back a unit there, the
// rest of the unit shares the reason; everything else comes after a node that did not end well.
func (m *Machine) stopHost(h int32, root, cause int32, reason Reason) {
	hs := &m.hosts[h]
	hs.stop = root
	for i := hs.head; i < hs.end; i++ {
		n := m.queue[i]
		nd := &m.nodes[n]
		switch {
		case nd.state == running || nd.state == ended:
		case nd.attempt > 0:
			m.giveUp(n, root, EarlierFailed)
		case nd.unit != none && m.units[nd.unit].held != NoReason:
			m.end(n, NotRun, cause, reason)
		default:
			m.end(n, NotRun, root, EarlierFailed)
		}
	}
}
