package lease_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/muster-run/muster/engine/lease"
)

// Two runs at once over the same hosts: never do both hold one, and one gets through, over and over.
func TestRace(t *testing.T) {
	w := newWorld(t, "h1", "h2")
	race(t, w, 200, 2, func(int) {})
}

// The same for a stale lease that several want to take over.
func TestRaceForAStaleLease(t *testing.T) {
	w := newWorld(t, "h1", "h2")
	race(t, w, 25, 4, func(round int) {
		crash(t, w.options(t, 1))
		for name := range w.hosts {
			w.with(name, func(m *machine) { m.skew += lease.DefaultStale * 2 })
		}
	})
}

func race(t *testing.T, w *world, rounds, runs int, before func(round int)) {
	for round := range rounds {
		before(round)
		var holders atomic.Int64
		won := make(chan *lease.Lease, runs)
		var wg sync.WaitGroup
		for run := range runs {
			o := w.options(t, 10+run)
			wg.Go(func() {
				l, err := lease.Acquire(t.Context(), o)
				if err == nil {
					if n := holders.Add(1); n != 1 {
						t.Errorf("round %d: %d runs hold the hosts", round, n)
					}
					won <- l
				} else if _, held := err.(*lease.Held); !held {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
		close(won)
		if len(won) == 0 {
			t.Errorf("round %d: nobody got through", round)
		}
		for l := range won {
			release(t, l)
		}
		w.free(t)
		if t.Failed() {
			t.FailNow()
		}
	}
}

// Runs that take, hold for a moment and release, without waiting for each other: on each host at most one has it at any
// time, also while one lets go and the next takes.
func TestRaceWithRelease(t *testing.T) {
	w := newWorld(t, "h1", "h2")
	var inside atomic.Int64
	var through [3]int
	var wg sync.WaitGroup
	for run := range through {
		wg.Go(func() {
			for range 25 {
				l, err := lease.Acquire(t.Context(), w.options(t, run))
				if err != nil {
					continue
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d runs hold the hosts", n)
				}
				through[run]++
				inside.Add(-1)
				if err := l.Release(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if fmt.Sprint(through) == "[0 0 0]" {
		t.Error("nobody got through")
	}
	w.free(t)
}
