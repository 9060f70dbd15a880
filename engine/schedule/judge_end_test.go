package schedule_test

import (
	"fmt"
	"slices"

	"github.com/muster-run/muster/engine/schedule"
)

// finished judges what the machine says of a node's end, then keeps it.
func (j *judge) finished(c schedule.Finished) {
	n, spec := &j.nodes[c.Node], &j.spec.Nodes[c.Node]
	if n.old {
		j.fail("I8", "node %d ended well in an earlier process and finishes again", c.Node)
	}
	if n.finished || n.running {
		j.fail("I8", "node %d finishes: finished before %v, running %v", c.Node, n.finished, n.running)
	}
	n.finished, n.final = true, c
	switch {
	case c.Outcome == schedule.NotRun:
		j.notRun(c)
	case c.Outcome == schedule.NotNotified:
		j.saw["not-notified"]++
		if spec.Role == schedule.Handler && n.notified || spec.Role == schedule.Health && j.unit(c.Node).started || spec.Role == schedule.Task || n.attempts > 0 {
			j.fail("handler", "node %d is said to be not notified", c.Node)
		}
	case spec.Role == schedule.Health:
		j.finishedHealth(c)
	case spec.Role == schedule.Gate:
		j.finishedGate(c)
	case c.Outcome != n.answer || n.attempts == 0:
		j.fail("I8", "node %d answered %s and is said to be %s", c.Node, outcomes[n.answer], outcomes[c.Outcome])
	case n.couldRetry:
		j.fail("retry", "node %d is given up after %d attempts", c.Node, n.attempts)
	}
	if spec.Host >= 0 {
		j.finishedOnHost(c)
	}
	if spec.Rollout >= 0 {
		j.finishedInUnit(c)
	}
}

func (j *judge) finishedGate(c schedule.Finished) {
	if need, met := j.needsMet(c.Node); c.Outcome != schedule.OK || !met {
		j.fail("gate", "node %d opens before %d ended well", c.Node, need)
	}
}

// needsMet says whether all needs of a node ended well, those left out that may be; otherwise which one did not.
func (j *judge) needsMet(node int) (int, bool) {
	spec := &j.spec.Nodes[node]
	left := len(spec.Needs) == 0
	for _, need := range spec.Needs {
		switch n := &j.nodes[need]; {
		case n.finished && n.final.Outcome.Good():
			left = true
		case n.finished && spec.Spares && j.spared(need):
			j.saw["spared"]++
		default:
			return need, false
		}
	}
	if !left {
		return spec.Needs[0], false
	}
	return -1, true
}

// spared reports whether a node came to nothing because its host was unreachable at first contact.
func (j *judge) spared(n int) bool { return j.nodes[j.root(n)].final.Outcome == schedule.Unreachable }

func (j *judge) finishedHealth(c schedule.Finished) {
	n, spec := &j.nodes[c.Node], &j.spec.Nodes[c.Node]
	end := n.asked.Add(spec.Within)
	switch c.Outcome {
	case schedule.OK:
		j.saw["health held"]++
		if n.held.IsZero() || j.now.Sub(n.held) < spec.Stable || j.now.After(end) {
			j.fail("health", "node %d passes: held since %v, stable %v, now %v, end %v", c.Node, n.held, spec.Stable, j.now, end)
		}
	case schedule.Skipped:
		if n.answer != c.Outcome || n.attempts != 1 {
			j.fail("health", "node %d is said to be skipped, it answered %s", c.Node, outcomes[n.answer])
		}
	case schedule.Failed:
		j.saw["health failed"]++
		if j.now.Before(end) {
			j.fail("health", "node %d fails %v too early", c.Node, end.Sub(j.now))
		}
	case schedule.Unknown:
		j.saw["unknown health"]++
		if !j.stopped && j.hosts[spec.Host].bad < 0 {
			j.fail("health", "node %d is given up", c.Node)
		}
	default:
		j.fail("health", "node %d ends %s", c.Node, outcomes[c.Outcome])
	}
}

// notRun holds the reason against the record.
func (j *judge) notRun(c schedule.Finished) {
	n, spec := &j.nodes[c.Node], &j.spec.Nodes[c.Node]
	j.saw[reasons[c.Reason]]++
	ok := n.attempts == 0
	switch c.Reason {
	case schedule.EarlierFailed:
		ok = ok && slices.Contains(j.causes(c.Node), c.Cause)
	case schedule.StoppedByUser:
		ok = ok && j.stopped
	case schedule.CanaryFailed:
		ok = ok && j.rolls[spec.Rollout].canaryMayHaveFailed
	case schedule.NotPromoted:
		ok = ok && j.spec.Unattended && j.nobodyPromotes(spec.Rollout)
	case schedule.WaveOverdue:
		ok = ok && j.rolls[spec.Rollout].groups[spec.Group].mayBeOverdue
	case schedule.BudgetSpent:
		ok = ok && j.failed > j.spec.Rollouts[spec.Rollout].MaxFailed
	case schedule.NoPlaceLeft:
		ok = ok && j.gone(spec.Rollout, spec.Group) >= j.spec.Rollouts[spec.Rollout].Groups[spec.Group].MaxUnavailable
	default:
		ok = false
	}
	if u := j.unit(c.Node); u != nil && c.Reason != schedule.EarlierFailed && c.Reason != schedule.StoppedByUser {
		ok = ok && !u.started
		u.held = c.Reason
		if spec.Role == schedule.Handler && !n.notified && j.hosts[spec.Host].bad < 0 {
			ok = false // it had nothing to do
		}
	}
	if !ok {
		j.fail("not run", "%+v is not so: causes %v", c, j.causes(c.Node))
	}
}

