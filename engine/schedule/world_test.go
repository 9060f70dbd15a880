package schedule_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// stepper is the machine, or one with a planted bug around it.
type stepper interface {
	Step(now time.Time, ev schedule.Event) []schedule.Command
}

// world is the simulated executor with its hosts, its user and its record: it carries out what the machine commands, over
// as many processes as it takes, and everything that happens in it goes through the judge. All of it follows from the seed.
type world struct {
	*generator
	judge  *judge
	record record
	now    time.Time
	events []happening // heap
	wake   time.Time   // zero: none asked for
	steps  int

	process   int
	from      int // entries of the record when the process began
	lived     int // steps of the process
	crashAt   int // the step at which it dies, or -1
	processes int // that there may be

	unreachable []bool // by host: no connection at first contact
	answered    []bool
	dead        []bool
	ran         [][]int       // by rollout: hosts whose unit began in this process
	story       []healthStory // by node
	notes       [][]int       // by node: handlers that its attempts notified
	owed        []bool        // by node: a marker on the host says that the handler is owed
	again       []bool        // by node: each process runs it, for what it gives is secret, or belongs to one that does
	trouble     trouble
}

// trouble are the chances of what goes wrong.
type trouble struct {
	fails, lost, unreachable, dies float64
}

// happening is something that comes to the machine, or a node's attempt that reaches its host.
type happening struct {
	at      time.Time
	seq     int
	ev      schedule.Event
	reaches int // the node whose attempt it is, if ev is nil
}

func earlier(a, b happening) bool {
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	return a.seq < b.seq
}

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 0x6d7573746572))
	w := &world{generator: generate(r), now: time.Unix(1_000_000, 0), crashAt: -1, processes: 1}
	w.judge = newJudge()
	w.answered, w.unreachable, w.dead = make([]bool, w.spec.Hosts), make([]bool, w.spec.Hosts), make([]bool, w.spec.Hosts)
	w.notes, w.owed = make([][]int, len(w.spec.Nodes)), make([]bool, len(w.spec.Nodes))
	if w.chance(.7) {
		w.trouble = trouble{.1 * r.Float64() * r.Float64(), .03 * r.Float64(), .1 * r.Float64(), 0}
	}
	if w.chance(.3) {
		w.trouble.dies = min(.5, 4/float64(w.spec.Hosts))
	}
	if w.chance(.5) {
		w.processes = 2 + w.IntN(4)
	}
	w.again = make([]bool, len(w.spec.Nodes))
	if w.chance(.3) {
		w.chooseAgain()
	}
	w.story = make([]healthStory, len(w.spec.Nodes))
	for n := range w.story {
		w.story[n] = healthStory{well: time.Duration(r.IntN(100)) * time.Second, flaps: .1 * r.Float64(), skipped: w.chance(.05)}
		if w.trouble.fails > 0 && w.chance(.05) {
			w.story[n].well = time.Hour
		}
	}
	return w
}

// chooseAgain draws tasks that each process runs again. What they may notify must then be open again as well, with the
// health after it: they may find something new to do.
func (w *world) chooseAgain() {
	units := map[[2]int]bool{}
	for n := range w.again {
		if w.spec.Nodes[n].Role != schedule.Task || w.chance(.9) {
			continue
		}
		w.again[n] = true
		for _, h := range w.notifies[n] {
			w.again[h] = true
			if s := &w.spec.Nodes[h]; s.Rollout >= 0 {
				units[[2]int{s.Rollout, s.Host}] = true
			}
		}
	}
	for n := range w.again {
		if s := &w.spec.Nodes[n]; s.Role == schedule.Health && units[[2]int{s.Rollout, s.Host}] {
			w.again[n] = true
		}
	}
}

// run plays processes until one comes to a good end, there may be no more, or the judge has found something.
func (w *world) run(start func(spec schedule.Spec) stepper) []string {
	for spec := w.spec; ; spec = w.resume() {
		w.begin(spec)
		crashed := w.live(start(spec))
		w.process++
		if w.judge.calm() && !crashed {
			w.judge.verdict()
		}
		if !w.judge.calm() || w.process == w.processes || (!crashed && w.judge.good()) {
			break
		}
		if crashed {
			w.judge.saw["crash"]++
			w.record.lose(w.IntN)
		}
		w.record.durable = len(w.record.entries)
	}
	if w.judge.calm() {
		w.judge.verdictOfRecord(&w.record, w.owed, w.again)
	}
	return w.judge.problems
}

// resume is the spec of the next process; less and less goes wrong, so that some runs come to a good end.
func (w *world) resume() schedule.Spec {
	w.judge.saw["resume"]++
	t := &w.trouble
	t.fails, t.lost, t.unreachable = t.fails/3, t.lost/3, t.unreachable/3
	w.now = w.now.Add(time.Duration(w.IntN(1000)) * time.Second)
	spec := w.record.resumed(w.spec, w.again, slices.Contains(w.again, true) || w.chance(.5))
	spec.Unattended = w.chance(.2)
	if w.chance(.5) {
		spec.Seed = w.Uint64()
	}
	return spec
}

