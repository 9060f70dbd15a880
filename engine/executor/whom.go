package executor

import "time"

// look begins the questions that are due, so many at a time, host after host.
func (w *watch) look() {
	now := w.e.now()
	for i, begun := 0, 0; i < len(w.hosts) && begun < watchBurst; i++ {
		h := w.next
		w.next = (w.next + 1) % len(w.hosts)
		question := w.question(h, now)
		if question == nil {
			continue
		}
		begun++
		w.put(h, question, now)
	}
}

func (w *watch) put(h int, question func() answer, now time.Time) {
	w.asking++
	w.hosts[h].busy, w.hosts[h].asked = true, now
	go func() { w.answers <- question() }()
}

// question is what is to be asked of a host now; nil: nothing.
func (w *watch) question(h int, now time.Time) func() answer {
	s, host := &w.hosts[h], w.e.hosts[h]
	due := now.Sub(s.asked) >= watchEvery || w.lastOfSoak(h, now)
	switch {
	case s.busy || host.running > 0 || host.barred != nil || host.lost.Load() != nil || w.underway(h):
	case len(w.healthOf(h)) > 0:
		if due {
			health := w.healthOf(h)
			return func() answer { return w.ask(h, health) }
		}
	case w.parked(h) && host.gone() && (due || !s.down):
		return func() answer { return w.redial(h) }
	}
	return nil
}

// lastOfSoak reports whether the soak of a rollout that the host is in is about to end.
func (w *watch) lastOfSoak(h int, now time.Time) bool {
	for _, u := range w.hosts[h].units {
		if until, ok := w.soaks[u.rollout]; ok && w.units[u].well() && now.Before(until) && now.After(until.Add(-watchLast)) {
			return true
		}
	}
	return false
}

// healthOf are the health nodes of the host's units that ended well, in rollouts that go on. A question that takes a
// resource of the host which a later node may want is not asked before the host has nothing left to do.
func (w *watch) healthOf(h int) []int {
	var out []int
	for _, u := range w.hosts[h].units {
		if w.left[u.rollout] == 0 || !w.units[u].well() {
			continue
		}
		for _, n := range w.units[u].health {
			if w.e.hosts[h].left == 0 || len(w.e.plan.Spec.Nodes[n].Exclusive) == 0 {
				out = append(out, n)
			}
		}
	}
	return out
}

// underway reports whether the host is being changed: whatever is wrong with it then is of our making.
func (w *watch) underway(h int) bool {
	for _, u := range w.hosts[h].units {
		if p := w.units[u]; p.begun && p.left > 0 {
			return true
		}
	}
	return false
}

// parked reports whether the host waits for its turn in a rollout.
func (w *watch) parked(h int) bool {
	for _, u := range w.hosts[h].units {
		if p := w.units[u]; p.left > 0 && !p.bad && w.e.hosts[h].contacted.Load() {
			return true
		}
	}
	return false
}

// wasWell reports whether a unit of the host ended well.
func (w *watch) wasWell(h int) bool {
	for _, u := range w.hosts[h].units {
		if w.units[u].well() {
			return true
		}
	}
	return false
}
