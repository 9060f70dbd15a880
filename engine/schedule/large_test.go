package schedule_test

import (
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// TestLarge is one run of many hosts over few forks, in which every end wakes another host.
func TestLarge(t *testing.T) {
	const hosts = 3000
	spec := schedule.Spec{Hosts: hosts, Forks: 7}
	for h := range hosts { // a handler that nobody notifies, a gate behind it, and a task on another host behind that
		spec.Nodes = append(spec.Nodes, handler(h, 0), loose(schedule.Gate, 3*h), task((h+1)%hosts, 1, 3*h+1))
	}
	m := mustMachine(t, spec)
	now := time.Unix(1000, 0)
	var runs []int
	ends, done := make([]int, len(spec.Nodes)), false
	take := func(commands []schedule.Command) {
		for _, c := range commands {
			switch c := c.(type) {
			case schedule.Start:
				runs = append(runs, c.Node)
			case schedule.Finished:
				ends[c.Node]++
			case schedule.Done:
				done = true
			}
		}
	}
	take(m.Step(now, schedule.Begin{}))
	for i := 0; i < len(runs); i++ {
		take(m.Step(now, schedule.Ended{Node: runs[i], Outcome: schedule.OK}))
	}
	for n, count := range ends {
		if count != 1 {
			t.Fatalf("node %d ended %d times", n, count)
		}
	}
	if !done || len(runs) != hosts {
		t.Fatalf("done %v after %d runs of %d", done, len(runs), hosts)
	}
}
