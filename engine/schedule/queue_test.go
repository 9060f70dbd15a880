package schedule_test

import (
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

type scripted struct {
	spec   schedule.Spec
	script string
}

func playAll(t *testing.T, tests map[string]scripted) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { play(t, tt.spec, tt.script) })
	}
}

func TestQueue(t *testing.T) {
	playAll(t, map[string]scripted{
		"by rank, one at a time": {schedule.Spec{Hosts: 2, Nodes: nodes(task(0, 5), task(0, 2), task(1, 9))}, `
			> begin
			start 1
			start 2
			> 1 ok
			end 1 ok
			start 0
			> 2 changed
			end 2 changed
			> 0 skipped
			end 0 skipped
			done`},
		"parallel overlaps, exclusive takes turns": {schedule.Spec{Hosts: 1, Nodes: nodes(
			task(0, 0), parallel(1, task(0, 1), 0), parallel(1, task(0, 2), 0), parallel(1, task(0, 3), 1), task(0, 4))}, `
			> begin
			start 0
			> 0 ok
			end 0 ok
			start 1
			start 3
			> 3 ok
			end 3 ok
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			start 4
			> 4 ok
			end 4 ok
			done`},
		"two blocks side by side": {schedule.Spec{Hosts: 1, Nodes: nodes(parallel(1, task(0, 0)), parallel(2, task(0, 1)))}, `
			> begin
			start 0
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			done`},
		"a need blocks the queue": {schedule.Spec{Hosts: 2, Nodes: nodes(task(0, 0), task(1, 0, 0), task(1, 1))}, `
			> begin
			start 0
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			done`},
		"but not its parallel block": {schedule.Spec{Hosts: 2, Nodes: nodes(
			task(0, 0), parallel(1, task(1, 0, 0)), parallel(1, task(1, 1)), task(1, 2))}, `
			> begin
			start 0
			start 2
			> 2 ok
			end 2 ok
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			start 3
			> 3 ok
			end 3 ok
			done`},
		"forks: a host begun goes first": {schedule.Spec{Hosts: 2, Forks: 1, Nodes: nodes(task(0, 0), task(0, 1), task(1, 0))}, `
			> begin
			start 0
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			start 2
			> 2 ok
			end 2 ok
			done`},
		"no nodes": {schedule.Spec{Hosts: 2}, `
			> begin
			done`},
	})
}

func TestFailure(t *testing.T) {
	playAll(t, map[string]scripted{
		"stops its host and what needs it": {schedule.Spec{Hosts: 3, Nodes: nodes(
			task(0, 0), task(0, 1), task(1, 0), task(1, 1, 0), task(1, 2), task(2, 0, 4))}, `
			> begin
			start 0
			start 2
			> 0 failed
			end 0 failed
			end 1 not-run earlier by 0
			> 2 ok
			end 2 ok
			end 3 not-run earlier by 0
			end 4 not-run earlier by 0
			end 5 not-run earlier by 0
			done`},
		"what runs beside it may end": {schedule.Spec{Hosts: 1, Nodes: nodes(
			parallel(1, task(0, 0)), parallel(1, retry(task(0, 1), 2, time.Second, "busy")), parallel(1, task(0, 2)),
			parallel(1, retry(task(0, 3), 2, time.Second, "busy")))}, `
			> begin
			start 0
			start 1
			start 2
			start 3
			> 1 failed busy
			retry 1 at 1
			wake at 1
			> 0 lost
			end 0 lost
			end 1 failed
			> 3 failed busy
			end 3 failed
			> 2 ok
			end 2 ok
			done`},
		"check and gate": {schedule.Spec{Hosts: 2, Nodes: nodes(
			task(0, 0), loose(schedule.Check, 0), loose(schedule.Gate, 1), task(1, 0, 2))}, `
			> begin
			start 0
			> 0 changed
			end 0 changed
			start 1
			> 1 ok
			end 1 ok
			end 2 ok
			start 3
			> 3 ok
			end 3 ok
			done`},
		"a gate that spares unreachable hosts": {schedule.Spec{Hosts: 3, Nodes: nodes(
			task(0, 0), task(0, 1), task(1, 0), task(1, 1), spares(loose(schedule.Gate, 1, 3)), task(2, 0, 4))}, `
			> begin
			start 0
			start 2
			> 0 unreachable
			end 0 unreachable
			end 1 not-run earlier by 0
			> 2 ok
			end 2 ok
			start 3
			> 3 ok
			end 3 ok
			end 4 ok
			start 5
			> 5 ok
			end 5 ok
			done`},
		"it does not spare one that failed": {schedule.Spec{Hosts: 2, Nodes: nodes(
			task(0, 0), task(1, 0), spares(loose(schedule.Gate, 0, 1)))}, `
			> begin
			start 0
			start 1
			> 0 unreachable
			end 0 unreachable
			> 1 lost
			end 1 lost
			end 2 not-run earlier by 1
			done`},
		"nor opens for nobody": {schedule.Spec{Hosts: 2, Nodes: nodes(
			task(0, 0), task(1, 0), spares(loose(schedule.Gate, 0, 1)))}, `
			> begin
			start 0
			start 1
			> 1 unreachable
			end 1 unreachable
			> 0 unreachable
			end 0 unreachable
			end 2 not-run earlier by 0
			done`},
		"failed check": {schedule.Spec{Hosts: 2, Nodes: nodes(
			loose(schedule.Check), loose(schedule.Gate, 0, 2), task(0, 0), task(1, 0, 1))}, `
			> begin
			start 0
			start 2
			> 0 failed
			end 0 failed
			end 1 not-run earlier by 0
			end 3 not-run earlier by 0
			> 2 unreachable
			end 2 unreachable
			done`},
		"an outcome that is none is unknown": {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0))}, `
			> begin
			start 0
			> 0 not-notified
			end 0 unknown
			done`},
	})
}

