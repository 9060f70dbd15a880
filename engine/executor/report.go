package executor

import (
	"fmt"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
)

func (e *Executor) started(n, attempt int) {
	if e.results.started[n].IsZero() {
		e.results.started[n] = e.now()
	}
	if e.plan.Spec.Nodes[n].Role == schedule.Health && (attempt > 1 || e.mode == event.Plan) {
		return // a question asked again is no news, and a plan asks none
	}
	e.emit(event.Event{Type: event.NodeStarted, Node: e.plan.Nodes[n].Addr, Module: e.module(n), Attempt: attempt})
}

func (e *Executor) module(n int) string {
	if b := e.plan.Nodes[n].Block; b != nil {
		return b.ModuleName
	}
	return ""
}

func (e *Executor) retrying(c schedule.Retrying) {
	ev := event.Event{Type: event.NodeRetrying, Node: e.plan.Nodes[c.Node].Addr, Module: e.module(c.Node), Attempt: c.Attempt, Due: c.Due}
	if d := e.results.last[c.Node].diag; d != nil {
		ev.Text = d.Summary
	}
	e.emit(ev)
}

// finished takes in the end of a node: what its last attempt gave, or why it never ran.
func (e *Executor) finished(c schedule.Finished) {
	e.recordOutcome(c)
	e.watch.ended(c.Node, c.Outcome)
	if c.Reason == schedule.CanaryFailed || c.Reason == schedule.BudgetSpent {
		delete(e.asking, e.plan.Spec.Nodes[c.Node].Rollout) // it is over: there is nothing to promote any more
	}
	if h := e.hostOf(c.Node); h != nil {
		if h.left--; h.left == 0 {
			e.pool.Drop(h.target) // a fleet's worth of idle connections helps nobody
		}
	}
	if !c.Outcome.Good() {
		e.results.lack(c.Node)
	}
	out := &e.results.last[c.Node]
	if !e.settleStatus(c, out) {
		return
	}
	node := e.plan.Nodes[c.Node]
	ev := event.Event{Type: event.NodeFinished, Node: node.Addr, Module: e.module(c.Node), Status: out.status, Text: out.text,
		Changes: out.changes, Notes: out.notes, Pending: out.pending, Diag: out.diag}
	if e.results.owedBy[c.Node] {
		ev.Pending = "owed from an earlier run"
	}
	if begin := e.results.started[c.Node]; !begin.IsZero() {
		ev.Duration = e.now().Sub(begin)
	}
	e.emit(ev)
}

// settleStatus gives a node the status that it ends with, and reports whether its end is news.
func (e *Executor) settleStatus(c schedule.Finished, out *outcome) bool {
	node, role := e.plan.Nodes[c.Node], e.plan.Spec.Nodes[c.Node].Role
	switch {
	case e.mode == event.Plan && role == schedule.Health:
		out.status = event.NotNotified // a plan asks nobody's health
		return false
	case role == schedule.Gate || c.Outcome == schedule.NotNotified:
		out.status = event.NotNotified
		return false
	case node.Phase != "" && node.Phase != plan.Activate && c.Outcome.Good():
		out.status = event.NotNotified // the task is what its last phase says
		return false
	case c.Outcome == schedule.NotRun:
		out.status, out.text = event.NotRun, e.because(c)
	case role == schedule.Health && c.Outcome == schedule.Failed && out.status == event.OK:
		out.status, out.text = event.Failed, "it did not go on holding"
	case role == schedule.Health && c.Outcome == schedule.Unknown:
		out.status, out.text = event.Unknown, "it was not asked to the end: "+e.because(c)
	}
	return true
}

// because says in words why a node was not run.
func (e *Executor) because(c schedule.Finished) string {
	switch c.Reason {
	case schedule.CanaryFailed:
		return "the canary did not end well"
	case schedule.BudgetSpent:
		return "more hosts failed than max_failed allows"
	case schedule.NoPlaceLeft:
		return "max_unavailable hosts of its group are down"
	case schedule.NotPromoted:
		return "nobody was there to promote the canary"
	case schedule.WaveOverdue:
		return "the wave took longer than it may"
	case schedule.StoppedByUser:
		if e.lost != "" {
			return e.lost
		}
		return "the run was stopped"
	case schedule.Deadlock:
		return "rollouts of this playbook wait for each other"
	}
	if c.Cause >= 0 {
		a := e.plan.Nodes[c.Cause].Addr
		if e.plan.Nodes[c.Node].Addr.Host == a.Host {
			return a.Instance.String() + " did not end well"
		}
		if e.plan.Spec.Nodes[c.Cause].Role == schedule.Gate {
			return "play " + a.Play + " did not end well"
		}
		return fmt.Sprintf("play %s failed on %s", a.Play, a.Host)
	}
	return "something before it did not end well"
}

// wave tells that hosts begin: the canary, or a wave of a group. Whoever goes beyond the canary needs no promotion any more.
func (e *Executor) wave(w schedule.Wave) {
	r := e.plan.Spec.Rollouts[w.Rollout]
	ev := event.Event{Type: event.RolloutWave, Text: r.Name + ": canary", Hosts: e.names(w.Hosts)}
	if w.Group >= 0 {
		e.promotedBy(w.Rollout, "policy")
		g := r.Groups[w.Group]
		name := g.Name
		if name == "" {
			name = "all hosts" // a rollout without group_by has one group
		}
		ev.Text = r.Name + ": " + name
		if w.Batches > 1 {
			ev.Text += fmt.Sprintf(", wave %d of %d", w.Batch, w.Batches)
		}
		if len(w.Hosts) == 1 {
			ev.Text += ": " + ev.Hosts[0]
		} else {
			ev.Text += fmt.Sprintf(": %d hosts, %d at a time", len(w.Hosts), min(g.MaxUnavailable, len(w.Hosts)))
		}
	}
	e.emit(ev)
}

func (e *Executor) halt(h schedule.Halted) {
	e.halted = append(e.halted, h)
	r := e.plan.Spec.Rollouts[h.Rollout]
	what := r.Name
	if h.Group >= 0 {
		what += ": " + r.Groups[h.Group].Name
	}
	text := e.because(schedule.Finished{Reason: h.Reason, Cause: -1})
	e.emit(event.Event{Type: event.RolloutStopped, Text: what + " stopped: " + text, Hosts: e.names(h.Hosts)})
}

func (e *Executor) names(hosts []int) []string {
	out := make([]string, len(hosts))
	for i, h := range hosts {
		out[i] = e.plan.Hosts[h].Name
	}
	return out
}
