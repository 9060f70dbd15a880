package executor

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
)

// past is what earlier processes of the run left, node by node: what is done, what has to be done again although it was,
// and what nobody knows the end of. All slices are parallel to the plan's nodes.
type past struct {
	plan  *plan.Plan
	state *journal.State
	nodes []*journal.Node // nil: nothing was recorded
	done  []bool          // it ended well and is not done again
	value []cty.Value     // of those that are done, where the journal has it
	// shared is the digest of what a task that fans out, and begins again, had given to hosts.
	shared map[*plan.Block]string
	// unproved is health that is owed to a restart that was done, and may be done again.
	unproved map[int]bool
}

// newPast reads a state for a plan; nil for a run that begins.
func newPast(p *plan.Plan, s *journal.State) *past {
	if s == nil {
		return nil
	}
	n := len(p.Nodes)
	t := &past{plan: p, state: s, nodes: make([]*journal.Node, n), done: make([]bool, n), value: make([]cty.Value, n), shared: map[*plan.Block]string{}, unproved: map[int]bool{}}
	for i, node := range p.Nodes {
		if p.Spec.Nodes[i].Role == schedule.Gate {
			continue
		}
		was := s.Nodes[node.Addr.String()]
		if was == nil {
			continue
		}
		t.nodes[i] = was
		if t.outcome(i).Good() {
			t.done[i] = true
			t.read(i)
		}
	}
	t.reopenAccepted()
	t.reopenFans()
	t.reopenHidden()
	t.reopenHandlers()
	return t
}

// outcome is how a node ended in an earlier process.
func (t *past) outcome(n int) schedule.Outcome {
	if t == nil || t.nodes[n] == nil {
		return schedule.Pending
	}
	for o, word := range outcomes {
		if word == t.nodes[n].Outcome {
			return o
		}
	}
	return schedule.Pending
}

// read takes a node's outputs from the journal.
func (t *past) read(n int) {
	was := t.nodes[n]
	if len(was.Outputs) == 0 {
		return
	}
	v, err := outputsOf(was.Outputs)
	if err != nil {
		t.done[n] = false // asking again is always right
		return
	}
	t.value[n] = v
}

// before is what the core is told.
func (t *past) before() []schedule.Before {
	out := make([]schedule.Before, len(t.nodes))
	for n, was := range t.nodes {
		switch {
		case was == nil:
			out[n].Begun = t.unproved[n]
		case t.done[n]:
			out[n] = schedule.Before{Outcome: t.outcome(n)}
		default:
			out[n] = schedule.Before{Begun: was.Begun || t.unproved[n], Notified: was.Notified}
		}
	}
	return out
}

// unit is a host in a rollout.
type unit struct{ rollout, host int }

// rollouts are the plan's, with what earlier processes proved of them.
func (t *past) rollouts() []schedule.Rollout {
	specs := t.plan.Spec.Rollouts
	out := make([]schedule.Rollout, len(specs))
	for i, r := range specs {
		r.Promoted = t.state.Promoted[r.Name]
		r.Proved = t.provedHosts(i)
		out[i] = r
	}
	return out
}

// provedHosts counts the hosts whose whole unit in a rollout ended well after something of it ran. Those that may be asked
// again count only where they are enough to make the canary: else the core would see them end, and count them twice.
func (t *past) provedHosts(rollout int) int {
	ran, bad, open := map[int]bool{}, map[int]bool{}, map[int]bool{}
	for n, s := range t.plan.Spec.Nodes {
		if s.Rollout != rollout {
			continue
		}
		switch o := t.outcome(n); {
		case o == schedule.OK || o == schedule.Changed:
			ran[s.Host] = true
		case !o.Good():
			bad[s.Host] = true
		}
		if !t.done[n] && !(s.Role == schedule.Handler && len(t.healthOf(n)) == 0) {
			open[s.Host] = true
		}
	}
	all, closed := 0, 0
	for h := range ran {
		switch {
		case bad[h]:
		case open[h]:
			all++
		default:
			all++
			closed++
		}
	}
	if all >= t.plan.Spec.Rollouts[rollout].Canary {
		return all
	}
	return closed
}

// unfinished reports whether an operation that must not be repeated was sent for a node and nobody knows what became of it,
// and since when.
func (t *past) unfinished(n int) (since time.Time, yes bool) {
	if t == nil || t.nodes[n] == nil || t.done[n] {
		return time.Time{}, false
	}
	return t.nodes[n].Since, t.nodes[n].Once
}

// begun reports whether a node was started and has no good end.
func (t *past) begun(n int) bool {
	return t != nil && t.nodes[n] != nil && !t.done[n] && t.nodes[n].Begun
}

// overall is how a node ended over all processes of the run: one that was asked again and had nothing to do is what it was.
func (t *past) overall(n int, now schedule.Outcome) schedule.Outcome {
	switch was := t.outcome(n); {
	case !now.Good() || !was.Good():
		return now
	case was == schedule.Changed, now == schedule.NotNotified:
		return was
	}
	return now
}

// ran reports whether a handler ran to its end in an earlier process.
func (t *past) ran(n int) bool {
	o := t.outcome(n)
	return o.Good() && o != schedule.NotNotified
}

// owes reports whether this run itself notified a handler before.
func (t *past) owes(n int) bool { return t != nil && t.nodes[n] != nil && t.nodes[n].Notified }

// sent reports whether anything was sent to the host for a node that has no good end.
func (t *past) sent(n int) bool {
	return t != nil && t.nodes[n] != nil && !t.done[n] && t.nodes[n].Sent
}

// changed reports whether a node changed its host in an earlier process.
func (t *past) changed(n int) bool { return t.outcome(n) == schedule.Changed }

// status is how a node that is done shows in the summary.
func (t *past) status(n int) event.Status {
	node := t.plan.Nodes[n]
	switch o := t.outcome(n); {
	case o == schedule.NotNotified, node.Phase != "" && node.Phase != plan.Activate:
		return event.NotNotified // a task that fans out is what its last phase says
	case o == schedule.Changed:
		return event.Changed
	case o == schedule.Skipped:
		return event.Skipped
	}
	return event.OK
}

// recall puts what earlier processes did where this one looks for it.
func (e *Executor) recall() {
	if e.past == nil {
		return
	}
	for n, done := range e.past.done {
		h := e.hostOf(n)
		if h != nil && e.past.sent(n) {
			h.contacted.Store(true) // what was sent there makes a host that is gone now a lost one
		}
		if !done {
			continue
		}
		e.results.keep(n, outcome{status: e.past.status(n), value: e.past.value[n]})
		if h != nil {
			h.left--
		}
	}
	for r, spec := range e.plan.Spec.Rollouts {
		e.promoted[r] = e.earlier.Promoted[spec.Name]
	}
}
