package sim

import (
	"slices"

	"github.com/muster-run/muster/engine/event"
)

// told are the outcomes that a run recorded for a node, over all of its processes.
func (c *controller) told(node string) (out []string) {
	for _, p := range c.processes {
		if p.tap != nil {
			out = append(out, p.tap.outcomes(node)...)
		}
	}
	return out
}

// ended holds what a process said at its end against the hosts: I8, and I5 and I3 where it says that all is done.
func (j *judge) ended(c *controller, r result) {
	if r.summary == nil {
		return
	}
	s := r.summary
	classes := map[string]int{}
	for _, names := range s.Hosts {
		for _, n := range names {
			classes[n]++
		}
	}
	well := append(slices.Clone(s.Hosts[event.OK]), s.Hosts[event.Changed]...)
	for _, h := range j.w.hosts {
		if classes[h.name] != 1 {
			j.fail("I8", "%s stands in %d classes: %v", h.name, classes[h.name], s.Hosts)
		}
		if missing := j.undone(h, c); len(missing) > 0 && slices.Contains(well, h.name) {
			j.fail("I8", "%s is said to be well, and lacks %v (exit %d)", h.name, missing, s.ExitCode)
		}
	}
	switch {
	case s.ExitCode == 0 && len(well) != len(j.w.hosts):
		j.fail("I8", "exit 0, and the hosts are %v", s.Hosts)
	case s.ExitCode != 0 && len(well) == len(j.w.hosts) && s.ControlFailed == "" && !s.Interrupted && len(s.HeldBack) == 0:
		j.fail("I8", "exit %d for no reason: %v", s.ExitCode, s.Hosts)
	case s.ExitCode == 0:
		j.done++
		j.complete(c)
	}
}

func (j *judge) undone(h *host, c *controller) []string {
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	missing := h.undone(&process{run: c})
	if j.s.policy.blind && h.tallies["dark-"+c.name+"-"+h.name] == 0 {
		missing = append(missing, "dark")
	}
	return missing
}

// complete is the end of a run that says that all is done.
func (j *judge) complete(c *controller) {
	keys := map[string]bool{}
	for _, h := range j.w.hosts {
		key, _ := h.disk.get(keyFile)
		keys[key] = true
		j.w.mu.Lock()
		for _, id := range []string{"count-" + c.name + "-" + h.name, "dark-" + c.name + "-" + h.name} {
			if h.tallies[id] > 1 {
				j.fail("I3", "%s was done %d times", id, h.tallies[id])
			}
		}
		j.w.mu.Unlock()
		if left := h.owes(); len(left) > 0 && !j.s.two {
			j.fail("I8", "exit 0, and %s still owes %v", h.name, left)
		}
		j.restartedSince(c, h)
	}
	if j.s.policy.share && len(keys) != 1 {
		j.fail("I5", "exit 0, and the hosts hold %d different keys", len(keys))
	}
}

// restartedSince wants each host to have been restarted by somebody after the last thing that was changed there.
func (j *judge) restartedSince(c *controller, h *host) {
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	owed := ""
	for i := range j.w.record {
		e := &j.w.record[i]
		switch {
		case e.host != h:
		case e.kind != "restarting" && e.kind != "on" && (e.by == nil || e.by.run != c):
		case e.changes():
			owed = e.what
		case e.kind == "restarting", e.kind == "on":
			owed = ""
		}
	}
	if owed != "" {
		j.fail("I8", "exit 0 of %s, and %s was never restarted after %s", c.name, h.name, owed)
	}
}

// settled is about the very end: nothing is owed. A lease may stand: of a host that could not be reached when it was to be
// given back. It ends when it is stale.
func (j *judge) settled() {
	for _, h := range j.w.hosts {
		if left := h.owes(); len(left) > 0 && j.done == j.runs {
			j.fail("I8", "every run ended with 0, and %s still owes %v", h.name, left)
		}
	}
}

// owes are the markers on a host; half of an upload is none.
func (h *host) owes() (out []string) {
	left, _ := h.disk.list(home + "/.muster/pending")
	for _, f := range left {
		if !own(f.Name()) {
			out = append(out, f.Name())
		}
	}
	return out
}
