package executor

import (
	"context"
	"fmt"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/schedule"
)

// How hosts are watched that die by themselves.
const (
	watchEvery = 30 * time.Second // between two questions to one host
	watchTick  = time.Second
	watchBurst = 10              // questions begun per tick, over all hosts
	watchLast  = 3 * time.Second // before a soak ends its canary is asked once more
)

// watch looks at the hosts of rollouts that go on while no node runs there. It asks the health of those whose unit ended
// well again and again, and sees to it that the connections of those whose turn has not come do not die unnoticed. What it
// finds the core is told as Observed: such a host takes a place of its group until it answers well again, and is no failure.
//
// The owner of the core owns it, too; only questions run elsewhere.
type watch struct {
	e       *Executor
	answers chan answer
	ticker  *time.Ticker // nil: there is nothing to watch in this run
	ctx     context.Context
	cancel  context.CancelFunc
	asking  int // questions under way

	hosts []watched // by host
	units map[unit]*progress
	left  []int             // by rollout: nodes that have not ended
	next  int               // the host to look at next
	soaks map[int]time.Time // by rollout: until when

	// first are the hosts that an earlier process of the run left well, and that have not answered to this one: nothing begins
	// before they have, since nobody looked at them meanwhile. paused says that somebody asked for a pause besides.
	first  map[int]bool
	paused bool
}

// watched is what is known of a host.
type watched struct {
	units []unit
	asked time.Time
	busy  bool
	down  bool
	sick  bool // down by its health, and not by its connection only
	why   string
}

// progress is how far a unit has come.
type progress struct {
	left   int
	begun  bool
	ran    bool
	bad    bool
	health []int
}

func (p *progress) well() bool { return p.left == 0 && p.ran && !p.bad }

// answer is what a question gave: why the host is down, or nothing.
type answer struct {
	host int
	sick bool
	why  string
	void bool // nobody waited for it
}

func newWatch(e *Executor) *watch {
	w := &watch{e: e, answers: make(chan answer), hosts: make([]watched, len(e.hosts)), units: map[unit]*progress{}, left: make([]int, len(e.plan.Spec.Rollouts)), soaks: map[int]time.Time{}, first: map[int]bool{}}
	if e.mode == event.Plan {
		return w
	}
	for n, s := range e.plan.Spec.Nodes {
		if s.Rollout < 0 {
			continue
		}
		u := unit{s.Rollout, s.Host}
		p := w.units[u]
		if p == nil {
			p = &progress{}
			w.units[u] = p
			w.hosts[s.Host].units = append(w.hosts[s.Host].units, u)
		}
		if s.Role == schedule.Health {
			p.health = append(p.health, n)
		}
		p.left++
		w.left[s.Rollout]++
		if e.past != nil && e.past.done[n] {
			w.count(n, e.past.outcome(n))
		}
		p.begun = p.begun || e.past.begun(n)
	}
	return w
}

// begin starts the clock, where there is a rollout to watch, and asks the hosts that an earlier process left well. It reports
// whether the run is to be held until they have answered.
func (w *watch) begin(ctx context.Context) (hold bool) {
	w.ctx, w.cancel = context.WithCancel(ctx)
	if len(w.units) == 0 {
		return false
	}
	w.ticker = time.NewTicker(watchTick)
	now := w.e.now()
	for h := range w.hosts {
		if w.question(h, now) != nil {
			w.first[h] = true
		}
	}
	w.askFirst()
	return len(w.first) > 0
}

// end returns when no question is under way any more.
func (w *watch) end() {
	w.cancel()
	if w.ticker != nil {
		w.ticker.Stop()
	}
	for ; w.asking > 0; w.asking-- {
		<-w.answers
	}
}

func (w *watch) tick() <-chan time.Time {
	if w.ticker == nil {
		return nil
	}
	return w.ticker.C
}

