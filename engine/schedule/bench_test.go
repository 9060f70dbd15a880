package schedule_test

import (
	"sync"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

const (
	benchHosts = 10_000
	benchTasks = 20
	benchForks = 500
)

// BenchmarkMachine10000x20 is a whole run through the machine, New included: every node a chain of needs on its host, as
// references give it, and every outcome given at once.
func BenchmarkMachine10000x20(b *testing.B) {
	spec := chains(false)
	b.ReportAllocs()
	for b.Loop() {
		drive(b, spec)
	}
	perNode(b)
}

// BenchmarkMachineRollout is the same with every host's last node a notified handler of a rollout of 10 groups.
func BenchmarkMachineRollout(b *testing.B) {
	spec := chains(true)
	b.ReportAllocs()
	for b.Loop() {
		drive(b, spec)
	}
	perNode(b)
}

// BenchmarkFloorPool is the floor: the same graph in a bare pool, an in-degree per node, a ready queue and 500 workers
// that do nothing. It knows no host, outcome or command.
func BenchmarkFloorPool(b *testing.B) {
	spec := chains(false)
	b.ReportAllocs()
	for b.Loop() {
		pool(spec)
	}
	perNode(b)
}

// BenchmarkFloorLoop is the floor without the workers: one goroutine, in-degrees and a ready queue.
func BenchmarkFloorLoop(b *testing.B) {
	spec := chains(false)
	b.ReportAllocs()
	for b.Loop() {
		waits, needers := invert(spec)
		var ready []int32
		for n, w := range waits {
			if w == 0 {
				ready = append(ready, int32(n))
			}
		}
		for len(ready) > 0 {
			n := ready[len(ready)-1]
			ready = ready[:len(ready)-1]
			for _, next := range needers[n] {
				if waits[next]--; waits[next] == 0 {
					ready = append(ready, next)
				}
			}
		}
	}
	perNode(b)
}

func perNode(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(benchHosts*benchTasks), "ns/node")
}

func chains(rolled bool) schedule.Spec {
	spec := schedule.Spec{Hosts: benchHosts, Forks: benchForks}
	const groups = 10
	if rolled {
		r := schedule.Rollout{Name: "restart", Canary: 1, GroupsAtOnce: 1}
		for g := range groups {
			group := schedule.Group{MaxUnavailable: 5}
			for h := g * benchHosts / groups; h < (g+1)*benchHosts/groups; h++ {
				group.Hosts = append(group.Hosts, h)
			}
			r.Groups = append(r.Groups, group)
		}
		spec.Rollouts = append(spec.Rollouts, r)
	}
	for h := range benchHosts {
		for i := range benchTasks {
			n := task(h, i)
			if i > 0 {
				n.Needs = []int{len(spec.Nodes) - 1}
			}
			if rolled && i == benchTasks-1 {
				n.Role = schedule.Handler
				n = in(0, h*groups/benchHosts, n)
			}
			spec.Nodes = append(spec.Nodes, n)
		}
	}
	return spec
}

// drive runs a spec, every attempt ending at once with a change that notifies the node after it.
func drive(b *testing.B, spec schedule.Spec) {
	m, err := schedule.New(spec)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Unix(1000, 0)
	next := make([]int, len(spec.Nodes)+1)
	for n := range next {
		next[n] = n + 1
	}
	var runs []int
	finished, done := 0, false
	take := func(commands []schedule.Command) {
		for _, c := range commands {
			switch c := c.(type) {
			case schedule.Start:
				runs = append(runs, c.Node)
			case schedule.Finished:
				finished++
			case schedule.Done:
				done = true
			}
		}
	}
	take(m.Step(now, schedule.Begin{}))
	for i := 0; i < len(runs); i++ {
		take(m.Step(now, schedule.Ended{Node: runs[i], Outcome: schedule.Changed, Notify: next[runs[i] : runs[i]+1]}))
	}
	if !done || finished != len(spec.Nodes) || len(runs) != len(spec.Nodes) {
		b.Fatalf("done %v, %d finished and %d runs of %d", done, finished, len(runs), len(spec.Nodes))
	}
}

func invert(spec schedule.Spec) ([]int32, [][]int32) {
	waits, needers := make([]int32, len(spec.Nodes)), make([][]int32, len(spec.Nodes))
	for n := range spec.Nodes {
		waits[n] = int32(len(spec.Nodes[n].Needs))
		for _, need := range spec.Nodes[n].Needs {
			needers[need] = append(needers[need], int32(n))
		}
	}
	return waits, needers
}

func pool(spec schedule.Spec) {
	waits, needers := invert(spec)
	ready := make(chan int32, len(spec.Nodes))
	var mu sync.Mutex
	left := len(spec.Nodes)
	for n, w := range waits {
		if w == 0 {
			ready <- int32(n)
		}
	}
	var workers sync.WaitGroup
	for range benchForks {
		workers.Go(func() {
			for n := range ready {
				mu.Lock()
				for _, next := range needers[n] {
					if waits[next]--; waits[next] == 0 {
						ready <- next
					}
				}
				if left--; left == 0 {
					close(ready)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
}