// begin sets up a process: nobody is connected, and the user has made up his mind when to interfere.
func (w *world) begin(spec schedule.Spec) {
	w.judge.begin(spec, w.now)
	w.events, w.wake, w.from, w.crashAt = nil, time.Time{}, len(w.record.entries), -1
	w.ran = make([][]int, len(spec.Rollouts))
	for h := range w.unreachable {
		w.unreachable[h], w.answered[h] = w.chance(w.trouble.unreachable), false
	}
	if w.process+1 < w.processes && w.chance(.7) {
		w.crashAt = w.IntN(3*len(spec.Nodes) + 2)
	}
	w.at(0, schedule.Begin{})
	if w.chance(.1) {
		w.at(w.seconds(400), schedule.Stop{})
	}
	for t := w.seconds(200); w.chance(.15); t += w.seconds(200) {
		w.at(t, schedule.Pause{})
		t += w.seconds(300)
		w.at(t, schedule.Continue{})
	}
	if len(spec.Rollouts) > 0 && w.chance(.1) { // nobody asked
		w.at(w.seconds(100), schedule.Promote{Rollout: w.IntN(len(spec.Rollouts))})
	}
	for h := range spec.Hosts {
		if w.dead[h] || w.chance(w.trouble.dies/3) {
			w.dies(h, w.seconds(150))
		}
	}
}

func (w *world) seconds(most int) time.Duration { return time.Duration(w.IntN(most)) * time.Second }

func (w *world) at(pause time.Duration, ev schedule.Event) {
	w.push(happening{at: w.now.Add(pause), ev: ev})
}

func (w *world) push(h happening) {
	w.steps++
	h.seq = w.steps
	w.events = append(w.events, h)
	for i := len(w.events) - 1; i > 0 && earlier(w.events[i], w.events[(i-1)/2]); i = (i - 1) / 2 {
		w.events[i], w.events[(i-1)/2] = w.events[(i-1)/2], w.events[i]
	}
}

func (w *world) pop() happening {
	top, last := w.events[0], len(w.events)-1
	w.events[0] = w.events[last]
	w.events = w.events[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if earlier(w.events[c], w.events[least]) {
				least = c
			}
		}
		if least == i {
			return top
		}
		w.events[i], w.events[least] = w.events[least], w.events[i]
		i = least
	}
}

// live plays one process until Done, its death, or until nothing can happen any more; it reports whether it died.
func (w *world) live(m stepper) bool {
	limit := 100 * (len(w.spec.Nodes) + 1000)
	for w.lived = 0; !w.judge.done && w.judge.calm(); w.lived++ {
		if w.lived == w.crashAt {
			return true
		}
		h, ok := w.next()
		switch {
		case !ok || w.lived == limit:
			w.judge.fail("I9", "the run stands still or goes on for ever")
		case h.ev == nil:
			w.reach(h.reaches)
		default:
			w.step(m, h.ev)
		}
	}
	return false
}

// next is what happens first.
func (w *world) next() (happening, bool) {
	if !w.wake.IsZero() && (len(w.events) == 0 || !w.wake.After(w.events[0].at)) {
		h := happening{at: w.wake, ev: schedule.Wake{}}
		w.wake = time.Time{}
		w.advance(h.at)
		return h, true
	}
	if len(w.events) == 0 {
		return happening{}, false
	}
	h := w.pop()
	w.advance(h.at)
	return h, true
}

func (w *world) advance(t time.Time) {
	if t.After(w.now) {
		w.now = t
	}
}

func (w *world) step(m stepper, ev schedule.Event) {
	switch ev := ev.(type) {
	case schedule.Observed:
		w.dead[ev.Host] = ev.Down
	case schedule.Promote:
		if w.judge.asked(ev.Rollout) {
			w.record.append(entry{kind: promoted, node: ev.Rollout})
		}
	}
	w.judge.event(w.now, ev)
	for _, c := range m.Step(w.now, ev) {
		w.judge.command(c)
		w.obey(c)
	}
}

func (w *world) obey(c schedule.Command) {
	switch c := c.(type) {
	case schedule.Persist:
		w.record.append(entry{kind: intended, node: c.Node})
	case schedule.Start:
		pause := time.Duration(0)
		if w.chance(.3) {
			pause = time.Duration(w.IntN(50)) * time.Millisecond
		}
		w.push(happening{at: w.now.Add(pause), reaches: c.Node})
	case schedule.Finished:
		if c.Outcome.Good() && c.Outcome != schedule.NotNotified {
			w.owed[c.Node] = false
		}
		w.record.append(entry{kind: outcome, node: c.Node, outcome: c.Outcome, notify: w.notes[c.Node]})
	case schedule.WakeAt:
		w.wake = c.At
	case schedule.Soaking:
		if ran := w.ran[c.Rollout]; len(ran) > 0 && w.chance(.2) {
			w.dies(ran[w.IntN(len(ran))], time.Duration(w.Int64N(int64(c.Until.Sub(w.now))+2)))
		}
	case schedule.Ask:
		w.asked(c)
	}
}

// asked lets somebody answer, or give up.
func (w *world) asked(c schedule.Ask) {
	if len(c.Hosts) > 0 && w.chance(.2) {
		w.dies(c.Hosts[w.IntN(len(c.Hosts))], w.seconds(200))
	}
	switch pause := w.seconds(200); {
	case w.chance(.8):
		w.at(pause, schedule.Promote{Rollout: c.Rollout})
	case w.process+1 < w.processes && w.chance(.5):
		w.crashAt = w.lived + 1 // nobody is there, and the machine goes down
	default:
		w.at(pause, schedule.Stop{})
	}
}
