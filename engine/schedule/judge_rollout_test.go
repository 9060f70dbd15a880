package schedule_test

import (
	"slices"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

type unitRecord struct {
	left, group  int
	ran          bool // in an earlier process
	started, bad bool
	resumed      bool // begun before, and not ended then
	canary       bool // it has a part in the canary
	proved       bool // and ended well
	held         schedule.Reason
}

type rollRecord struct {
	units      []*unitRecord // by host; nil where it has no node
	candidates []int
	left       int // units
	resumed    int // of them, begun before
	proved     int
	provedAt   time.Time

	canaryFailed, canaryMayHaveFailed bool // they differ for what happened in the very moment in which the rest was let go
	soaked, asked, promoted           bool // said; said; answered
	others                            bool // one beyond the canary began
	waves                             map[[2]int]bool
	halts                             map[schedule.Reason]map[int]bool // by reason: hosts named
	away                              []bool                           // by host
	groups                            []groupRecord
}

func (j *judge) unit(n int) *unitRecord {
	s := &j.spec.Nodes[n]
	if s.Rollout < 0 {
		return nil
	}
	return j.rolls[s.Rollout].units[s.Host]
}

func (j *judge) underWay(h int) bool {
	return slices.ContainsFunc(j.rolls, func(r rollRecord) bool {
		return r.units[h] != nil && r.units[h].started && r.units[h].left > 0
	})
}

func (j *judge) beginRollouts() {
	j.rolls = make([]rollRecord, len(j.spec.Rollouts))
	for r := range j.rolls {
		rec := &j.rolls[r]
		rec.waves, rec.halts = map[[2]int]bool{}, map[schedule.Reason]map[int]bool{}
		rec.units, rec.away = make([]*unitRecord, j.spec.Hosts), make([]bool, j.spec.Hosts)
		rec.groups = make([]groupRecord, len(j.spec.Rollouts[r].Groups))
		rec.candidates = j.spec.Rollouts[r].CanaryHosts
		if len(rec.candidates) == 0 {
			for _, g := range j.spec.Rollouts[r].Groups {
				rec.candidates = append(rec.candidates, g.Hosts...)
			}
		}
	}
	for n, s := range j.spec.Nodes {
		if s.Rollout < 0 {
			continue
		}
		units := j.rolls[s.Rollout].units
		if units[s.Host] == nil {
			units[s.Host] = &unitRecord{group: s.Group}
		}
		u := units[s.Host]
		if !j.nodes[n].old {
			u.left++
		}
		if j.spec.Before != nil && (j.spec.Before[n].Begun || (j.nodes[n].old && j.nodes[n].final.Outcome != schedule.NotNotified)) {
			u.ran = true
		}
	}
	for r := range j.rolls {
		j.beginRollout(r)
	}
}

func (j *judge) beginRollout(r int) {
	rec, spec := &j.rolls[r], &j.spec.Rollouts[r]
	rec.provedAt = j.now
	for _, u := range rec.units {
		if u == nil || u.left == 0 {
			continue
		}
		rec.left++
		rec.groups[u.group].left++
		if u.ran {
			u.started, u.resumed = true, true
			rec.resumed++
		}
	}
	for _, h := range rec.candidates {
		u := rec.units[h]
		if u != nil && u.ran && u.left == 0 && (len(spec.CanaryHosts) > 0 || rec.proved < spec.Proved) {
			u.proved = true
			rec.proved++
		}
	}
	if len(spec.CanaryHosts) == 0 {
		rec.proved = spec.Proved
	}
	for _, h := range rec.candidates {
		if u := rec.units[h]; u != nil && u.resumed {
			u.canary = j.canaryPhase(r)
		}
	}
}

func (j *judge) finishedInUnit(c schedule.Finished) {
	spec := &j.spec.Nodes[c.Node]
	u, rec := j.unit(c.Node), &j.rolls[spec.Rollout]
	u.left--
	u.bad = u.bad || !c.Outcome.Good()
	if u.left > 0 {
		return
	}
	rec.left--
	if u.resumed {
		rec.resumed--
	}
	well := u.started && !u.bad && !j.hosts[spec.Host].down
	if well {
		rec.away[spec.Host] = false // it has spoken for itself
	}
	switch {
	case u.canary && well:
		u.proved, rec.provedAt = true, j.now
		rec.proved++
	case u.canary:
		rec.canaryFailed, rec.canaryMayHaveFailed = true, true
	}
	j.leftGroup(spec.Rollout, u)
	j.openWhatMay()
}

// isDown counts a host as the spec's comment has it: under way, gone, begun and not ended well, or observed to be down.
func (j *judge) isDown(r, h int) bool {
	u := j.rolls[r].units[h]
	return j.hosts[h].down || j.rolls[r].away[h] || (u != nil && u.started && (u.left > 0 || u.bad))
}

// gone counts the hosts of a group that will not come back.
func (j *judge) gone(r, g int) int {
	count := j.spec.Rollouts[r].Groups[g].Gone
	for _, h := range j.spec.Rollouts[r].Groups[g].Hosts {
		u := j.rolls[r].units[h]
		if j.hosts[h].down || (u != nil && u.started && u.left == 0 && u.bad) {
			count++
		}
	}
	return count
}

// startUnit judges the first start of a unit: I1 and all that a rollout promises.
func (j *judge) startUnit(n int) {
	ri, host := j.spec.Nodes[n].Rollout, j.spec.Nodes[n].Host
	u, r, rec := j.unit(n), &j.spec.Rollouts[ri], &j.rolls[ri]
	group := &r.Groups[u.group]
	down := group.Gone
	for _, h := range group.Hosts {
		if h != host && j.isDown(ri, h) {
			down++
		}
	}
	switch {
	case down >= group.MaxUnavailable:
		j.fail("I1", "host %d begins, %d of group %d are down, %d may be", host, down, u.group, group.MaxUnavailable)
	case rec.canaryFailed:
		j.fail("canary", "host %d begins after the canary failed", host)
	case j.failed > r.MaxFailed:
		j.fail("budget", "host %d begins after %d failed, %d may", host, j.failed, r.MaxFailed)
	case j.held:
		j.fail("pause", "the unit of host %d begins", host)
	case rec.resumed > 0:
		j.fail("resume", "host %d begins before those that were begun before", host)
	}
	if u.canary = j.canaryPhase(ri); u.canary {
		j.startCanary(ri, host)
	} else {
		j.startOther(ri, host, u)
	}
	u.started = true
}

// startCanary: alone, and only when all candidates before it are decided.
func (j *judge) startCanary(r, host int) {
	rec := &j.rolls[r]
	turn := slices.IndexFunc(rec.candidates, func(h int) bool { return !j.decided(r, h) })
	if rec.candidates[turn] != host {
		j.fail("canary", "host %d begins, it is the turn of %d", host, rec.candidates[turn])
	}
	for h, u := range rec.units {
		if u != nil && u.started && u.left > 0 {
			j.fail("canary", "host %d begins beside host %d", host, h)
		}
	}
	if !rec.waves[[2]int{-1, 1}] {
		j.fail("wave", "host %d begins before the canary was named", host)
	}
	j.startClock(r, rec.units[host].group)
}

// startOther: when the canary is soaked and promoted, the group open, and the wave come.
func (j *judge) startOther(ri, host int, u *unitRecord) {
	spec, rec := &j.spec.Rollouts[ri], &j.rolls[ri]
	if !j.restMay(ri, true) {
		rule := "promote"
		if !j.soakOver(ri, true) {
			rule = "soak"
		}
		j.fail(rule, "host %d begins: %d proved at %v, promoted %v", host, rec.proved, rec.provedAt, rec.promoted)
	}
	if end := rec.provedAt.Add(spec.Soak); !rec.others && rec.proved > 0 && !spec.Promoted && !spec.Manual && spec.Soak > 0 && j.now.Equal(end) {
		j.saw["soaked"]++
		if !rec.soaked {
			j.fail("soak", "host %d waited for it and nobody said so", host)
		}
	}
	rec.others = true
	j.startInWave(ri, host, u.group)
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
	rec := &j.rolls[r]
	named := 0
	for reason, hosts := range rec.halts {
		for h := range hosts {
			named++
			if u := rec.units[h]; u == nil || u.held != reason {
				j.fail("halted", "rollout %d names host %d, which it did not hold back", r, h)
			}
		}
	}
	for _, u := range rec.units {
		if u != nil && u.held != schedule.NoReason {
			named--
		}
	}
	if named != 0 && !j.stopped {
		j.fail("halted", "rollout %d does not name %d hosts that it held back", r, -named)
	}
}
