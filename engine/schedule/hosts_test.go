package schedule_test

import (
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// healthStory is how a host does after its restart: well from a time on, with a chance of a bad answer even then.
type healthStory struct {
	since   time.Time
	well    time.Duration
	flaps   float64
	skipped bool
}

// dies lets a host go down some time from now, and come back or not. It always comes back when a wave may take as long as
// it likes: then waiting for it is right.
func (w *world) dies(h int, pause time.Duration) {
	w.at(pause, schedule.Observed{Host: h, Down: true})
	if w.chance(.2) {
		w.at(pause, schedule.Observed{Host: h, Down: true}) // said twice
	}
	patient := false
	for _, r := range w.spec.Rollouts {
		for _, g := range r.Groups {
			patient = patient || g.Within == 0
		}
	}
	if patient || w.chance(.7) {
		w.at(pause+w.seconds(600), schedule.Observed{Host: h})
	}
}

// reach lets an attempt reach its host, once its intent is durable, and draws how long it takes and how it ends.
func (w *world) reach(n int) {
	w.judge.reached(n, w.record.sync(n, w.from))
	spec := &w.spec.Nodes[n]
	if spec.Rollout >= 0 {
		w.ran[spec.Rollout] = append(w.ran[spec.Rollout], spec.Host)
	}
	latency := time.Duration(0)
	if w.chance(.8) {
		latency = time.Duration(w.IntN(10_000)) * time.Millisecond
	}
	ev := schedule.Ended{Node: n}
	if spec.Role == schedule.Health {
		latency /= 5
		if w.chance(.01) {
			latency = 2 * time.Minute
		}
		ev.Outcome = w.ask(n, w.now.Add(latency))
	} else {
		w.draw(&ev, spec.Host)
	}
	w.notes[n] = append(w.notes[n], ev.Notify...)
	for _, h := range ev.Notify {
		w.owed[h] = true
	}
	w.at(latency, ev)
}

// markers are the handlers that a host says are owed, when it is first asked in a process.
func (w *world) markers(h int) []int {
	var owed []int
	for n, owes := range w.owed {
		if owes && w.spec.Nodes[n].Host == h {
			owed = append(owed, n)
		}
	}
	return owed
}

func (w *world) draw(ev *schedule.Ended, h int) {
	ev.Outcome = []schedule.Outcome{schedule.OK, schedule.Changed, schedule.Changed, schedule.Skipped}[w.IntN(4)]
	switch {
	case h >= 0 && w.unreachable[h] && !w.answered[h]:
		ev.Outcome, ev.Class = schedule.Unreachable, "unreachable"
		w.unreachable[h] = w.chance(.8)
		return
	case w.chance(w.trouble.fails):
		ev.Outcome = schedule.Failed
		ev.Class = []schedule.Class{"", "busy", "busy", "refused"}[w.IntN(4)]
	case h >= 0 && w.chance(w.trouble.lost):
		ev.Outcome = []schedule.Outcome{schedule.Lost, schedule.Unknown}[w.IntN(2)]
		ev.Class = []schedule.Class{"", "unreachable"}[w.IntN(2)]
	}
	if h >= 0 && !w.answered[h] {
		w.answered[h] = true
		ev.Notify = w.markers(h)
	}
	for _, handler := range w.notifies[ev.Node] {
		if ev.Outcome != schedule.Skipped && ev.Outcome != schedule.OK && w.chance(.7) {
			ev.Notify = append(ev.Notify, handler)
		}
	}
	if h >= 0 && w.chance(w.trouble.dies/4) {
		w.dies(h, w.seconds(100))
	}
}

func (w *world) ask(n int, at time.Time) schedule.Outcome {
	s := &w.story[n]
	if s.skipped {
		return schedule.Skipped
	}
	if s.since.IsZero() {
		s.since = w.now
	}
	if at.Sub(s.since) >= s.well && !w.chance(s.flaps) {
		return schedule.OK
	}
	return []schedule.Outcome{schedule.Failed, schedule.Unreachable, schedule.Lost, schedule.Unknown}[w.IntN(4)]
}
