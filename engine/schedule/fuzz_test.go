package schedule_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/schedule"
)

// FuzzEvents feeds whatever events: late, doubled, of nodes that do not run or do not exist. The machine must not panic,
// say an end twice or go on after Done, and once every answer is good it must come to an end.
func FuzzEvents(f *testing.F) {
	f.Add(uint64(1), []byte{0, 0, 0, 1, 2, 1, 9, 9, 1, 3, 200, 2, 0, 0})
	f.Add(uint64(7), []byte{0, 0, 0, 1, 0, 4, 1, 1, 4, 1, 2, 4, 2, 90, 0})
	f.Add(uint64(9), []byte{3, 0, 0, 0, 0, 0})
	f.Add(uint64(5), []byte{0, 0, 0, 7, 4, 3, 3, 0, 1, 7, 0, 0, 7, 4, 2, 3, 0, 1, 3, 0, 1, 7, 0, 1})
	f.Fuzz(func(t *testing.T, seed uint64, data []byte) {
		r := rand.New(rand.NewPCG(seed, 1))
		spec := generate(r).spec
		known := make([]bool, len(spec.Nodes))
		if seed%2 == 0 {
			spec.Before = make([]schedule.Before, len(spec.Nodes))
			for n := range spec.Before {
				b := schedule.Before{Outcome: []schedule.Outcome{0, 0, schedule.Changed, schedule.NotNotified}[r.IntN(4)], Begun: r.IntN(4) == 0}
				spec.Before[n], known[n] = b, b.Outcome.Good()
			}
		}
		w := &watch{t: t, m: mustMachine(t, spec), ended: known, now: time.Unix(1000, 0)}
		for ; len(data) >= 3; data = data[3:] {
			w.step(event(data[0], data[1], data[2], w, len(spec.Nodes)))
		}
		w.finish(spec)
	})
}

func event(kind, a, b byte, w *watch, nodes int) schedule.Event {
	switch kind % 8 {
	case 0:
		return schedule.Begin{}
	case 1:
		w.now = w.now.Add(time.Duration(int8(a)) * time.Second) // back as well
		return schedule.Wake{}
	case 2:
		if b == 0 {
			return schedule.Stop{}
		}
	case 7:
		switch host := int(a)/2 - 2; b % 5 {
		case 0:
			return schedule.Pause{}
		case 1:
			return schedule.Continue{}
		case 2:
			return schedule.Promote{Rollout: host}
		case 3:
			return schedule.Observed{Host: host, Down: a%2 == 0}
		}
	case 3, 4, 5, 6:
		if len(w.running) > 0 {
			node := w.running[int(a)%len(w.running)]
			return schedule.Ended{Node: node, Outcome: schedule.Outcome(b % 12), Class: "busy", Notify: []int{node + 1, int(b)}}
		}
	}
	return schedule.Ended{Node: int(a)*nodes/200 - 2, Outcome: schedule.Outcome(b), Notify: []int{-1, int(b), 1 << 40}}
}

// watch looks only at what must hold whatever the events are.
type watch struct {
	t       *testing.T
	m       *schedule.Machine
	now     time.Time
	wake    time.Time
	running []int
	ended   []bool
	count   int
	done    bool
}

func (w *watch) step(ev schedule.Event) {
	if e, ok := ev.(schedule.Ended); ok {
		for i, n := range w.running {
			if n == e.Node {
				w.running = append(w.running[:i], w.running[i+1:]...)
				break
			}
		}
	}
	for _, c := range w.m.Step(w.now, ev) {
		if w.done {
			w.t.Fatalf("%T after Done", c)
		}
		switch c := c.(type) {
		case schedule.Start:
			w.running = append(w.running, c.Node)
		case schedule.WakeAt:
			w.wake = c.At
		case schedule.Finished:
			if w.ended[c.Node] {
				w.t.Fatalf("%+v again", c)
			}
			w.ended[c.Node] = true
			w.count++
		case schedule.Done:
			w.done = true
		}
	}
}

// finish answers well and lets go whatever is held, until Done.
func (w *watch) finish(spec schedule.Spec) {
	w.step(schedule.Begin{})
	for limit := 100 * (len(spec.Nodes) + 100); !w.done; limit-- {
		switch {
		case limit == 0:
			w.t.Fatalf("no end: %d ended, %d running", w.count, len(w.running))
		case len(w.running) > 0:
			w.step(schedule.Ended{Node: w.running[0], Outcome: schedule.OK})
		default:
			w.letGo(spec)
			if w.wake.After(w.now) {
				w.now = w.wake
			}
			w.step(schedule.Wake{})
		}
	}
	if slices.Contains(w.ended, false) || len(w.running) > 0 {
		w.t.Fatalf("done with %d ended and others not, %d running", w.count, len(w.running))
	}
}

func (w *watch) letGo(spec schedule.Spec) {
	w.step(schedule.Continue{})
	for h := range spec.Hosts {
		w.step(schedule.Observed{Host: h})
	}
	for r := range spec.Rollouts {
		w.step(schedule.Promote{Rollout: r})
	}
}
