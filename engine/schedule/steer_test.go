package schedule_test

import (
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

func TestPause(t *testing.T) {
	spec := fleet(schedule.Rollout{}, 2)
	one := schedule.Rollout{GroupsAtOnce: 1, Groups: []schedule.Group{{Hosts: []int{0}, MaxUnavailable: 1}}}
	crossed := schedule.Spec{Hosts: 1, Nodes: nodes(in(0, 0, task(0, 0)), in(1, 0, task(0, 1)), in(0, 0, task(0, 2))), Rollouts: []schedule.Rollout{one, one}}
	playAll(t, map[string]scripted{
		"a unit under way goes to its end, nothing else begins": {spec, `
			> begin
			start 0
			start 3
			> 0 ok !1
			end 0 ok
			wave 0.0
			start 1
			> pause
			> 3 ok !4
			end 3 ok
			> 1 ok
			end 1 ok
			start 2
			> 2 failed
			wake at 2
			> +2s wake
			start 2#2
			> 2 ok
			end 2 ok
			> continue
			start 4
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			done`},
		"no task begins, and one that has begun is repeated": {schedule.Spec{Hosts: 1, Nodes: nodes(retry(task(0, 0), 2, time.Second, "busy"), task(0, 1))}, `
			> begin
			start 0
			> pause
			> 0 failed busy
			retry 0 at 1
			wake at 1
			> +1s wake
			start 0#2
			> 0 ok
			end 0 ok
			> continue
			start 1
			> 1 ok
			end 1 ok
			done`},
		"stop": {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0), task(0, 1))}, `
			> begin
			start 0
			> pause
			> 0 ok
			end 0 ok
			> stop
			end 1 not-run stopped
			done`},
		"no unit begins on a host that has another one under way": {crossed, `
			> begin
			wave 0.0
			start 0
			> pause
			> 0 ok
			end 0 ok
			> continue
			wave 1.0
			start 1
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			done`},
		"before the beginning": {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0))}, `
			> pause
			> begin
			> continue
			start 0
			> 0 ok
			end 0 ok
			done`},
	})
}

func TestObserved(t *testing.T) {
	playAll(t, map[string]scripted{
		"a host that is down takes a place until it is up": {simple(schedule.Rollout{}, schedule.Group{}, 3), `
			> begin
			wave 0.0
			start 0
			> 0 ok
			end 0 ok
			start 1
			> down 0
			> 1 ok
			end 1 ok
			> up 0
			start 2
			> 2 ok
			end 2 ok
			done`},
		"it may itself begin, and a good end frees its place": {simple(schedule.Rollout{}, schedule.Group{}, 3), `
			> begin
			wave 0.0
			start 0
			> down 2
			> 0 ok
			end 0 ok
			start 2
			> 2 ok
			end 2 ok
			start 1
			> 1 ok
			end 1 ok
			done`},
		"it is no failure": {simple(schedule.Rollout{}, schedule.Group{MaxUnavailable: 2}, 3), `
			> begin
			wave 0.0
			start 0
			start 1
			> 0 ok
			end 0 ok
			start 2
			> down 0
			> 1 ok
			end 1 ok
			> 2 ok
			end 2 ok
			done`},
	})
}
