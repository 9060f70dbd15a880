package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// fleet has a task, a handler and a health probe on each host: nodes 3h, 3h+1 and 3h+2. The handler with its probe is the
// unit of rollout 0, whose groups are given by their sizes.
func fleet(r schedule.Rollout, sizes ...int) schedule.Spec {
	spec := schedule.Spec{}
	for g, size := range sizes {
		group := schedule.Group{MaxUnavailable: 1}
		for range size {
			h := spec.Hosts
			spec.Hosts++
			group.Hosts = append(group.Hosts, h)
			spec.Nodes = append(spec.Nodes, task(h, 0), in(0, g, handler(h, 1)), in(0, g, health(h, 2, time.Minute, 0)))
		}
		r.Groups = append(r.Groups, group)
	}
	r.GroupsAtOnce = max(r.GroupsAtOnce, 1)
	spec.Rollouts = []schedule.Rollout{r}
	return spec
}

func TestRolloutPlaces(t *testing.T) {
	idle := fleet(schedule.Rollout{MaxFailed: 1}, 2)
	idle.Hosts++
	idle.Nodes = append(idle.Nodes, task(2, 0))
	idle.Rollouts[0].Groups[0].Hosts = []int{0, 1, 2}
	halfway := schedule.Spec{Hosts: 3, Nodes: nodes(in(0, 0, task(0, 0)), in(0, 0, task(0, 1, 3)), in(0, 0, task(1, 0)), loose(schedule.Check, 0)),
		Rollouts: []schedule.Rollout{{GroupsAtOnce: 1, Groups: []schedule.Group{{Hosts: []int{0, 1}, MaxUnavailable: 1}}}}}
	two := fleet(schedule.Rollout{}, 3)
	two.Rollouts[0].Groups[0].MaxUnavailable = 2
	playAll(t, map[string]scripted{
		"one at a time, in the group's order": {fleet(schedule.Rollout{}, 3), `
			> begin
			start 0
			start 3
			start 6
			> 3 changed !4
			end 3 changed
			wave 0.0
			start 4
			> 6 changed !7
			end 6 changed
			> 0 changed !1
			end 0 changed
			> 4 changed
			end 4 changed
			start 5
			> 5 ok
			end 5 ok
			start 1
			> 1 changed
			end 1 changed
			start 2
			> 2 ok
			end 2 ok
			start 7
			> 7 changed
			end 7 changed
			start 8
			> 8 ok
			end 8 ok
			done`},
		"not notified takes no place": {fleet(schedule.Rollout{}, 2), `
			> begin
			start 0
			start 3
			> 0 ok
			end 0 ok
			end 1 not-notified
			end 2 not-notified
			> 3 ok !4
			end 3 ok
			wave 0.0
			start 4
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			done`},
		"two at once": {two, `
			> begin
			start 0
			start 3
			start 6
			> 0 changed !1
			end 0 changed
			wave 0.0
			start 1
			> 3 changed !4
			end 3 changed
			start 4
			> 6 changed !7
			end 6 changed
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			start 7
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			> 7 ok
			end 7 ok
			start 8
			> 8 ok
			end 8 ok
			done`},
		"unreachable takes the last place": {fleet(schedule.Rollout{}, 2, 1), `
			> begin
			start 0
			start 3
			start 6
			> 3 changed !4
			end 3 changed
			wave 0.0
			start 4
			> 6 changed !7
			end 6 changed
			> 0 unreachable
			end 0 unreachable
			end 1 not-run earlier by 0
			end 2 not-run earlier by 0
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			wave 0.1
			start 7
			> 7 ok
			end 7 ok
			start 8
			> 8 ok
			end 8 ok
			done`},
		"no place left; later groups go on": {fleet(schedule.Rollout{MaxFailed: 1}, 3, 1), `
			> begin
			start 0
			start 3
			start 6
			start 9
			> 0 changed !1
			end 0 changed
			wave 0.0
			start 1
			> 3 changed !4
			end 3 changed
			> 9 changed !10
			end 9 changed
			> 1 failed
			end 1 failed
			end 2 not-run earlier by 1
			end 4 not-run no-place
			end 5 not-run no-place
			> 6 ok
			end 6 ok
			end 7 not-notified
			end 8 not-notified
			halted 0.0 no-place [1]
			wave 0.1
			start 10
			> 10 ok
			end 10 ok
			start 11
			> 11 ok
			end 11 ok
			done`},
		"a host with nothing to do dies": {idle, `
			> begin
			start 0
			start 3
			start 6
			> 0 ok !1
			end 0 ok
			wave 0.0
			start 1
			> 3 ok !4
			end 3 ok
			> 6 lost
			end 6 lost
			end 4 not-run no-place
			end 5 not-run no-place
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			halted 0.0 no-place [1]
			done`},
		"a unit that is left half-way keeps its place": {halfway, `
			> begin
			wave 0.0
			start 0
			> 0 ok
			end 0 ok
			start 3
			> 3 failed
			end 3 failed
			end 1 not-run earlier by 3
			end 2 not-run no-place
			halted 0.0 no-place [1]
			done`},
		"groups at once": {fleet(schedule.Rollout{GroupsAtOnce: 2}, 1, 1, 1), `
			> begin
			start 0
			start 3
			start 6
			> 6 ok !7
			end 6 ok
			> 3 ok !4
			end 3 ok
			wave 0.1
			start 4
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			wave 0.2
			start 7
			> 7 ok
			end 7 ok
			start 8
			> 0 ok
			end 0 ok
			end 1 not-notified
			end 2 not-notified
			> 8 ok
			end 8 ok
			done`},
	})
}

