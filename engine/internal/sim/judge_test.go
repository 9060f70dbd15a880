package sim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// judge reads the record of the hosts, and holds it against the invariants of the engine.
type judge struct {
	w        *world
	s        *story
	problems []string
	runs     int // there are
	done     int // ended with 0

	mu  sync.Mutex
	log []string // how the processes ended
}

// note and add are for those who do not hold world.mu; several controllers may talk at once.
func (j *judge) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.log = append(j.log, fmt.Sprintf(format, args...))
}

func (j *judge) add(rule, format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fail(rule, format, args...)
}

func (j *judge) judged(c *controller, r result) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ended(c, r)
}

func (j *judge) fail(rule, format string, args ...any) {
	j.problems = append(j.problems, rule+": "+fmt.Sprintf(format, args...))
}

// effect reports whether an entry is something that a run did to a host: no reading, no lease, no look.
func (e *entry) effect() bool {
	return e.by != nil && slices.Contains([]string{"tally", "cycle", "write", "remove"}, e.kind)
}

// changes reports whether an entry is something because of which the playbook wants a restart.
func (e *entry) changes() bool {
	return e.by != nil && (e.kind == "tallied" || e.kind == "write" && slices.Contains([]string{"/one", "/two", keyFile}, e.what))
}

func (j *judge) read() {
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	for i := range j.w.record {
		e := &j.w.record[i]
		switch e.kind {
		case "tally":
			j.repeated(i)
		case "cycle":
			j.budget(i)
			j.order(e)
			j.restarted(i)
			j.canary(i)
		case "write":
			j.activated(i)
		}
		if e.effect() && e.due != nil && !(e.due.intent && e.due.effect) {
			j.fail("I4", "%s %s at %s: intent durable %v, effect durable %v", e.kind, e.what, j.when(e), e.due.intent, e.due.effect)
		}
	}
	j.single()
}

func (j *judge) when(e *entry) string {
	return fmt.Sprintf("%.3fs on %s by %s", e.at.Sub(j.w.begin).Seconds(), e.host.name, e.by.name)
}

// repeated is I3: what was done is never sent again by the same run; what may have been done is first asked for.
func (j *judge) repeated(at int) {
	e := &j.w.record[at]
	sent, done, probed := false, false, false
	for _, old := range j.w.record[:at] {
		if old.host != e.host || old.what != e.what {
			continue
		}
		switch old.kind {
		case "tally":
			sent, probed = true, false
		case "tallied":
			done = true
		case "probe":
			probed = old.by == e.by
		}
	}
	switch {
	case done:
		j.fail("I3", "%s was done and is sent again, %s", e.what, j.when(e))
	case sent && strings.HasPrefix(e.what, "dark-"):
		j.fail("I3", "%s cannot be asked for and is sent again, %s", e.what, j.when(e))
	case sent && !probed:
		j.fail("I3", "%s was sent and is sent again without a probe, %s", e.what, j.when(e))
	}
}

// restarted is I3 for restarts: one that was sent, done and not reported as failed is not sent again by the same run, unless
// something was changed on the host since: also another run's debt is paid by whoever comes.
func (j *judge) restarted(at int) {
	e := &j.w.record[at]
	sent, done := false, false
	for _, old := range j.w.record[:at] {
		if old.host != e.host {
			continue
		}
		switch {
		case old.kind == "cycle" && old.by.run == e.by.run:
			sent, done = true, false
		case old.kind == "back":
			done = sent
		case old.changes():
			done, sent = false, false
		}
	}
	if done && !slices.Contains(e.by.run.told(e.host.name+": conf.handler.restart"), "failed") {
		j.fail("I3", "the restart was done and is sent again, %s", j.when(e))
	}
}

// canary is what a promotion means: before somebody gave it, a process restarts no other host than its canary.
func (j *judge) canary(at int) {
	e := &j.w.record[at]
	if !j.s.policy.manual || !e.by.run.promoted.IsZero() && !e.at.Before(e.by.run.promoted) {
		return
	}
	for _, old := range j.w.record[:at] {
		if old.kind == "cycle" && old.by == e.by && old.host != e.host {
			j.fail("canary", "%s was restarted after %s, and nobody has promoted it, %s", e.host.name, old.host.name, j.when(e))
			return
		}
	}
}

// noticed is how long a host may be gone before the engine has to know: a question each half minute, the watchdog, and the
// time of an answer.
const noticed = 2 * time.Minute

// budget is I1: at each restart that we begin, no more hosts of the group are down than allowed.
func (j *judge) budget(at int) {
	e := &j.w.record[at]
	down := []string{e.host.name}
	for _, h := range j.w.hosts {
		if h != e.host && h.site == e.host.site && j.down(h, at) {
			down = append(down, h.name)
		}
	}
	if len(down) > j.s.policy.maxUnavailable {
		j.fail("I1", "%v are down at once, %d allowed, %s", down, j.s.policy.maxUnavailable, j.when(e))
	}
}

// down reports whether a host is down just before an entry: restarting because of us, or gone by itself for long enough.
func (j *judge) down(h *host, at int) bool {
	restarting, off, by := false, time.Time{}, false
	for _, old := range j.w.record[:at] {
		if old.host != h {
			continue
		}
		switch old.kind {
		case "restarting":
			restarting = true
		case "back":
			restarting = false
		case "off":
			off, restarting = old.at, false
		case "on":
			off, restarting = time.Time{}, false
		case "cycle":
			by = true
		}
	}
	return restarting || by && !off.IsZero() && j.w.record[at].at.Sub(off) > noticed
}

// order is I2: a host is restarted only when everything before it is done there.
func (j *judge) order(e *entry) {
	for _, missing := range e.missing {
		j.fail("I2", "restart before %s was done, %s", missing, j.when(e))
	}
}

// single is I13: where one controller's process has acted on a group after another, the other does not act there any more.
func (j *judge) single() {
	last, past := map[string]*process{}, map[string]map[*process]bool{}
	for i := range j.w.record {
		e := &j.w.record[i]
		if !e.effect() {
			continue
		}
		site := e.host.site
		if past[site] == nil {
			past[site] = map[*process]bool{}
		}
		if was := last[site]; was != nil && was != e.by {
			past[site][was] = true
		}
		if last[site] = e.by; past[site][e.by] {
			j.fail("I13", "%s %s after another had taken over, %s", e.kind, e.what, j.when(e))
			delete(past[site], e.by)
		}
	}
}

// activated is I5: no key is put into use on one host while another, that was asked, could not be given it.
func (j *judge) activated(at int) {
	e := &j.w.record[at]
	if e.what == keyFile && len(e.missing) > 0 {
		j.fail("I5", "a key is activated though %v have it not staged, %s", e.missing, j.when(e))
	}
}
