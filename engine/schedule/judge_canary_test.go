package schedule_test

import (
	"slices"

	"github.com/muster-run/muster/engine/schedule"
)

func (j *judge) canaryPhase(r int) bool {
	rec, spec := &j.rolls[r], &j.spec.Rollouts[r]
	switch {
	case spec.Promoted:
		return false
	case len(spec.CanaryHosts) > 0:
		return slices.ContainsFunc(spec.CanaryHosts, func(h int) bool { return !j.decided(r, h) })
	}
	return rec.proved < spec.Canary && rec.left > 0
}

func (j *judge) decided(r, h int) bool {
	u := j.rolls[r].units[h]
	return u == nil || u.left == 0
}

// soakOver tells whether a rollout's canary is soaked; in the very moment, as asked.
func (j *judge) soakOver(r int, inTheMoment bool) bool {
	rec := &j.rolls[r]
	end := rec.provedAt.Add(j.spec.Rollouts[r].Soak)
	return rec.proved == 0 || j.now.After(end) || (inTheMoment && j.now.Equal(end))
}

// restMay tells whether others than the canary may begin.
func (j *judge) restMay(r int, inTheMoment bool) bool {
	spec := &j.spec.Rollouts[r]
	return spec.Promoted || (!j.canaryPhase(r) && j.soakOver(r, inTheMoment) && (!spec.Manual || j.rolls[r].promoted))
}

func (j *judge) nobodyPromotes(r int) bool {
	spec := &j.spec.Rollouts[r]
	return spec.Manual && !spec.Promoted && !j.canaryPhase(r) && j.soakOver(r, true)
}

// asked tells whether a promotion is waited for.
func (j *judge) asked(r int) bool {
	rec := &j.rolls[r]
	return rec.asked && !rec.promoted && !rec.canaryMayHaveFailed && !j.stopped
}

func (j *judge) promote(r int) {
	if j.asked(r) {
		j.rolls[r].promoted = true
		j.saw["promoted"]++
		j.openWhatMay()
	} else {
		j.saw["promoted in vain"]++
	}
}

// observed counts a host as down from now on, or no longer.
func (j *judge) observed(ev schedule.Observed) {
	for r := range j.rolls {
		rec := &j.rolls[r]
		rec.away[ev.Host] = ev.Down
		if !ev.Down {
			continue
		}
		j.saw["observed down"]++
		if u := rec.units[ev.Host]; u != nil && u.proved {
			j.canaryDown(r)
		}
		for g := range j.spec.Rollouts[r].Groups {
			if slices.Contains(j.spec.Rollouts[r].Groups[g].Hosts, ev.Host) {
				rec.groups[g].mayRun(j)
			}
		}
	}
}

func (j *judge) canaryDown(r int) {
	rec := &j.rolls[r]
	if !j.restMay(r, true) {
		rec.canaryFailed = true
		j.saw["canary down later"]++
	}
	rec.canaryMayHaveFailed = rec.canaryMayHaveFailed || !j.restMay(r, false)
}

// doubt takes note of a host that failed or is unreachable: a canary on it, under way or just proved, did not end well.
func (j *judge) doubt(h int) {
	for r := range j.rolls {
		rec := &j.rolls[r]
		switch u := rec.units[h]; {
		case u == nil:
		case u.canary && u.left > 0:
			rec.canaryFailed, rec.canaryMayHaveFailed = true, true
		case u.proved:
			j.canaryDown(r)
		}
	}
}

func (j *judge) soaking(c schedule.Soaking) {
	rec, spec := &j.rolls[c.Rollout], &j.spec.Rollouts[c.Rollout]
	if j.stopped || rec.soaked || rec.proved == 0 || spec.Promoted || j.canaryPhase(c.Rollout) || !c.Until.Equal(rec.provedAt.Add(spec.Soak)) {
		j.fail("soak", "%+v: said before %v, %d proved at %v", c, rec.soaked, rec.proved, rec.provedAt)
	}
	rec.soaked = true
}

func (j *judge) ask(c schedule.Ask) {
	rec := &j.rolls[c.Rollout]
	var canary []int
	for _, h := range rec.candidates {
		if rec.units[h] != nil && rec.units[h].proved {
			canary = append(canary, h)
		}
	}
	if j.stopped || rec.asked || rec.canaryFailed || j.spec.Unattended || !j.nobodyPromotes(c.Rollout) || !slices.Equal(canary, c.Hosts) {
		j.fail("promote", "%+v: asked before %v, canary %v failed %v", c, rec.asked, canary, rec.canaryFailed)
	}
	j.saw["asked"]++
	rec.asked = true
}
