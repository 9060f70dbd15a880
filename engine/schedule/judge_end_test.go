package schedule_test

import (
	"slices"

	"github.com/muster-run/muster/engine/schedule"
)

// finished judges what the machine says of a node's end, then keeps it.
func (j *judge) finished(c schedule.Finished) {
	n, spec := &j.nodes[c.Node], &j.spec.Nodes[c.Node]
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
		ok = ok && j.rolls[spec.Rollout].canaryFailed
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
	for r := range j.spec.Rollouts { // a canary whose host fails under way did not end well
		if u := j.units[[2]int{r, j.spec.Nodes[c.Node].Host}]; u != nil && u.canary && u.left > 0 {
			j.rolls[r].canaryFailed = true
		}
	}
}

func (j *judge) finishedInUnit(c schedule.Finished) {
	u := j.unit(c.Node)
	r := &j.rolls[j.spec.Nodes[c.Node].Rollout]
	u.left--
	u.bad = u.bad || !c.Outcome.Good()
	if u.left > 0 || !u.canary {
		return
	}
	if u.bad {
		r.canaryFailed = true
	} else {
		r.proved++
	}
}

// isDown counts a host as the spec's comment has it: under way, gone, or begun and not ended well.
func (j *judge) isDown(r, h int) bool {
	u := j.units[[2]int{r, h}]
	return j.hosts[h].down || (u != nil && u.started && (u.left > 0 || u.bad))
}

// gone counts the hosts of a group that will not come back.
func (j *judge) gone(r, g int) int {
	count := 0
	for _, h := range j.spec.Rollouts[r].Groups[g].Hosts {
		u := j.units[[2]int{r, h}]
		if j.hosts[h].down || (u != nil && u.started && u.left == 0 && u.bad) {
			count++
		}
	}
	return count
}

// startUnit judges the first start of a unit: I1 and all that a rollout promises.
func (j *judge) startUnit(n int) {
	spec := &j.spec.Nodes[n]
	u, r, rec := j.unit(n), &j.spec.Rollouts[spec.Rollout], &j.rolls[spec.Rollout]
	group := &r.Groups[u.group]
	down := 0
	for _, h := range group.Hosts {
		if h != spec.Host && j.isDown(spec.Rollout, h) {
			down++
		}
	}
	if down >= group.MaxUnavailable {
		j.fail("I1", "host %d begins, %d of group %d are down, %d may be", spec.Host, down, u.group, group.MaxUnavailable)
	}
	if rec.canaryFailed {
		j.fail("canary", "host %d begins after the canary failed", spec.Host)
	}
	if j.failed > r.MaxFailed {
		j.fail("budget", "host %d begins after %d failed, %d may", spec.Host, j.failed, r.MaxFailed)
	}
	wave := u.group
	if u.canary = j.canaryPhase(spec.Rollout); u.canary {
		wave = -1
		j.startCanary(spec.Rollout, spec.Host)
	} else {
		j.groupOpen(spec.Rollout, u.group)
	}
	if !rec.waves[wave] {
		j.fail("wave", "host %d begins before wave %d was named", spec.Host, wave)
	}
	u.started = true
}

func (j *judge) canaryPhase(r int) bool {
	spec := &j.spec.Rollouts[r]
	if len(spec.CanaryHosts) > 0 {
		return slices.ContainsFunc(spec.CanaryHosts, func(h int) bool { return !j.decided(r, h) })
	}
	return j.rolls[r].proved < spec.Canary
}

func (j *judge) decided(r, h int) bool {
	u := j.units[[2]int{r, h}]
	return u == nil || u.left == 0
}

// startCanary: alone, and only when all candidates before it are decided.
func (j *judge) startCanary(r, host int) {
	spec := &j.spec.Rollouts[r]
	candidates := spec.CanaryHosts
	if len(candidates) == 0 {
		for _, g := range spec.Groups {
			candidates = append(candidates, g.Hosts...)
		}
	}
	turn := slices.IndexFunc(candidates, func(h int) bool { return !j.decided(r, h) })
	if candidates[turn] != host {
		j.fail("canary", "host %d begins, it is the turn of %d", host, candidates[turn])
	}
	for key, u := range j.units {
		if key[0] == r && u.started && u.left > 0 {
			j.fail("canary", "host %d begins beside host %d", host, key[1])
		}
	}
}

// groupOpen: fewer than groups_at_once of the groups before it still have something to do.
func (j *judge) groupOpen(r, group int) {
	spec, before := &j.spec.Rollouts[r], 0
	for g := range group {
		if slices.ContainsFunc(spec.Groups[g].Hosts, func(h int) bool { return !j.decided(r, h) }) {
			before++
		}
	}
	if before >= spec.GroupsAtOnce {
		j.fail("groups", "group %d begins, %d before it are not over, %d at once", group, before, spec.GroupsAtOnce)
	}
}

func (j *judge) halted(c schedule.Halted) {
	r := &j.rolls[c.Rollout]
	if r.halts[c.Reason] == nil {
		r.halts[c.Reason] = map[int]bool{}
	}
	for _, h := range c.Hosts {
		if r.halts[c.Reason][h] {
			j.fail("halted", "%+v names host %d again", c, h)
		}
		r.halts[c.Reason][h] = true
	}
}

// verdictOfRollout: what was halted names the hosts that were held back, and no others.
func (j *judge) verdictOfRollout(r int) {
	named := 0
	for reason, hosts := range j.rolls[r].halts {
		for h := range hosts {
			named++
			if u := j.units[[2]int{r, h}]; u == nil || u.held != reason {
				j.fail("halted", "rollout %d names host %d, which it did not hold back", r, h)
			}
		}
	}
	for key, u := range j.units {
		if key[0] == r && u.held != schedule.NoReason {
			named--
		}
	}
	if named != 0 && !j.stopped {
		j.fail("halted", "rollout %d does not name %d hosts that it held back", r, -named)
	}
}
