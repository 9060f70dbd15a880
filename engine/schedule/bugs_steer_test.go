package schedule_test

import (
	"slices"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// laterBugs are planted in what goes over several processes, and in waves, soaks, promotions, pauses and observations.
var laterBugs = map[string]bug{
	"everything done again":               {rule: "I3", spec: func(s *schedule.Spec) { s.Before = nil }},
	"an ended node done again":            {rule: "I3", spec: eachBefore(func(n *schedule.Node, b *schedule.Before) { forgetEnd(n, b, schedule.Task) })},
	"an ended handler done again":         {rule: "I3", spec: eachBefore(func(n *schedule.Node, b *schedule.Before) { forgetEnd(n, b, schedule.Handler) })},
	"an ended node finishes again":        {rule: "I8", make: finishesOld},
	"begun is as good as ended":           {rule: "I9", spec: eachBefore(begunIsGood)},
	"a begun unit is not down":            {rule: "I1", spec: eachBefore(func(_ *schedule.Node, b *schedule.Before) { b.Begun = false })},
	"a begun unit does not go first":      {rule: "resume", spec: eachBefore(func(_ *schedule.Node, b *schedule.Before) { b.Begun = false })},
	"a handler is lost on resume":         {rule: "handler", spec: eachBefore(func(_ *schedule.Node, b *schedule.Before) { b.Notified, b.Begun = false, false })},
	"every handler is owed on resume":     {rule: "handler", spec: eachBefore(oweAll)},
	"proved canaries forgotten":           {rule: "wave", spec: eachRollout(func(r *schedule.Rollout) { r.Proved = 0 })},
	"a canary too few after a resume":     {rule: "wave", spec: eachRollout(func(r *schedule.Rollout) { r.Proved++ })},
	"a resume is a promotion":             {rule: "promote", make: resumePromotes},
	"a resume needs no soak":              {rule: "soak", make: resumePromotes},
	"a promotion is forgotten":            {rule: "wave", spec: eachRollout(func(r *schedule.Rollout) { r.Promoted = false })},
	"intent after the start":              {rule: "I4", wrap: persistsLate},
	"intent of another node":              {rule: "I4", wrap: says(persistsOther)},
	"soak skipped":                        {rule: "soak", spec: eachRollout(func(r *schedule.Rollout) { r.Soak = 0 })},
	"half a soak":                         {rule: "soak", spec: eachRollout(func(r *schedule.Rollout) { r.Soak /= 2 })},
	"soak not said":                       {rule: "soak", wrap: says(drop[schedule.Soaking])},
	"soak said twice":                     {rule: "soak", wrap: repeats[schedule.Soaking]},
	"promoted without an answer":          {rule: "promote", spec: eachRollout(func(r *schedule.Rollout) { r.Manual = false })},
	"promotes itself":                     {rule: "promote", wrap: promotesItself},
	"promoted although the canary failed": {rule: "canary", wrap: hears(onlyDown(false))},
	"asks though nobody is there":         {rule: "promote", spec: func(s *schedule.Spec) { s.Unattended = false }},
	"holds back though somebody is there": {rule: "not run", spec: func(s *schedule.Spec) { s.Unattended = true }},
	"asked twice":                         {rule: "promote", wrap: repeats[schedule.Ask]},
	"never asked":                         {rule: "I9", wrap: says(drop[schedule.Ask])},
	"asks without the canary's name":      {rule: "promote", wrap: says(asksWithoutHosts)},
	"an answer not heard":                 {rule: "I9", wrap: hears(deafTo[schedule.Promote])},
	"observations not heard":              {rule: "I1", wrap: hears(deafTo[schedule.Observed])},
	"a host that is up not heard":         {rule: "I9", wrap: hears(onlyDown(true))},
	"observed is the neighbour":           {rule: "I1", wrap: hears(neighbour)},
	"every observation is down":           {rule: "I9", wrap: hears(alwaysDown)},
	"hosts gone take no place":            {rule: "I1", spec: eachGroup(func(g *schedule.Group) { g.Gone = 0 })},
	"a host gone too many":                {rule: "not run", spec: eachGroup(func(g *schedule.Group) { g.Gone++ })},
	"batches ignored":                     {rule: "batches", spec: eachGroup(func(g *schedule.Group) { g.Batches = nil }), wrap: says(drop[schedule.Wave])},
	"a wave overlaps the next":            {rule: "batches", spec: eachGroup(widen), wrap: says(drop[schedule.Wave])},
	"waves a host larger":                 {rule: "wave", spec: eachGroup(widen)},
	"waves a host smaller":                {rule: "wave", spec: eachGroup(narrow)},
	"the last size does not repeat":       {rule: "wave", spec: eachGroup(lastTakesAll)},
	"waves counted from zero":             {rule: "wave", wrap: says(fromZero)},
	"wave without its hosts":              {rule: "wave", wrap: says(withoutHosts)},
	"a wave takes as long as it likes":    {rule: "overdue", spec: eachGroup(func(g *schedule.Group) { g.Within = 0 })},
	"a wave gets half its time":           {rule: "not run", spec: eachGroup(func(g *schedule.Group) { g.Within /= 2 })},
	"pause not heard":                     {rule: "pause", wrap: hears(deafTo[schedule.Pause])},
	"pause heard later":                   {rule: "pause", wrap: hearsLater[schedule.Pause]},
	"paused for ever":                     {rule: "I9", wrap: hears(deafTo[schedule.Continue])},
	"any event ends a pause":              {rule: "pause", wrap: goesOnByItself},
	"jitter without bound":                {rule: "retry", wrap: jitters(func(d time.Duration) time.Duration { return 2 * d })},
	"jitter below a quarter":              {rule: "retry", wrap: jitters(func(d time.Duration) time.Duration { return d / 2 })},
	"one reason for another":              {rule: "not run", wrap: says(otherReason)},
}

func eachBefore(change func(n *schedule.Node, b *schedule.Before)) func(*schedule.Spec) {
	return func(s *schedule.Spec) {
		for i := range s.Before {
			change(&s.Nodes[i], &s.Before[i])
		}
	}
}

func forgetEnd(n *schedule.Node, b *schedule.Before, role schedule.Role) {
	if n.Role == role && b.Outcome != schedule.Pending {
		*b = schedule.Before{Notified: role == schedule.Handler}
	}
}

func begunIsGood(_ *schedule.Node, b *schedule.Before) {
	if b.Begun {
		*b = schedule.Before{Outcome: schedule.Changed}
	}
}

func oweAll(n *schedule.Node, b *schedule.Before) {
	b.Notified = b.Notified || (n.Role == schedule.Handler && b.Outcome == schedule.Pending)
}

// finishesOld says the end of nodes that ended in an earlier process once more.
func finishesOld(spec schedule.Spec, m stepper) stepper {
	return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
		out := slices.Clone(m.Step(now, ev))
		if _, ok := ev.(schedule.Begin); ok {
			for n, b := range spec.Before {
				if b.Outcome != schedule.Pending {
					out = append([]schedule.Command{schedule.Finished{Node: n, Outcome: b.Outcome, Cause: -1}}, out...)
				}
			}
		}
		return out
	})
}

