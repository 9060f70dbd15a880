package executor

import "github.com/muster-run/muster/engine/schedule"

// askFirst asks those that have not answered yet, as many at a time as nodes may run.
func (w *watch) askFirst() {
	now := w.e.now()
	for h := range w.hosts {
		if !w.first[h] || w.hosts[h].busy {
			continue
		}
		if w.asking >= w.e.plan.Spec.Forks {
			return
		}
		if question := w.question(h, now); question != nil {
			w.put(h, question, now)
		} else {
			delete(w.first, h) // its lease was lost meanwhile
		}
	}
}

// goOn lets the run begin once the first questions are answered, unless somebody wants it to pause.
func (w *watch) goOn() []schedule.Event {
	if len(w.first) > 0 || w.paused {
		return nil
	}
	return []schedule.Event{schedule.Continue{}}
}

// steered takes note of a pause, and keeps its end back while the first questions are not answered.
func (w *watch) steered(events []schedule.Event) (out []schedule.Event) {
	for _, ev := range events {
		switch ev.(type) {
		case schedule.Pause:
			w.paused = true
		case schedule.Continue:
			w.paused = false
			if len(w.first) > 0 {
				continue
			}
		}
		out = append(out, ev)
	}
	return out
}
