package schedule_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// stepper is the machine, or one with a planted bug around it.
type stepper interface {
	Step(now time.Time, ev schedule.Event) []schedule.Command
}

// world is the simulated executor with its hosts: it carries out what the machine commands, and everything that happens
// in it goes through the judge. All of it follows from the seed.
type world struct {
	*generator
	judge  *judge
	now    time.Time
	events []happening
	wake   time.Time // zero: none asked for
	stopAt time.Time // zero: never
	steps  int

	unreachable []bool // by host: no connection at first contact
	answered    []bool
	health      []healthStory // by node
	fails, lost float64       // chances of an attempt
}

type happening struct {
	at  time.Time
	seq int
	ev  schedule.Ended
}

// healthStory is how a host does after its restart: well from a time on, with a chance of a bad answer even then.
type healthStory struct {
	since   time.Time
	well    time.Duration
	flaps   float64
	skipped bool
}

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 0x6d7573746572))
	w := &world{generator: generate(r), now: time.Unix(1_000_000, 0)}
	w.judge = newJudge(w.spec)
	w.unreachable, w.answered = make([]bool, w.spec.Hosts), make([]bool, w.spec.Hosts)
	w.health = make([]healthStory, len(w.spec.Nodes))
	unreachable := 0.0
	if w.chance(.7) {
		w.fails, w.lost, unreachable = .1*r.Float64()*r.Float64(), .03*r.Float64(), .1*r.Float64()
	}
	for h := range w.unreachable {
		w.unreachable[h] = w.chance(unreachable)
	}
	for n := range w.health {
		w.health[n] = healthStory{well: time.Duration(r.IntN(100)) * time.Second, flaps: .1 * r.Float64(), skipped: w.chance(.05)}
		if w.fails > 0 && w.chance(.05) {
			w.health[n].well = time.Hour
		}
	}
	if w.chance(.2) {
		w.stopAt = w.now.Add(time.Duration(r.IntN(400)) * time.Second)
	}
	return w
}

// run plays until Done or until nothing can happen any more.
func (w *world) run(m stepper) []string {
	w.step(m, schedule.Begin{})
	for limit := 100 * (len(w.spec.Nodes) + 1000); !w.judge.done && w.judge.calm(); limit-- {
		ev, ok := w.next()
		if !ok || limit == 0 {
			w.judge.fail("I9", "the run stands still or goes on for ever")
			break
		}
		w.step(m, ev)
	}
	if w.judge.calm() {
		w.judge.verdict()
	}
	return w.judge.problems
}

func (w *world) step(m stepper, ev schedule.Event) {
	w.steps++
	w.judge.event(w.now, ev)
	for _, c := range m.Step(w.now, ev) {
		w.judge.command(c)
		switch c := c.(type) {
		case schedule.Start:
			w.start(c.Node)
		case schedule.WakeAt:
			w.wake = c.At
		}
	}
}

// next is what happens first: a stop, an end of an attempt, the wake.
func (w *world) next() (schedule.Event, bool) {
	first := -1
	for i := range w.events {
		if first < 0 || cmp.Or(w.events[i].at.Compare(w.events[first].at), cmp.Compare(w.events[i].seq, w.events[first].seq)) < 0 {
			first = i
		}
	}
	due := func(t time.Time) bool {
		return !t.IsZero() && (first < 0 || !t.After(w.events[first].at))
	}
	switch {
	case due(w.stopAt) && (w.wake.IsZero() || !w.stopAt.After(w.wake)):
		w.advance(w.stopAt)
		w.stopAt = time.Time{}
		return schedule.Stop{}, true
	case due(w.wake):
		w.advance(w.wake)
		w.wake = time.Time{}
		return schedule.Wake{}, true
	case first < 0:
		return nil, false
	}
	h := w.events[first]
	w.events[first] = w.events[len(w.events)-1]
	w.events = w.events[:len(w.events)-1]
	w.advance(h.at)
	return h.ev, true
}

func (w *world) advance(t time.Time) {
	if t.After(w.now) {
		w.now = t
	}
}

