package executor

import (
	"fmt"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/schedule"
)

// took takes in an answer, and says to the core when the host went down or came back.
func (w *watch) took(a answer) (events []schedule.Event) {
	w.asking--
	if w.first[a.host] {
		delete(w.first, a.host)
		w.askFirst()
		defer func() { events = append(events, w.goOn()...) }()
	}
	s := &w.hosts[a.host]
	s.busy = false
	if host := w.e.hosts[a.host]; host.left == 0 {
		w.e.pool.Drop(host.target)
	}
	if a.void || (a.why != "") == s.down {
		return nil
	}
	return w.observed(a.host, a.why, a.sick)
}

// answered notes that a node ended well on a host: whatever was wrong with its connection is over.
func (w *watch) answered(h int) []schedule.Event {
	if s := &w.hosts[h]; !s.down || s.sick {
		return nil
	}
	return w.observed(h, "", false)
}

func (w *watch) observed(h int, why string, sick bool) []schedule.Event {
	e, name := w.e, w.e.plan.Hosts[h].Name
	s := &w.hosts[h]
	s.down, s.sick, s.why = why != "", sick && why != "", why
	ev := event.Event{Type: event.HostUp, Node: addr.Node{Host: name}, Text: name + " answers well again"}
	if s.down {
		ev.Type, ev.Text = event.HostDown, fmt.Sprintf("%s went down while nobody changed it (%s): it takes a place of its group until it answers well again", name, why)
	}
	e.record.add(journal.Record{Observed: &journal.Observed{Host: name, Down: s.down, Reason: oneLine(e.redact.String(why))}})
	e.emit(ev)
	return []schedule.Event{schedule.Observed{Host: h, Down: s.down}}
}

// down lists the hosts that were well after their unit and are down now.
func (w *watch) down() []int {
	var out []int
	for h := range w.hosts {
		if w.hosts[h].down && w.wasWell(h) {
			out = append(out, h)
		}
	}
	return out
}