func TestHandler(t *testing.T) {
	playAll(t, map[string]scripted{
		"not notified": {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0), handler(0, 1), task(0, 2))}, `
			> begin
			start 0
			> 0 ok
			end 0 ok
			end 1 not-notified
			start 2
			> 2 ok
			end 2 ok
			done`},
		"notified twice": {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0), task(0, 1), handler(0, 2))}, `
			> begin
			start 0
			> 0 changed !2
			end 0 changed
			start 1
			> 1 ok !2
			end 1 ok
			start 2
			> 2 changed
			end 2 changed
			done`},
		"notified by an attempt that was repeated": {schedule.Spec{Hosts: 1, Nodes: nodes(retry(task(0, 0), 2, 0, "busy"), handler(0, 1))}, `
			> begin
			start 0
			> 0 failed busy !1
			retry 0 at 0
			start 0#2
			> 0 ok
			end 0 ok
			start 1
			> 1 ok
			end 1 ok
			done`},
		"owed, but the host failed": {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0), handler(0, 1))}, `
			> begin
			start 0
			> 0 failed !1
			end 0 failed
			end 1 not-run earlier by 0
			done`},
		"only of its own host": {schedule.Spec{Hosts: 2, Nodes: nodes(task(0, 0), handler(0, 1), task(1, 0), handler(1, 1))}, `
			> begin
			start 0
			start 2
			> 0 changed !3 !0 !9
			end 0 changed
			end 1 not-notified
			> 2 ok
			end 2 ok
			end 3 not-notified
			done`},
	})
}

func TestRetry(t *testing.T) {
	playAll(t, map[string]scripted{
		"backoff doubles, the host waits": {schedule.Spec{Hosts: 1, Nodes: nodes(retry(task(0, 0), 3, 5*time.Second, "timeout"), task(0, 1))}, `
			> begin
			start 0
			> +1s 0 failed timeout
			retry 0 at 6
			wake at 6
			> +5s wake
			start 0#2
			> 0 unreachable timeout
			retry 0#2 at 16
			wake at 16
			> +9s wake
			wake at 16
			> +1s wake
			start 0#3
			> 0 failed timeout
			end 0 failed
			end 1 not-run earlier by 0
			done`},
		"other class": {schedule.Spec{Hosts: 1, Nodes: nodes(retry(task(0, 0), 3, 0, "timeout"))}, `
			> begin
			start 0
			> 0 failed refused
			end 0 failed
			done`},
		"capped": {schedule.Spec{Hosts: 1, Nodes: nodes(retry(task(0, 0), 9, 4*time.Minute, "timeout"))}, `
			> begin
			start 0
			> 0 failed timeout
			retry 0 at 240
			wake at 240
			> +4m wake
			start 0#2
			> 0 failed timeout
			retry 0#2 at 540
			wake at 540
			> stop
			end 0 failed
			done`},
		"its resource is free meanwhile": {schedule.Spec{Hosts: 1, Nodes: nodes(
			parallel(1, retry(task(0, 0), 2, time.Second, "busy"), 3), parallel(1, task(0, 1), 3))}, `
			> begin
			start 0
			> 0 failed busy
			retry 0 at 1
			start 1
			wake at 1
			> +1s wake
			> 1 ok
			end 1 ok
			start 0#2
			> 0 ok
			end 0 ok
			done`},
		"the clock goes back": {schedule.Spec{Hosts: 2, Nodes: nodes(
			retry(task(0, 0), 2, time.Second, "busy"), retry(task(1, 0), 2, 3*time.Second, "busy"))}, `
			> begin
			start 0
			start 1
			> +10s 0 failed busy
			retry 0 at 11
			wake at 11
			> -5s 1 failed busy
			retry 1 at 13
			> stop
			end 0 failed
			end 1 failed
			done`},
		"the next one is asked for anew": {schedule.Spec{Hosts: 2, Nodes: nodes(
			retry(task(0, 0), 2, 9*time.Second, "busy"), retry(task(1, 0), 2, time.Second, "busy"))}, `
			> begin
			start 0
			start 1
			> 0 failed busy
			retry 0 at 9
			wake at 9
			> 1 failed busy
			retry 1 at 1
			wake at 1
			> +1s wake
			start 1#2
			wake at 9
			> 1 ok
			end 1 ok
			> +8s wake
			start 0#2
			> 0 ok
			end 0 ok
			done`},
	})
}

func TestStop(t *testing.T) {
	playAll(t, map[string]scripted{
		"what runs ends": {schedule.Spec{Hosts: 2, Nodes: nodes(
			retry(task(0, 0), 5, 0, "busy"), task(0, 1), handler(1, 0), loose(schedule.Gate, 0))}, `
			> begin
			start 0
			end 2 not-notified
			> stop
			end 1 not-run stopped
			end 3 not-run stopped
			> stop
			> 0 failed busy
			end 0 failed
			done`},
		"before the beginning": {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0))}, `
			> stop
			end 0 not-run stopped
			done
			> begin`},
		"strange events": {schedule.Spec{Hosts: 1, Nodes: nodes(task(0, 0), task(0, 1))}, `
			> 0 ok
			> wake
			> begin
			start 0
			> begin
			> 1 ok
			> 7 ok
			> 0 ok
			end 0 ok
			start 1
			> 0 failed
			> 1 ok
			end 1 ok
			done
			> 1 ok`},
	})
}
