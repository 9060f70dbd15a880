package schedule_test

import (
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

func TestHealth(t *testing.T) {
	probed := func(within, stable time.Duration) schedule.Spec {
		return schedule.Spec{Hosts: 1, Nodes: nodes(health(0, 0, within, stable), task(0, 1))}
	}
	paired := schedule.Spec{Hosts: 1, Nodes: nodes(
		parallel(1, task(0, 0)), parallel(1, health(0, 1, time.Minute, 0)), parallel(1, health(0, 2, time.Minute, 10*time.Second)))}
	playAll(t, map[string]scripted{
		"asked until it holds; silence is bad": {probed(0, 0), `
			> begin
			start 0
			> 0 failed
			wake at 2
			> +2s wake
			start 0#2
			> +1s 0 unreachable
			wake at 5
			> +2s wake
			start 0#3
			> 0 lost
			wake at 7
			> +2s wake
			start 0#4
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			done`},
		"skipped": {probed(0, time.Minute), `
			> begin
			start 0
			> 0 skipped
			end 0 skipped
			start 1
			> 1 ok
			end 1 ok
			done`},
		"stable": {probed(time.Minute, 5*time.Second), `
			> begin
			start 0
			> +1s 0 ok
			wake at 3
			> +2s wake
			start 0#2
			> 0 changed
			wake at 5
			> +2s wake
			start 0#3
			> 0 ok
			wake at 6
			> +1s wake
			start 0#4
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			done`},
		"a flap begins anew": {probed(time.Minute, 3*time.Second), `
			> begin
			start 0
			> 0 ok
			wake at 2
			> +2s wake
			start 0#2
			> 0 failed
			wake at 4
			> +2s wake
			start 0#3
			> 0 ok
			wake at 6
			> +2s wake
			start 0#4
			> 0 ok
			wake at 7
			> +1s wake
			start 0#5
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			done`},
		"within is over between two questions": {probed(3*time.Second, 0), `
			> begin
			start 0
			> 0 unknown
			wake at 2
			> +2s wake
			start 0#2
			> 0 failed
			wake at 3
			> +1s wake
			end 0 failed
			end 1 not-run earlier by 0
			done`},
		"a late answer is none": {probed(3*time.Second, 0), `
			> begin
			start 0
			> +4s 0 ok
			end 0 failed
			end 1 not-run earlier by 0
			done`},
		"stop: nobody knows": {probed(time.Minute, 5*time.Second), `
			> begin
			start 0
			> 0 ok
			wake at 2
			> stop
			end 0 unknown stopped
			end 1 not-run stopped
			done`},
		"stop while asked": {probed(time.Minute, 5*time.Second), `
			> begin
			start 0
			> stop
			end 1 not-run stopped
			> 0 ok
			end 0 unknown stopped
			done`},
		"stop while asked, and it holds": {probed(time.Minute, 0), `
			> begin
			start 0
			> stop
			end 1 not-run stopped
			> 0 ok
			end 0 ok
			done`},
		"the host fails meanwhile": {paired, `
			> begin
			start 0
			start 1
			start 2
			> 2 ok
			wake at 2
			> 0 failed
			end 0 failed
			end 2 unknown earlier by 0
			> 1 failed
			end 1 unknown earlier by 0
			done`},
	})
}