// start runs an attempt: it draws how long it takes and how it ends.
func (w *world) start(n int) {
	spec := &w.spec.Nodes[n]
	latency := time.Duration(0)
	if w.chance(.8) {
		latency = time.Duration(w.IntN(10_000)) * time.Millisecond
	}
	ev := schedule.Ended{Node: n}
	if spec.Role == schedule.Health {
		latency /= 5
		if w.chance(.01) {
			latency = 2 * time.Minute
		}
		ev.Outcome = w.ask(n, w.now.Add(latency))
	} else {
		w.draw(&ev, spec.Host)
	}
	w.events = append(w.events, happening{w.now.Add(latency), w.steps<<16 + len(w.events), ev})
}

func (w *world) draw(ev *schedule.Ended, h int) {
	ev.Outcome = []schedule.Outcome{schedule.OK, schedule.Changed, schedule.Changed, schedule.Skipped}[w.IntN(4)]
	switch {
	case h >= 0 && w.unreachable[h] && !w.answered[h]:
		ev.Outcome, ev.Class = schedule.Unreachable, "unreachable"
		w.unreachable[h] = w.chance(.8)
		return
	case w.chance(w.fails):
		ev.Outcome = schedule.Failed
		ev.Class = []schedule.Class{"", "busy", "busy", "refused"}[w.IntN(4)]
	case h >= 0 && w.chance(w.lost):
		ev.Outcome = []schedule.Outcome{schedule.Lost, schedule.Unknown}[w.IntN(2)]
		ev.Class = []schedule.Class{"", "unreachable"}[w.IntN(2)]
	}
	if h >= 0 {
		w.answered[h] = true
	}
	for _, handler := range w.notifies[ev.Node] {
		if ev.Outcome != schedule.Skipped && ev.Outcome != schedule.OK && w.chance(.7) {
			ev.Notify = append(ev.Notify, handler)
		}
	}
}

func (w *world) ask(n int, at time.Time) schedule.Outcome {
	s := &w.health[n]
	if s.skipped {
		return schedule.Skipped
	}
	if s.since.IsZero() {
		s.since = w.now
	}
	if at.Sub(s.since) >= s.well && !w.chance(s.flaps) {
		return schedule.OK
	}
	return []schedule.Outcome{schedule.Failed, schedule.Unreachable, schedule.Lost, schedule.Unknown}[w.IntN(4)]
}

func seeds(t *testing.T, usual int) []uint64 {
	t.Helper()
	if one := os.Getenv("MUSTER_SEED"); one != "" {
		seed, err := strconv.ParseUint(one, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	if testing.Short() {
		usual /= 10
	}
	if many := os.Getenv("MUSTER_SEEDS"); many != "" {
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
	saw := map[string]int{}
	for _, seed := range seeds(t, 2000) {
		w := newWorld(seed)
		if problems := w.run(mustMachine(t, w.spec)); len(problems) > 0 {
			t.Fatalf("seed %d, %d hosts, %d nodes:\n%s\nreplay: MUSTER_SEED=%d go test -run TestSimulation ./engine/schedule",
				seed, w.spec.Hosts, len(w.spec.Nodes), fmt.Sprint(problems), seed)
		}
		for what, n := range w.judge.saw {
			saw[what] += n
		}
	}
	// A simulation that never comes to a rule says nothing about it.
	if len(seeds(t, 2000)) >= 1000 {
		for _, what := range []string{"retry", "not-notified", "canary", "budget", "no-place", "stopped", "earlier", "unknown health", "handler", "health held", "health failed", "spared"} {
			if saw[what] < 20 {
				t.Errorf("%q was seen only %d times", what, saw[what])
			}
		}
	}
	t.Log(saw)
}

// TestReplay runs worlds twice: the same events must give the same commands.
func TestReplay(t *testing.T) {
	for _, seed := range seeds(t, 50) {
		var logs [2][]string
		for i := range logs {
			w := newWorld(seed)
			rec := &recorder{m: mustMachine(t, w.spec)}
			w.run(rec)
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
