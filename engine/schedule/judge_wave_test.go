package schedule_test

import (
	"slices"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// groupRecord is how a group is cut and how far it is. Its clock runs from the first start of a wave to its end; the other
// one, which only excuses, from when a host was down that may have kept a unit from starting.
type groupRecord struct {
	left  int     // units
	waves [][]int // hosts; nil before the cut
	wave  int

	clock, excuse         stopwatch
	overdue, mayBeOverdue bool
}

// stopwatch measures the time in which the run was not held.
type stopwatch struct {
	runs bool
	from time.Time
	held time.Duration
}

func (s *stopwatch) start(j *judge) {
	if !s.runs {
		*s = stopwatch{true, j.now, j.standing()}
	}
}

func (s *stopwatch) read(j *judge) time.Duration {
	if !s.runs {
		return 0
	}
	return j.now.Sub(s.from) - (j.standing() - s.held)
}

func (g *groupRecord) mayRun(j *judge) { g.excuse.start(j) }

func (j *judge) startClock(r, g int) {
	rec := &j.rolls[r].groups[g]
	if rec.overdue {
		j.fail("overdue", "a unit of group %d begins after a wave took too long", g)
	}
	rec.clock.start(j)
	rec.excuse.start(j)
}

// lookAtClocks finds the waves that have taken too long.
func (j *judge) lookAtClocks() {
	for r := range j.rolls {
		for g := range j.rolls[r].groups {
			rec, within := &j.rolls[r].groups[g], j.spec.Rollouts[r].Groups[g].Within
			if within == 0 {
				continue
			}
			if !rec.overdue && rec.clock.read(j) > within {
				rec.overdue = true
				j.saw["wave overdue"]++
			}
			rec.mayBeOverdue = rec.mayBeOverdue || (rec.excuse.runs && rec.excuse.read(j) >= within)
		}
	}
}

func (j *judge) begun() {
	j.started = true
	j.openWhatMay()
}

// openWhatMay cuts the groups whose turn has come: nothing goes before them, and fewer than groups_at_once of the groups
// before still have something to do.
func (j *judge) openWhatMay() {
	for r := range j.rolls {
		rec, spec := &j.rolls[r], &j.spec.Rollouts[r]
		if !j.started || rec.left == 0 || rec.resumed > 0 || !j.restMay(r, true) {
			continue
		}
		before := 0
		for g := range rec.groups {
			if before == spec.GroupsAtOnce {
				break
			}
			if rec.groups[g].left == 0 {
				continue
			}
			before++
			if rec.groups[g].waves == nil {
				rec.groups[g].waves = j.cut(r, g)
			}
		}
	}
}

func (j *judge) cut(r, g int) [][]int {
	spec := &j.spec.Rollouts[r].Groups[g]
	var hosts []int
	for _, h := range spec.Hosts {
		if !j.decided(r, h) {
			hosts = append(hosts, h)
		}
	}
	if len(spec.Batches) == 0 {
		return [][]int{hosts}
	}
	var waves [][]int
	for i := 0; len(hosts) > 0; i++ {
		size := min(spec.Batches[min(i, len(spec.Batches)-1)], len(hosts))
		waves = append(waves, hosts[:size])
		hosts = hosts[size:]
	}
	j.saw["cut"] += min(len(waves)-1, 1)
	return waves
}

// leftGroup moves a group on after a unit ended.
func (j *judge) leftGroup(r int, u *unitRecord) {
	g := &j.rolls[r].groups[u.group]
	g.left--
	undecided := func(h int) bool { return !j.decided(r, h) }
	over := g.left == 0 || (u.canary && u.started)
	for g.wave < len(g.waves) && !slices.ContainsFunc(g.waves[g.wave], undecided) {
		g.wave++
		over = true
	}
	if over {
		g.clock, g.excuse = stopwatch{}, stopwatch{}
	}
	for _, h := range j.spec.Rollouts[r].Groups[u.group].Hosts {
		if j.rolls[r].away[h] {
			g.excuse.start(j)
		}
	}
}

// startInWave: the unit's group is open, its wave has come and been named.
func (j *judge) startInWave(r, host, group int) {
	rec := &j.rolls[r]
	g := &rec.groups[group]
	switch {
	case g.waves == nil:
		j.fail("groups", "host %d of group %d begins, the group is not open", host, group)
	case g.wave == len(g.waves) || !slices.Contains(g.waves[g.wave], host):
		j.fail("batches", "host %d begins, wave %d of %v of group %d is on", host, g.wave, g.waves, group)
	case !rec.waves[[2]int{group, g.wave + 1}]:
		j.fail("wave", "host %d begins before wave %d of group %d was named", host, g.wave, group)
	}
	j.startClock(r, group)
}

// wave judges what is said of a wave: it comes once, with the hosts that may take part.
func (j *judge) wave(c schedule.Wave) {
	rec := &j.rolls[c.Rollout]
	if rec.waves[[2]int{c.Group, c.Batch}] {
		j.fail("wave", "%+v comes twice", c)
	}
	rec.waves[[2]int{c.Group, c.Batch}] = true
	undecided := func(h int) bool { return !j.decided(c.Rollout, h) }
	if c.Group < 0 {
		if c.Batch != 1 || c.Batches != 1 || !j.canaryPhase(c.Rollout) || !slices.Equal(c.Hosts, j.mayBeCanary(c.Rollout)) {
			j.fail("wave", "%+v: the canary may be %v", c, j.mayBeCanary(c.Rollout))
		}
		return
	}
	var hosts []int
	g := &rec.groups[c.Group]
	if g.wave < len(g.waves) {
		for _, h := range g.waves[g.wave] {
			if undecided(h) {
				hosts = append(hosts, h)
			}
		}
	}
	if c.Batch != g.wave+1 || c.Batches != len(g.waves) || !slices.Equal(c.Hosts, hosts) {
		j.fail("wave", "%+v: wave %d of %v is on", c, g.wave+1, g.waves)
	}
	j.saw["wave"]++
}

func (j *judge) mayBeCanary(r int) []int {
	rec, spec := &j.rolls[r], &j.spec.Rollouts[r]
	var hosts []int
	for _, h := range rec.candidates {
		if !j.decided(r, h) && (len(spec.CanaryHosts) > 0 || len(hosts) < spec.Canary-rec.proved) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}