// started notes that a node starts.
func (w *watch) started(n int) {
	s := &w.e.plan.Spec.Nodes[n]
	if p := w.units[unit{s.Rollout, s.Host}]; p != nil {
		p.begun = true
	}
}

// ended notes the end of a node.
func (w *watch) ended(n int, o schedule.Outcome) {
	if p := w.count(n, o); p != nil && p.well() {
		w.hosts[w.e.plan.Spec.Nodes[n].Host].asked = w.e.now()
	}
}

// count takes the end of a node into its unit; nil: it is in none.
func (w *watch) count(n int, o schedule.Outcome) *progress {
	s := &w.e.plan.Spec.Nodes[n]
	p := w.units[unit{s.Rollout, s.Host}]
	if p == nil {
		return nil
	}
	p.left--
	w.left[s.Rollout]--
	p.ran = p.ran || o == schedule.OK || o == schedule.Changed
	p.begun = p.begun || p.ran
	p.bad = p.bad || !o.Good()
	return p
}

// look begins the questions that are due, so many at a time, host after host.
func (w *watch) look() {
	now := w.e.now()
	for i, begun := 0, 0; i < len(w.hosts) && begun < watchBurst; i++ {
		h := w.next
		w.next = (w.next + 1) % len(w.hosts)
		question := w.question(h, now)
		if question == nil {
			continue
		}
		begun++
		w.put(h, question, now)
	}
}

func (w *watch) put(h int, question func() answer, now time.Time) {
	w.asking++
	w.hosts[h].busy, w.hosts[h].asked = true, now
	go func() { w.answers <- question() }()
}

// question is what is to be asked of a host now; nil: nothing.
func (w *watch) question(h int, now time.Time) func() answer {
	s, host := &w.hosts[h], w.e.hosts[h]
	due := now.Sub(s.asked) >= watchEvery || w.lastOfSoak(h, now)
	switch {
	case s.busy || host.running > 0 || host.barred != nil || host.lost.Load() != nil || w.underway(h):
	case len(w.healthOf(h)) > 0:
		if due {
			health := w.healthOf(h)
			return func() answer { return w.ask(h, health) }
		}
	case w.parked(h) && host.gone() && (due || !s.down):
		return func() answer { return w.redial(h) }
	}
	return nil
}

// lastOfSoak reports whether the soak of a rollout that the host is in is about to end.
func (w *watch) lastOfSoak(h int, now time.Time) bool {
	for _, u := range w.hosts[h].units {
		if until, ok := w.soaks[u.rollout]; ok && w.units[u].well() && now.Before(until) && now.After(until.Add(-watchLast)) {
			return true
		}
	}
	return false
}

// healthOf are the health nodes of the host's units that ended well, in rollouts that go on. A question that takes a
// resource of the host which a later node may want is not asked before the host has nothing left to do.
func (w *watch) healthOf(h int) []int {
	var out []int
	for _, u := range w.hosts[h].units {
		if w.left[u.rollout] == 0 || !w.units[u].well() {
			continue
		}
		for _, n := range w.units[u].health {
			if w.e.hosts[h].left == 0 || len(w.e.plan.Spec.Nodes[n].Exclusive) == 0 {
				out = append(out, n)
			}
		}
	}
	return out
}

// underway reports whether the host is being changed: whatever is wrong with it then is of our making.
func (w *watch) underway(h int) bool {
	for _, u := range w.hosts[h].units {
		if p := w.units[u]; p.begun && p.left > 0 {
			return true
		}
	}
	return false
}

// parked reports whether the host waits for its turn in a rollout.
func (w *watch) parked(h int) bool {
	for _, u := range w.hosts[h].units {
		if p := w.units[u]; p.left > 0 && !p.bad && w.e.hosts[h].contacted.Load() {
			return true
		}
	}
	return false
}

// wasWell reports whether a unit of the host ended well.
func (w *watch) wasWell(h int) bool {
	for _, u := range w.hosts[h].units {
		if w.units[u].well() {
			return true
		}
	}
	return false
}

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
