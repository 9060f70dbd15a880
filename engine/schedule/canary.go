package schedule

// phase of a rollout: what may begin.
type phase uint8

const (
	canary  phase = iota // the candidate whose turn it is
	soaking              // nothing, until a time
	asking               // nothing, until Promote
	open                 // the groups, in their order
)

// decideCanary moves on to the next candidate that is undecided. Hosts that had nothing to do, or were stopped before
// their unit began, are passed over.
func (m *Machine) decideCanary(ri int32) {
	r := &m.rollouts[ri]
	for r.phase == canary && r.halted == NoReason {
		if r.next == len(r.candidates) || (!r.named && r.proved >= m.spec.Rollouts[ri].Canary) {
			m.canaryPassed(ri)
			return
		}
		if u := &m.units[r.candidates[r.next]]; u.left > 0 {
			m.dirty(u.host)
			return
		}
		r.next++
	}
}

// canaryPassed lets the canary soak. When no host had a part in it there is nothing to soak, but a promotion is still
// to be asked for.
func (m *Machine) canaryPassed(ri int32) {
	r := &m.rollouts[ri]
	r.until = after(r.since, m.spec.Rollouts[ri].Soak)
	if r.proved == 0 || r.until <= m.now {
		m.soaked(ri)
		return
	}
	r.phase, r.told = soaking, false
	m.remind(r.until, ^ri)
	m.tell(ri)
}

func (m *Machine) soaked(ri int32) {
	r := &m.rollouts[ri]
	switch {
	case !m.spec.Rollouts[ri].Manual:
		m.openRest(ri)
	case m.spec.Unattended:
		m.halt(r, NotPromoted, none)
	default:
		r.phase, r.told = asking, false
		m.tell(ri)
	}
}

// tell says what a rollout waits for, once there is a unit that waits for it.
func (m *Machine) tell(ri int32) {
	r := &m.rollouts[ri]
	if m.stopped || r.told || r.halted != NoReason || (r.phase != soaking && r.phase != asking) || !m.anyWaits(r) {
		return
	}
	r.told = true
	if r.phase == soaking {
		m.emit(Soaking{Rollout: int(ri), Until: m.origin.Add(r.until)})
		return
	}
	ask := Ask{Rollout: int(ri)}
	for _, ui := range r.candidates {
		if m.units[ui].canary {
			ask.Hosts = append(ask.Hosts, int(m.units[ui].host))
		}
	}
	m.emit(ask)
}

func (m *Machine) anyWaits(r *rollout) bool {
	for gi := r.first; gi < r.end; gi++ {
		for _, ui := range m.groups[gi].parked {
			if m.units[ui].waits() {
				return true
			}
		}
	}
	return false
}

func (m *Machine) promote(ri int) {
	if ri < 0 || ri >= len(m.rollouts) {
		return
	}
	if r := &m.rollouts[ri]; r.phase == asking && r.told && r.halted == NoReason {
		m.openRest(int32(ri))
	}
}

func (m *Machine) openRest(ri int32) {
	r := &m.rollouts[ri]
	r.phase = open
	m.cutGroups(r)
}

// proves takes note of how a unit ended while its rollout's canary was on.
func (m *Machine) proves(ui int32) {
	u := &m.units[ui]
	r := &m.rollouts[u.rollout]
	if r.phase != canary || !u.candidate {
		return
	}
	if u.started || (r.halted == NoReason && r.candidates[r.next] == ui) {
		m.groups[u.group].stopClock()
	}
	switch {
	case !u.started:
	case u.bad:
		m.halt(r, CanaryFailed, u.cause)
	default:
		u.canary = true
		r.proved++
		r.since = m.now
	}
}

// doubt says that a host is not well, because of a node or none. If the rest still waits for its canary unit, the canary
// failed.
func (m *Machine) doubt(ui, cause int32) {
	u := &m.units[ui]
	r := &m.rollouts[u.rollout]
	underway := r.phase == canary && u.candidate && u.started && u.left > 0
	if underway || (u.canary && r.phase != open) {
		m.halt(r, CanaryFailed, cause)
	}
}
