package schedule_test

import (
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// simple has a unit of one task on each host: node h is that of host h.
func simple(r schedule.Rollout, g schedule.Group, hosts int) schedule.Spec {
	spec := schedule.Spec{Hosts: hosts}
	g.MaxUnavailable = max(g.MaxUnavailable, 1)
	for h := range hosts {
		g.Hosts = append(g.Hosts, h)
		spec.Nodes = append(spec.Nodes, in(0, 0, task(h, 0)))
	}
	r.GroupsAtOnce, r.Groups = 1, []schedule.Group{g}
	spec.Rollouts = []schedule.Rollout{r}
	return spec
}

func TestWaves(t *testing.T) {
	wide := schedule.Group{MaxUnavailable: 9, Batches: []int{1, 2}}
	notified := fleet(schedule.Rollout{}, 3)
	notified.Rollouts[0].Groups[0].Batches = []int{2, 1}
	playAll(t, map[string]scripted{
		"one after another; the last size repeats": {simple(schedule.Rollout{}, wide, 6), `
			> begin
			wave 0.0 1/4 [0]
			start 0
			> 0 ok
			end 0 ok
			wave 0.0 2/4 [1 2]
			start 1
			start 2
			> 2 ok
			end 2 ok
			> 1 ok
			end 1 ok
			wave 0.0 3/4 [3 4]
			start 3
			start 4
			> 3 ok
			end 3 ok
			> 4 ok
			end 4 ok
			wave 0.0 4/4 [5]
			start 5
			> 5 ok
			end 5 ok
			done`},
		"cut after the canary, from what is left": {simple(schedule.Rollout{Canary: 1}, wide, 4), `
			> begin
			wave 0.-1
			start 0
			> 0 ok
			end 0 ok
			wave 0.0 1/2 [1]
			start 1
			> 1 ok
			end 1 ok
			wave 0.0 2/2 [2 3]
			start 2
			start 3
			> 2 ok
			end 2 ok
			> 3 ok
			end 3 ok
			done`},
		"who has nothing to do leaves his wave, and nobody moves up": {notified, `
			> begin
			start 0
			start 3
			start 6
			> 6 ok !7
			end 6 ok
			> 0 ok
			end 0 ok
			end 1 not-notified
			end 2 not-notified
			> 3 ok
			end 3 ok
			end 4 not-notified
			end 5 not-notified
			wave 0.0 2/2 [2]
			start 7
			> 7 ok
			end 7 ok
			start 8
			> 8 ok
			end 8 ok
			done`},
		"hosts gone take places": {simple(schedule.Rollout{}, schedule.Group{MaxUnavailable: 2, Gone: 1}, 2), `
			> begin
			wave 0.0
			start 0
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			done`},
		"all gone": {simple(schedule.Rollout{}, schedule.Group{Gone: 1}, 1), `
			> begin
			end 0 not-run no-place
			halted 0.0 no-place [0]
			done`},
	})
}

func TestWaveOverdue(t *testing.T) {
	group := schedule.Group{Within: time.Minute, Batches: []int{1}}
	undecided := fleet(schedule.Rollout{Canary: 1}, 3)
	undecided.Rollouts[0].Groups[0].Within = time.Minute
	late := schedule.Spec{Hosts: 2, Nodes: nodes(task(0, 0), in(0, 0, task(0, 1))), Rollouts: []schedule.Rollout{{
		GroupsAtOnce: 1, Groups: []schedule.Group{{Hosts: []int{0, 1}, MaxUnavailable: 1, Within: time.Minute}}}}}
	playAll(t, map[string]scripted{
		"what is under way ends, the rest is held back": {simple(schedule.Rollout{}, group, 2), `
			> begin
			wave 0.0 1/2 [0]
			start 0
			wake at 60
			> +60s wake
			end 1 not-run overdue
			> +5s 0 ok
			end 0 ok
			halted 0.0 overdue [1]
			done`},
		"each wave has its own time": {simple(schedule.Rollout{}, group, 2), `
			> begin
			wave 0.0 1/2 [0]
			start 0
			wake at 60
			> +50s 0 ok
			end 0 ok
			wave 0.0 2/2 [1]
			start 1
			wake at 110
			> +50s 1 ok
			end 1 ok
			done`},
		"the clock stands while the run is held": {simple(schedule.Rollout{}, group, 2), `
			> begin
			wave 0.0 1/2 [0]
			start 0
			wake at 60
			> +10s pause
			> +1h continue
			wake at 3660
			> +49s 0 ok
			end 0 ok
			wave 0.0 2/2 [1]
			start 1
			wake at 3719
			> 1 ok
			end 1 ok
			done`},
		"a host that was down from the start": {late, `
			> begin
			start 0
			> down 1
			> 0 ok
			end 0 ok
			wake at 60
			> +60s wake
			end 1 not-run overdue
			halted 0.0 overdue [0]
			done`},
		"who waits for something else has not been kept waiting by it": {undecided, `
			> begin
			start 0
			start 3
			start 6
			> 3 ok !4
			end 3 ok
			> down 2
			> +2m 0 ok
			end 0 ok
			end 1 not-notified
			end 2 not-notified
			wake at 180
			> up 2
			wave 0.-1
			start 4
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			> 6 ok
			end 6 ok
			end 7 not-notified
			end 8 not-notified
			done`},
		"a wave waits for a host that is down, but not for ever": {simple(schedule.Rollout{}, group, 3), `
			> begin
			wave 0.0 1/3 [0]
			start 0
			wake at 60
			> +10s 0 ok
			end 0 ok
			wave 0.0 2/3 [1]
			start 1
			wake at 70
			> down 0
			> +10s 1 ok
			end 1 ok
			wake at 80
			> +60s wake
			end 2 not-run overdue
			halted 0.0 overdue [2]
			done`},
	})
}