func TestRolloutBudget(t *testing.T) {
	wide := fleet(schedule.Rollout{}, 2, 1)
	wide.Rollouts[0].Groups[0].MaxUnavailable = 2
	elsewhere := fleet(schedule.Rollout{}, 2)
	elsewhere.Hosts++
	elsewhere.Nodes = append(elsewhere.Nodes, task(2, 0))
	playAll(t, map[string]scripted{
		"spent: what is under way ends": {fleet(schedule.Rollout{GroupsAtOnce: 2}, 1, 2), `
			> begin
			start 0
			start 3
			start 6
			> 0 ok !1
			end 0 ok
			wave 0.0
			start 1
			> 3 ok !4
			end 3 ok
			wave 0.1
			start 4
			> 1 lost
			end 1 lost
			end 2 not-run earlier by 1
			> 6 ok !7
			end 6 ok
			end 7 not-run budget by 1
			end 8 not-run budget by 1
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			halted 0.-1 budget [2]
			done`},
		"a host elsewhere counts; only those with something to do are held back": {elsewhere, `
			> begin
			start 0
			start 3
			start 6
			> 6 failed
			end 6 failed
			> 0 ok
			end 0 ok
			end 1 not-notified
			end 2 not-notified
			> 3 changed !4
			end 3 changed
			end 4 not-run budget by 6
			end 5 not-run budget by 6
			halted 0.-1 budget [1]
			done`},
		"spent: who waits for a later group ends at once": {wide, `
			> begin
			start 0
			start 3
			start 6
			> 6 ok !7
			end 6 ok
			> 0 ok !1
			end 0 ok
			wave 0.0
			start 1
			> 3 ok !4
			end 3 ok
			start 4
			> 1 failed
			end 1 failed
			end 2 not-run earlier by 1
			end 7 not-run budget by 1
			end 8 not-run budget by 1
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			halted 0.-1 budget [2]
			done`},
		"health fails": {fleet(schedule.Rollout{}, 2), `
			> begin
			start 0
			start 3
			> 0 ok !1
			end 0 ok
			wave 0.0
			start 1
			> 3 ok !4
			end 3 ok
			> 1 ok
			end 1 ok
			start 2
			> +1m 2 failed
			end 2 failed
			end 4 not-run budget by 2
			end 5 not-run budget by 2
			halted 0.-1 budget [1]
			done`},
	})
}

