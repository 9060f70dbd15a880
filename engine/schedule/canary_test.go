package schedule_test

import (
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

func TestSoak(t *testing.T) {
	soak := schedule.Rollout{Canary: 1, Soak: 10 * time.Second, MaxFailed: 9}
	idle := fleet(soak, 2)
	playAll(t, map[string]scripted{
		"nobody else begins before its end": {simple(soak, schedule.Group{}, 2), `
			> begin
			wave 0.-1
			start 0
			> 0 ok
			end 0 ok
			soak 0 to 10
			wake at 10
			> +9s wake
			wake at 10
			> +1s wake
			wave 0.0
			start 1
			> 1 ok
			end 1 ok
			done`},
		"the canary is found down meanwhile": {simple(soak, schedule.Group{}, 2), `
			> begin
			wave 0.-1
			start 0
			> 0 ok
			end 0 ok
			soak 0 to 10
			wake at 10
			> +9s down 0
			end 1 not-run canary
			halted 0.-1 canary [1]
			done`},
		"it is not waited for when nobody waits": {idle, `
			> begin
			start 0
			start 3
			> 0 ok !1
			end 0 ok
			wave 0.-1
			start 1
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			wake at 10
			> 3 ok
			end 3 ok
			end 4 not-notified
			end 5 not-notified
			done`},
		"stop": {simple(soak, schedule.Group{}, 2), `
			> begin
			wave 0.-1
			start 0
			> 0 ok
			end 0 ok
			soak 0 to 10
			wake at 10
			> stop
			end 1 not-run stopped
			done`},
	})
}

func TestPromote(t *testing.T) {
	manual := schedule.Rollout{Canary: 1, Manual: true}
	soaked := manual
	soaked.Soak = 10 * time.Second
	alone := simple(manual, schedule.Group{}, 2)
	alone.Unattended = true
	alone.Hosts = 3
	alone.Nodes = append(alone.Nodes, task(2, 0), task(2, 1))
	named := fleet(schedule.Rollout{CanaryHosts: []int{0}, Manual: true}, 2)
	playAll(t, map[string]scripted{
		"asked once, and only an answer lets the rest begin": {simple(soaked, schedule.Group{}, 2), `
			> begin
			wave 0.-1
			start 0
			> promote
			> 0 ok
			end 0 ok
			soak 0 to 10
			wake at 10
			> promote
			> +10s wake
			ask 0 [0]
			> +1h wake
			> promote
			wave 0.0
			start 1
			> promote
			> 1 ok
			end 1 ok
			done`},
		"the canary is found down after it was asked": {simple(manual, schedule.Group{}, 2), `
			> begin
			wave 0.-1
			start 0
			> 0 ok
			end 0 ok
			ask 0 [0]
			> down 0
			end 1 not-run canary
			halted 0.-1 canary [1]
			done
			> promote`},
		"nobody is there: the rest is held back, other work goes on": {alone, `
			> begin
			wave 0.-1
			start 0
			start 2
			> 0 ok
			end 0 ok
			end 1 not-run not-promoted
			halted 0.-1 not-promoted [1]
			> 2 ok
			end 2 ok
			start 3
			> 3 ok
			end 3 ok
			done`},
		"a canary without anything to do is still asked for": {named, `
			> begin
			start 0
			start 3
			> 3 ok !4
			end 3 ok
			> 0 ok
			end 0 ok
			end 1 not-notified
			end 2 not-notified
			ask 0 []
			> promote
			wave 0.0
			start 4
			> 4 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			done`},
	})
}