// resumePromotes takes any process but the first for one that needs no promotion.
func resumePromotes(spec schedule.Spec, m stepper) stepper {
	if spec.Before == nil {
		return m
	}
	spec = copySpec(spec)
	for r := range spec.Rollouts {
		spec.Rollouts[r].Promoted = true
	}
	hasty, err := schedule.New(spec)
	if err != nil {
		return m
	}
	return hasty
}

func deafTo[E schedule.Event](ev schedule.Event) schedule.Event {
	if _, ok := ev.(E); ok {
		return nil
	}
	return ev
}

func onlyDown(down bool) func(schedule.Event) schedule.Event {
	return func(ev schedule.Event) schedule.Event {
		if o, ok := ev.(schedule.Observed); ok && o.Down != down {
			return nil
		}
		return ev
	}
}

func alwaysDown(ev schedule.Event) schedule.Event {
	if o, ok := ev.(schedule.Observed); ok {
		return schedule.Observed{Host: o.Host, Down: true}
	}
	return ev
}

func neighbour(ev schedule.Event) schedule.Event {
	if o, ok := ev.(schedule.Observed); ok {
		o.Host ^= 1
		return o
	}
	return ev
}

// hearsLater passes an event on together with the next one.
func hearsLater[E schedule.Event](m stepper) stepper {
	var late schedule.Event
	return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
		if _, ok := ev.(E); ok && late == nil {
			late = ev
			return nil
		}
		out := slices.Clone(m.Step(now, ev))
		if late != nil {
			out = append(out, m.Step(now, late)...)
			late = nil
		}
		return out
	})
}