func TestRolloutCanary(t *testing.T) {
	tolerant := schedule.Rollout{Canary: 1, MaxFailed: 9}
	strict := tolerant
	strict.MaxFailed = 0
	inside := schedule.Spec{Hosts: 2, Nodes: nodes(in(0, 0, task(0, 0)), in(0, 0, task(0, 1, 3)), in(0, 0, task(1, 0)), loose(schedule.Check, 0)),
		Rollouts: []schedule.Rollout{{Canary: 1, GroupsAtOnce: 1, Groups: []schedule.Group{{Hosts: []int{0, 1}, MaxUnavailable: 1}}}}}
	named := fleet(schedule.Rollout{CanaryHosts: []int{2}}, 2, 1)
	whole := schedule.Spec{Hosts: 2, Nodes: nodes(in(0, 0, task(0, 0)), in(0, 0, task(1, 0)), task(1, 1)), Rollouts: []schedule.Rollout{{
		Canary: 1, GroupsAtOnce: 1, Groups: []schedule.Group{{Hosts: []int{0, 1}, MaxUnavailable: 2}}}}}
	playAll(t, map[string]scripted{
		"alone, then the rest": {fleet(schedule.Rollout{Canary: 1}, 2), `
			> begin
			start 0
			start 3
			> 3 ok !4
			end 3 ok
			> 0 ok !1
			end 0 ok
			wave 0.-1
			start 1
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			wave 0.0
			start 4
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			done`},
		"passed over: not notified, failed before": {fleet(tolerant, 1, 1, 2), `
			> begin
			start 0
			start 3
			start 6
			start 9
			> 6 ok !7
			end 6 ok
			> 9 ok !10
			end 9 ok
			> 0 ok
			end 0 ok
			end 1 not-notified
			end 2 not-notified
			> 3 failed
			end 3 failed
			end 4 not-run earlier by 3
			end 5 not-run earlier by 3
			wave 0.-1
			start 7
			> 7 ok
			end 7 ok
			start 8
			> 8 ok
			end 8 ok
			wave 0.2
			start 10
			> 10 ok
			end 10 ok
			start 11
			> 11 ok
			end 11 ok
			done`},
		"failed: nobody else": {fleet(tolerant, 2, 1), `
			> begin
			start 0
			start 3
			start 6
			> 0 ok !1
			end 0 ok
			wave 0.-1
			start 1
			> 3 ok !4
			end 3 ok
			> 1 failed
			end 1 failed
			end 2 not-run earlier by 1
			end 4 not-run canary by 1
			end 5 not-run canary by 1
			> 6 ok
			end 6 ok
			end 7 not-notified
			end 8 not-notified
			halted 0.-1 canary [1]
			done`},
		"named, in a later group; it goes first": {named, `
			> begin
			start 6
			start 0
			start 3
			> 0 ok !1
			end 0 ok
			> 3 ok
			end 3 ok
			end 4 not-notified
			end 5 not-notified
			> 6 ok !7
			end 6 ok
			wave 0.-1
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
			done`},
		"failed, and the budget is spent": {fleet(strict, 2), `
			> begin
			start 0
			start 3
			> 3 ok !4
			end 3 ok
			> 0 ok !1
			end 0 ok
			wave 0.-1
			start 1
			> 1 failed
			end 1 failed
			end 2 not-run earlier by 1
			end 4 not-run canary by 1
			end 5 not-run canary by 1
			halted 0.-1 canary [1]
			done`},
		"half-way, because of another": {inside, `
			> begin
			wave 0.-1
			start 0
			> 0 ok
			end 0 ok
			start 3
			> 3 failed
			end 3 failed
			end 1 not-run earlier by 3
			end 2 not-run canary by 3
			halted 0.-1 canary [1]
			done`},
		"a whole play": {whole, `
			> begin
			wave 0.-1
			start 0
			> 0 unreachable
			end 0 unreachable
			end 1 not-run canary by 0
			halted 0.-1 canary [1]
			end 2 not-run earlier by 0
			done`},
	})
}

// A unit that was let go but waits for a fork is looked at again before it starts: host 1 has the place that host 0 left,
// but not the fork, when host 2 turns out to be down.
func TestRolloutPlaceGoneMeanwhile(t *testing.T) {
	spec := fleet(schedule.Rollout{}, 3)
	spec.Forks = 2
	spec.Nodes = append(spec.Nodes, task(0, 3))
	play(t, spec, `
		> begin
		start 0
		start 3
		> 0 ok !1
		end 0 ok
		wave 0.0
		start 1
		> 3 ok !4
		end 3 ok
		start 6
		> 1 ok
		end 1 ok
		start 2
		> 2 ok
		end 2 ok
		start 9
		> 6 unreachable
		end 6 unreachable
		end 7 not-run earlier by 6
		end 8 not-run earlier by 6
		end 4 not-run no-place
		end 5 not-run no-place
		halted 0.0 no-place [1]
		> 9 ok
		end 9 ok
		done`)
}

func TestDeadlockEnds(t *testing.T) {
	// Host 0 begins first, and its second node needs host 1's, which waits: for the canary, or for a place.
	spec := schedule.Spec{Hosts: 2, Nodes: nodes(in(0, 0, task(0, 0)), in(0, 0, task(0, 1, 2)), in(0, 0, task(1, 0)))}
	rollout := schedule.Rollout{GroupsAtOnce: 1, Groups: []schedule.Group{{Hosts: []int{0, 1}, MaxUnavailable: 1}}}
	for _, canary := range []int{1, 0} {
		rollout.Canary = canary
		spec.Rollouts = []schedule.Rollout{rollout}
		play(t, spec, fmt.Sprintf(`
			> begin
			wave 0.%d
			start 0
			> 0 ok
			end 0 ok
			end 1 not-run deadlock
			end 2 not-run deadlock
			done`, -canary))
	}
}
