package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

func mustMachine(t testing.TB, spec schedule.Spec) *schedule.Machine {
	t.Helper()
	m, err := schedule.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSimulation runs seeded worlds under the judge. MUSTER_SEEDS=N runs N of them, MUSTER_SEED=N only that one.
func TestSimulation(t *testing.T) {
	const usual = 10_000
	var mu sync.Mutex
	saw := map[string]int{}
	list := seeds(t, usual)
	eachSeed(list, func(seed uint64) bool {
		w := newWorld(seed)
		problems := w.run(func(spec schedule.Spec) stepper {
			if len(list) == 1 {
				return &tracer{t, mustMachine(t, spec)}
			}
			return mustMachine(t, spec)
		})
		mu.Lock()
		defer mu.Unlock()
		for what, n := range w.judge.saw {
			saw[what] += n
		}
		if len(problems) > 0 {
			t.Errorf("seed %d, %d hosts, %d nodes, process %d:\n%s\nreplay: MUSTER_SEED=%d go test -v -run TestSimulation ./engine/schedule",
				seed, w.spec.Hosts, len(w.spec.Nodes), w.process, strings.Join(problems[:min(len(problems), 5)], ""), seed)
		}
		return len(problems) > 0
	})
	// A simulation that never comes to a rule says nothing about it.
	for _, what := range rulesSeen {
		if len(list) >= 1000 && saw[what] < 20 {
			t.Errorf("%q was seen only %d times", what, saw[what])
		}
	}
	t.Log(saw)
}

var rulesSeen = []string{"retry", "not-notified", "canary", "budget", "no-place", "stopped", "earlier", "unknown health", "handler", "health held",
	"health failed", "spared", "crash", "resume", "good end", "cut", "wave overdue", "overdue", "observed down", "canary down later", "asked",
	"promoted", "promoted in vain", "not-promoted", "soaked", "held", "held unit"}

// TestReplay runs worlds twice: the same events must give the same commands.
func TestReplay(t *testing.T) {
	for _, seed := range seeds(t, 50) {
		var logs [2][]string
		for i := range logs {
			w := newWorld(seed)
			rec := &recorder{}
			w.run(func(spec schedule.Spec) stepper {
				rec.m = mustMachine(t, spec)
				return rec
			})
			logs[i] = rec.log
		}
		if !slices.Equal(logs[0], logs[1]) {
			t.Fatalf("seed %d does not replay", seed)
		}
	}
}

type recorder struct {
	m   stepper
	log []string
}

func (r *recorder) Step(now time.Time, ev schedule.Event) []schedule.Command {
	commands := r.m.Step(now, ev)
	r.log = append(r.log, fmt.Sprintf("%T%v", commands, commands))
	return commands
}

// tracer logs every step, for the replay of one seed.
type tracer struct {
	t *testing.T
	m stepper
}

func (tr *tracer) Step(now time.Time, ev schedule.Event) []schedule.Command {
	commands := tr.m.Step(now, ev)
	var said []string
	for _, c := range commands {
		said = append(said, strings.TrimPrefix(fmt.Sprintf("%T%+v", c, c), "schedule."))
	}
	tr.t.Logf("%v %T%+v: %s", now.Sub(time.Unix(1_000_000, 0)), ev, ev, strings.Join(said, " "))
	return commands
}
