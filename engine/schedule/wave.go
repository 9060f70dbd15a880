package schedule

// openGroups opens groups in order; one whose units have all ended already needs no opening.
func (m *Machine) openGroups(r *rollout) {
	atOnce := m.spec.Rollouts[m.groups[r.first].rollout].GroupsAtOnce
	for r.open < atOnce && r.opened < r.end {
		g := &m.groups[r.opened]
		if g.left > 0 {
			g.open = true
			r.open++
		}
		r.opened++
	}
	m.cutGroups(r)
}

// cutGroups cuts open groups into waves, as soon as nothing else goes before them: the canary and what earlier processes
// began belong to no wave.
func (m *Machine) cutGroups(r *rollout) {
	if r.phase != open || r.resumed > 0 {
		return
	}
	for gi := r.first; gi < r.opened; gi++ {
		if g := &m.groups[gi]; g.open && g.waves == nil {
			m.cut(g, m.spec.Rollouts[g.rollout].Groups[gi-r.first].Batches)
			m.beginWave(gi)
		}
	}
}

func (m *Machine) cut(g *group, sizes []int) {
	count := 0
	for ui := g.first; ui < g.end && len(sizes) > 0; ui++ {
		if m.units[ui].left == 0 {
			continue
		}
		if size := sizes[min(len(g.waves), len(sizes)-1)]; count == size {
			g.waves, count = append(g.waves, ui), 0
		}
		count++
	}
	g.waves = append(g.waves, g.end)
}

// beginWave lets the units of the group's wave begin, or of the first one after it that has any left.
func (m *Machine) beginWave(gi int32) {
	g := &m.groups[gi]
	g.began = false
	g.stopClock()
	for g.wave < len(g.waves) {
		for ui := g.waveFirst(); ui < g.waveEnd(); ui++ {
			if m.units[ui].left > 0 {
				g.waveLeft++
			}
		}
		if g.waveLeft > 0 {
			m.mark(gi)
			return
		}
		g.wave++
	}
}

func (g *group) waveFirst() int32 {
	if g.wave == 0 {
		return g.first
	}
	return g.waves[g.wave-1]
}

// waveEnd is where the units that may begin end: none before the group is cut, all when the last wave is over.
func (g *group) waveEnd() int32 {
	if g.waves == nil {
		return g.first
	}
	return g.waves[min(g.wave, len(g.waves)-1)]
}

// leftWave notes that a unit of the group ended.
func (m *Machine) leftWave(gi, ui int32) {
	g := &m.groups[gi]
	if g.waves == nil || g.wave == len(g.waves) || ui < g.waveFirst() || ui >= g.waveEnd() {
		return
	}
	if g.waveLeft--; g.waveLeft == 0 {
		g.wave++
		m.beginWave(gi)
	}
}

// nameWave says that a wave begins, when its first unit really starts, and starts its clock.
func (m *Machine) nameWave(ui int32) {
	u := &m.units[ui]
	g := &m.groups[u.group]
	r := &m.rollouts[g.rollout]
	m.startClock(u.group)
	switch {
	case r.phase == canary && !r.began:
		r.began = true
		m.emit(Wave{Rollout: int(g.rollout), Group: -1, Batch: 1, Batches: 1, Hosts: m.mayProve(r)})
	case r.phase == open && !g.began:
		g.began = true
		w := Wave{Rollout: int(g.rollout), Group: int(u.group - r.first), Batch: g.wave + 1, Batches: len(g.waves)}
		for i := g.waveFirst(); i < g.waveEnd(); i++ {
			if m.units[i].left > 0 {
				w.Hosts = append(w.Hosts, int(m.units[i].host))
			}
		}
		m.emit(w)
	}
}

// mayProve are the hosts that may be the canary: those of the candidates that can still turn out to have something to do.
func (m *Machine) mayProve(r *rollout) []int {
	most := len(r.candidates)
	if !r.named {
		most = m.spec.Rollouts[m.groups[r.first].rollout].Canary - r.proved
	}
	var hosts []int
	for _, ui := range r.candidates[r.next:] {
		if m.units[ui].left > 0 && len(hosts) < most {
			hosts = append(hosts, int(m.units[ui].host))
		}
	}
	return hosts
}