// causes are the nodes that may be named as the root of a node's not being run.
func (j *judge) causes(node int) []int {
	var causes []int
	spec := &j.spec.Nodes[node]
	if spec.Host >= 0 && j.hosts[spec.Host].bad >= 0 {
		causes = append(causes, j.root(j.hosts[spec.Host].bad))
	}
	for _, need := range spec.Needs {
		if !j.nodes[need].finished || j.nodes[need].final.Outcome.Good() {
			continue
		}
		if spec.Spares && j.spared(need) && !j.allSpared(spec.Needs) {
			continue // it would have gone on without
		}
		causes = append(causes, j.root(need))
	}
	return causes
}

func (j *judge) allSpared(needs []int) bool {
	return !slices.ContainsFunc(needs, func(n int) bool { return !j.nodes[n].finished || !j.spared(n) })
}

func (j *judge) root(n int) int {
	if f := j.nodes[n].final; f.Outcome == schedule.NotRun && f.Cause >= 0 {
		return f.Cause
	}
	return n
}

func (j *judge) finishedOnHost(c schedule.Finished) {
	h := &j.hosts[j.spec.Nodes[c.Node].Host]
	if !c.Outcome.Good() && h.bad < 0 {
		h.bad = c.Node
	}
	switch c.Outcome {
	case schedule.Failed, schedule.Unknown, schedule.Lost:
		h.down = true
		if !h.failed {
			h.failed = true
			j.failed++
		}
	case schedule.Unreachable:
		h.down = true
	default:
		return
	}
	j.doubt(j.spec.Nodes[c.Node].Host)
}

// verdict is about the end of a process that was not killed.
func (j *judge) verdict() {
	for n := range j.nodes {
		if !j.nodes[n].finished || j.nodes[n].running {
			j.fail("I9", "the run is over, node %d is not", n)
		}
	}
	for h := range j.hosts {
		j.class(h)
	}
	for r := range j.rolls {
		j.verdictOfRollout(r)
	}
}

// good reports whether everything ended well.
func (j *judge) good() bool {
	return !slices.ContainsFunc(j.nodes, func(n nodeRecord) bool { return !n.final.Outcome.Good() })
}

// class holds what the host answered against what was said of it: each host is in one class.
func (j *judge) class(h int) {
	answered, said := map[string]bool{}, map[string]bool{}
	for _, n := range j.hosts[h].queue {
		rec := &j.nodes[n]
		if rec.old {
			continue
		}
		if rec.attempts > 0 && j.spec.Nodes[n].Role != schedule.Health && !rec.answer.Good() {
			answered[outcomes[rec.answer]] = true
		}
		if !rec.final.Outcome.Good() && rec.final.Outcome != schedule.NotRun && j.spec.Nodes[n].Role != schedule.Health {
			said[outcomes[rec.final.Outcome]] = true
		}
		if rec.attempts == 0 && rec.final.Outcome != schedule.NotRun && rec.final.Outcome != schedule.NotNotified {
			j.fail("I8", "node %d never ran and is %s", n, outcomes[rec.final.Outcome])
		}
	}
	if fmt.Sprint(answered) != fmt.Sprint(said) {
		j.fail("I8", "host %d answered %v and is said to be %v", h, answered, said)
	}
}

// verdictOfRecord is about all processes together: no node ended well twice but those that had to run again, and after a good end the hosts say of no
// handler that it is owed.
func (j *judge) verdictOfRecord(r *record, owed, again []bool) {
	ends := make([]int, len(j.nodes))
	for _, e := range r.entries {
		if e.kind == outcome && e.outcome.Good() {
			ends[e.node]++
		}
	}
	whole := j.done && j.good()
	for n := range j.nodes {
		if (ends[n] > 1 && !again[n]) || (whole && ends[n] == 0) {
			j.fail("I8", "node %d ended well %d times", n, ends[n])
		}
		if whole && owed[n] {
			j.fail("handler", "node %d is owed after a good end", n)
		}
	}
	if whole {
		j.saw["good end"]++
	}
}
