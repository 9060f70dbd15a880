package executor

import (
	"context"
	"time"

	"github.com/muster-run/muster/engine/event"
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
