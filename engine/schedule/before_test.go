package schedule_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/schedule"
)

func resumed(spec schedule.Spec, before map[int]schedule.Before) schedule.Spec {
	spec.Before = make([]schedule.Before, len(spec.Nodes))
	for n, b := range before {
		spec.Before[n] = b
	}
	return spec
}

func TestBefore(t *testing.T) {
	ok, changed, quiet := schedule.Before{Outcome: schedule.OK}, schedule.Before{Outcome: schedule.Changed}, schedule.Before{Outcome: schedule.NotNotified}
	begun, owed := schedule.Before{Begun: true}, schedule.Before{Notified: true}
	canary := schedule.Rollout{Canary: 1, Soak: 10 * time.Second, Manual: true, Proved: 1}
	promoted := canary
	promoted.Promoted = true
	halfway := resumed(schedule.Spec{Hosts: 3, Rollouts: simple(schedule.Rollout{}, schedule.Group{MaxUnavailable: 2}, 3).Rollouts, Nodes: nodes(
		in(0, 0, task(0, 0)), in(0, 0, task(0, 1, 4)), in(0, 0, task(1, 0)), in(0, 0, task(2, 0)), loose(schedule.Check))}, map[int]schedule.Before{0: ok})
	sparing := schedule.Spec{Hosts: 2, Nodes: nodes(task(0, 0), task(1, 0), spares(loose(schedule.Gate, 0, 1)))}
	gate := schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0), loose(schedule.Gate, 0), task(0, 1, 1))}
	playAll(t, map[string]scripted{
		"everything is done": {resumed(gate, map[int]schedule.Before{0: ok, 1: ok, 2: changed}), `
			> begin
			done`},
		"what is done is not said again, and is good enough": {resumed(gate, map[int]schedule.Before{0: changed}), `
			> begin
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			done`},
		"one that is left is enough to be spared for": {resumed(sparing, map[int]schedule.Before{0: ok}), `
			> begin
			start 1
			> 1 unreachable
			end 1 unreachable
			end 2 ok
			done`},
		"a handler is owed": {resumed(fleet(schedule.Rollout{}, 1), map[int]schedule.Before{0: changed, 1: owed}), `
			> begin
			wave 0.0
			start 1
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			done`},
		"what was begun is down and goes on first, whatever its turn": {
			resumed(fleet(schedule.Rollout{}, 3), map[int]schedule.Before{0: changed, 1: owed, 3: changed, 4: owed, 6: changed, 7: begun}), `
			> begin
			start 7
			> 7 ok
			end 7 ok
			start 8
			> 8 ok
			end 8 ok
			wave 0.0
			start 1
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			start 4
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			done`},
		"restarted and not yet proved is begun": {
			resumed(fleet(schedule.Rollout{}, 2), map[int]schedule.Before{0: changed, 1: owed, 3: changed, 4: changed}), `
			> begin
			start 5
			> 5 ok
			end 5 ok
			wave 0.0
			start 1
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			done`},
		"what was begun fails again": {
			resumed(fleet(schedule.Rollout{}, 2), map[int]schedule.Before{0: changed, 1: owed, 3: changed, 4: begun}), `
			> begin
			start 4
			> 4 failed
			end 4 failed
			end 5 not-run earlier by 4
			end 1 not-run budget by 4
			end 2 not-run budget by 4
			halted 0.-1 budget [0]
			done`},
		"what was begun comes to nothing and stays down": {halfway, `
			> begin
			start 4
			> 4 failed
			end 4 failed
			end 1 not-run earlier by 4
			wave 0.0
			start 2
			> 2 ok
			end 2 ok
			start 3
			> 3 ok
			end 3 ok
			done`},
		"the canary was under way": {
			resumed(fleet(schedule.Rollout{Canary: 1}, 3), map[int]schedule.Before{0: changed, 1: quiet, 2: quiet, 3: changed, 4: begun, 6: changed, 7: owed}), `
			> begin
			start 4
			> 4 failed
			end 4 failed
			end 5 not-run earlier by 4
			end 7 not-run canary by 4
			end 8 not-run canary by 4
			halted 0.-1 canary [2]
			done`},
		"the canary is proved: it soaks again, and is asked for": {resumed(simple(canary, schedule.Group{}, 2), map[int]schedule.Before{0: ok}), `
			> begin
			soak 0 to 10
			wake at 10
			> +10s wake
			ask 0 [0]
			> down 0
			end 1 not-run canary
			halted 0.-1 canary [1]
			done`},
		"the promotion was given": {resumed(simple(promoted, schedule.Group{}, 2), map[int]schedule.Before{0: ok}), `
			> begin
			wave 0.0
			start 1
			> 1 ok
			end 1 ok
			done`},
	})
}

func TestJitter(t *testing.T) {
	due := func(seed uint64, attempts int) []time.Duration {
		spec := schedule.Spec{Seed: seed, Hosts: 1, Nodes: nodes(retry(task(0, 0), attempts, time.Minute, "busy"))}
		m := mustMachine(t, spec)
		now := time.Unix(1000, 0)
		m.Step(now, schedule.Begin{})
		var pauses []time.Duration
		for range attempts - 1 {
			for _, c := range m.Step(now, schedule.Ended{Node: 0, Outcome: schedule.Failed, Class: "busy"}) {
				if r, ok := c.(schedule.Retrying); ok {
					pauses = append(pauses, r.Due.Sub(now))
					now = r.Due
				}
			}
			m.Step(now, schedule.Wake{})
		}
		return pauses
	}
	if diff := cmp.Diff(due(7, 6), due(7, 6)); diff != "" {
		t.Errorf("the same seed gives other pauses: %s", diff)
	}
	if cmp.Equal(due(7, 3), due(8, 3)) {
		t.Error("another seed gives the same pauses")
	}
	for i, pause := range due(7, 6) {
		plain := min(time.Minute<<i, 5*time.Minute)
		if pause < plain*3/4 || pause > min(plain*5/4, 5*time.Minute) {
			t.Errorf("pause %d is %v, without jitter it would be %v", i, pause, plain)
		}
	}
	if diff := cmp.Diff(due(0, 4), []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute}); diff != "" {
		t.Errorf("without a seed: %s", diff)
	}
}