// goesOnByItself forgets a pause with the next event.
func goesOnByItself(m stepper) stepper {
	paused := false
	return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
		out := slices.Clone(m.Step(now, ev))
		if paused {
			out = append(out, m.Step(now, schedule.Continue{})...)
		}
		_, paused = ev.(schedule.Pause)
		return out
	})
}

func promotesItself(m stepper) stepper {
	return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
		out := slices.Clone(m.Step(now, ev))
		for _, c := range out {
			if ask, ok := c.(schedule.Ask); ok {
				out = append(out, m.Step(now, schedule.Promote{Rollout: ask.Rollout})...)
			}
		}
		return out
	})
}

func persistsLate(m stepper) stepper {
	return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
		out := slices.Clone(m.Step(now, ev))
		for i := 1; i < len(out); i++ {
			if _, ok := out[i].(schedule.Start); ok {
				out[i-1], out[i] = out[i], out[i-1]
			}
		}
		return out
	})
}

func persistsOther(c schedule.Command) []schedule.Command {
	if p, ok := c.(schedule.Persist); ok && p.Node > 0 {
		p.Node--
		return []schedule.Command{p}
	}
	return []schedule.Command{c}
}

func asksWithoutHosts(c schedule.Command) []schedule.Command {
	if ask, ok := c.(schedule.Ask); ok {
		return []schedule.Command{schedule.Ask{Rollout: ask.Rollout}}
	}
	return []schedule.Command{c}
}

func withoutHosts(c schedule.Command) []schedule.Command {
	if w, ok := c.(schedule.Wave); ok {
		w.Hosts = nil
		return []schedule.Command{w}
	}
	return []schedule.Command{c}
}

func fromZero(c schedule.Command) []schedule.Command {
	if w, ok := c.(schedule.Wave); ok {
		w.Batch--
		return []schedule.Command{w}
	}
	return []schedule.Command{c}
}

func otherReason(c schedule.Command) []schedule.Command {
	if f, ok := c.(schedule.Finished); ok && f.Reason == schedule.NoPlaceLeft {
		f.Reason = schedule.WaveOverdue
		return []schedule.Command{f}
	}
	return []schedule.Command{c}
}

// jitters changes the pause before an attempt.
func jitters(change func(time.Duration) time.Duration) func(stepper) stepper {
	return func(m stepper) stepper {
		return stepFunc(func(now time.Time, ev schedule.Event) []schedule.Command {
			out := slices.Clone(m.Step(now, ev))
			for i, c := range out {
				if r, ok := c.(schedule.Retrying); ok {
					r.Due = now.Add(change(r.Due.Sub(now)))
					out[i] = r
				}
			}
			return out
		})
	}
}

func widen(g *schedule.Group) {
	for i := range g.Batches {
		g.Batches[i]++
	}
}

func narrow(g *schedule.Group) {
	for i := range g.Batches {
		g.Batches[i] = max(g.Batches[i]-1, 1)
	}
}

func lastTakesAll(g *schedule.Group) {
	if len(g.Batches) > 0 {
		g.Batches = append(g.Batches, 1<<20)
	}
}
