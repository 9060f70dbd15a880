package sim

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if l, err := login(); err == nil {
			_ = os.RemoveAll(l.dir)
		}
		os.Exit(code)
	}))
}

// longest is how long a process may take, in virtual time: more than all of its deadlines together.
const longest = 12 * time.Hour

// play lives through a story and returns what the judge has against it.
func play(t *testing.T, seed uint64, b *bug) (j *judge, log []string) {
	dir, err := os.MkdirTemp(scratch(), "muster-sim-*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	papers := t.TempDir()
	l, err := login()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(seed), newStory(seed)
		defer w.end()
		s.begin(w, l.host)
		book, inventory := w.papers(t, papers, b.spoil(s.policy))
		names := []string{"A"}
		if s.two {
			names = append(names, "B")
		}
		j = &judge{w: w, s: s, runs: len(names)}
		var working sync.WaitGroup
		var all []*controller
		for i, name := range names {
			c := newController(t, w, name, dir, book, inventory, b)
			c.policy = s.policy
			all = append(all, c)
			for range 20 {
				c.dooms = append(c.dooms, s.doom())
			}
			if i > 0 {
				c.skew = s.skew
			}
			working.Go(func() {
				time.Sleep(time.Duration(i) * s.second)
				c.operate(t.Context(), j)
			})
		}
		working.Wait()
		j.read()
		j.settled()
		log = append(log, j.log...)
		for _, c := range all {
			for _, p := range c.processes {
				if p.tap != nil {
					log = append(log, p.tap.tell())
				}
			}
		}
	})
	return j, log
}

// patience is how often a run is resumed in the calm before it is given up.
const patience = 8

// operate is the person at the control machine: apply, and resume until it is done.
func (c *controller) operate(ctx context.Context, j *judge) {
	for n, tries := 0, 0; tries < patience; n++ {
		calm := c.w.isCalm()
		var d doom
		if !calm && n < len(c.dooms) {
			d = c.dooms[n]
		}
		r, ended := c.within(ctx, d)
		r = c.bug.embellish(r)
		j.note("%8.1fs %s%d (calm %v, %+v): %s", time.Since(c.w.begin).Seconds(), c.name, n+1, calm, d, r)
		if !ended {
			j.add("I9", "process %s%d does not come to an end", c.name, n+1)
			return
		}
		j.judged(c, r)
		if r.summary != nil && r.summary.ExitCode == 0 {
			return
		}
		if calm {
			tries++
		}
		time.Sleep(20*time.Second + c.w.draw(2*time.Minute))
	}
	if !c.policy.blind {
		j.add("I9", "run %s does not get done in the calm", c.name)
	}
}

func (c *controller) within(ctx context.Context, d doom) (result, bool) {
	done := make(chan result, 1)
	go func() { done <- c.once(ctx, d) }()
	limit := time.NewTimer(longest)
	defer limit.Stop()
	select {
	case r := <-done:
		return r, true
	case <-limit.C:
		c.processes[len(c.processes)-1].die()
		return <-done, false
	}
}

func seeds(t *testing.T, usual int) []uint64 {
	t.Helper()
	if one := os.Getenv("MUSTER_SHELL_SEED"); one != "" {
		seed, err := strconv.ParseUint(one, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	if many := os.Getenv("MUSTER_SHELL_SEEDS"); many != "" {
		n, err := strconv.Atoi(many)
		if err != nil {
			t.Fatal(err)
		}
		usual = n
	}
	list := make([]uint64, usual)
	for i := range list {
		list[i] = uint64(i)
	}
	return list
}

// TestShell lives through seeded stories under the judge. MUSTER_SHELL_SEEDS=N lives through N of them, MUSTER_SHELL_SEED=N
// only through that one, and tells it.
func TestShell(t *testing.T) {
	all := seeds(t, usualSeeds)
	const workers = 4
	var mu sync.Mutex
	saw := map[string]int{}
	for i := range min(workers, len(all)) {
		t.Run(fmt.Sprint("part", i), func(t *testing.T) {
			t.Parallel()
			for k := i; k < len(all); k += workers {
				j, log := play(t, all[k], nil)
				if len(j.problems) > 0 || len(all) == 1 {
					t.Logf("seed %d: %d hosts, %+v, %v\n%s\n%s", all[k], j.s.hosts, j.s.policy, j.s.saw, strings.Join(log, "\n"), j.w.tell())
				}
				if len(j.problems) > 0 {
					t.Errorf("seed %d:\n%s\nagain: MUSTER_SHELL_SEED=%d go test -run TestShell ./engine/internal/sim", all[k], strings.Join(j.problems, "\n"), all[k])
				}
				mu.Lock()
				for _, what := range j.s.saw {
					saw[what]++
				}
				mu.Unlock()
			}
		})
	}
	t.Cleanup(func() {
		for _, what := range slices.Sorted(maps.Keys(saw)) {
			t.Logf("%-20s %d", what, saw[what])
		}
	})
}
