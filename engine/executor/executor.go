// Package executor is the shell around the core: it carries out what schedule commands. It evaluates a node's arguments,
// turns secrets into handles, gives the module its connection, calls Check and Apply, and tells what came of it as
// events and as the core's Ended.
//
// One goroutine owns the core and everything that must be in order; an attempt of a node runs in a goroutine of its own,
// of which the core allows no more than Forks. Nothing here decides what may start.
package executor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/engine/transport"
)

// Options of a run.
type Options struct {
	Plan    *plan.Plan
	Mode    event.Mode
	Pool    *transport.Pool
	Secrets *secret.Store
	// Redact takes known secrets out of text; sensitive values of arguments are made known to it.
	Redact  *secret.Redactor
	Sources lang.Sources // reads the files and secrets that arguments name
	Emit    func(event.Event)
	// Stop is closed at the first Ctrl-C: nothing new begins. Cancelling the context is the second: what runs ends as
	// soon as it can, unknown where something was sent.
	Stop <-chan struct{}
}

// Executor is one run. Use Run.
type Executor struct {
	plan    *plan.Plan
	mode    event.Mode
	pool    *transport.Pool
	secrets *secret.Store
	redact  *secret.Redactor
	sources lang.Sources
	emit    func(event.Event)
	now     func() time.Time

	hosts   []*hostState
	shells  shells
	results *results
	settles map[int]int // node that settles a handler's marker -> the handler
	fans    map[*plan.Block]*fan
	ends    chan ended
	halted  []schedule.Halted
	running int
	stopped bool
}

// ended is an attempt that ended, on its way to the owner of the core.
type ended struct {
	node int
	out  outcome
}

// Run carries out a plan to its end and says how every host ended. An error means that the plan's spec is broken; nothing
// was done then.
func Run(ctx context.Context, o Options) (*event.Summary, error) {
	e := &Executor{
		plan: o.Plan, mode: o.Mode, pool: o.Pool, secrets: o.Secrets, redact: o.Redact, sources: o.Sources, emit: o.Emit, now: time.Now,
		results: newResults(o.Plan),
		ends:    make(chan ended),
	}
	e.hosts = newHosts(o.Plan)
	e.settles = settlers(o.Plan)
	e.fans = newFans(o.Plan)
	spec := e.plan.Spec
	if e.mode == event.Plan {
		spec = readOnly(spec)
	}
	core, err := schedule.New(spec)
	if err != nil {
		return nil, fmt.Errorf("executor: %w", err)
	}
	begin := e.now()
	e.walk(ctx, core, o.Stop)
	e.shells.closeAll()
	e.reportFans()
	s := e.summary()
	s.Outputs = e.outputs()
	s.Duration = e.now().Sub(begin)
	return s, nil
}

// walk owns the core: it feeds it what happened and does what it says until every node has finished.
func (e *Executor) walk(ctx context.Context, m *schedule.Machine, stop <-chan struct{}) {
	wake := time.NewTimer(time.Hour)
	defer wake.Stop()
	done := e.do(ctx, m.Step(e.now(), schedule.Begin{}), wake)
	cancelled := ctx.Done()
	for !done {
		var ev schedule.Event
		select {
		case end := <-e.ends:
			e.running--
			ev = e.took(end)
		case <-wake.C:
			ev = schedule.Wake{}
		case <-stop:
			stop, ev = nil, e.interrupt("interrupted: what runs may end, nothing new begins")
		case <-cancelled:
			cancelled, stop, ev = nil, nil, e.interrupt("stopped: what runs is being abandoned")
		}
		done = e.do(ctx, m.Step(e.now(), ev), wake)
	}
}

// readOnly is the spec of a plan: nothing is rolled out, so no rollout holds a reading back.
func readOnly(s schedule.Spec) schedule.Spec {
	nodes := make([]schedule.Node, len(s.Nodes))
	for i, n := range s.Nodes {
		n.Rollout, n.Group = -1, 0
		nodes[i] = n
	}
	s.Nodes, s.Rollouts = nodes, nil
	return s
}

// do carries out commands in their order and reports whether the run is over.
func (e *Executor) do(ctx context.Context, commands []schedule.Command, wake *time.Timer) bool {
	for _, c := range commands {
		switch c := c.(type) {
		case schedule.Persist:
			// The intent goes out as an event before the node starts: events are the record of a run.
			e.started(c.Node, c.Attempt)
		case schedule.Start:
			e.running++
			go func() { e.ends <- ended{c.Node, e.attempt(ctx, c.Node, c.Attempt)} }()
		case schedule.Retrying:
			e.retrying(c)
		case schedule.Finished:
			e.finished(c)
		case schedule.WakeAt:
			wake.Reset(max(0, c.At.Sub(e.now())))
		case schedule.Wave:
			e.wave(c)
		case schedule.Halted:
			e.halt(c)
		case schedule.Done:
			return true
		}
	}
	return false
}

// took keeps what an attempt gave and says it to the core.
func (e *Executor) took(end ended) schedule.Event {
	out := end.out
	e.results.keep(end.node, out)
	notify := e.owed(end.node)
	if out.notify {
		notify = append(notify, e.plan.Nodes[end.node].Notify...)
	}
	return schedule.Ended{Node: end.node, Outcome: out.core, Class: out.class, Notify: notify}
}

// owed are the handlers that markers of an earlier run name; they go with the first node of the host that ends.
func (e *Executor) owed(node int) []int {
	h := e.hostOf(node)
	if h == nil {
		return nil
	}
	names := h.owed()
	if len(names) == 0 {
		return nil
	}
	var out []int
	for _, n := range h.handlers {
		if slices.Contains(names, e.plan.Nodes[n].Addr.Block.String()) {
			e.results.owe(n)
			out = append(out, n)
		}
	}
	return out
}

func (e *Executor) interrupt(text string) schedule.Event {
	e.stopped = true
	e.emit(event.Event{Type: event.Interrupted, Text: text, Attempt: e.running})
	return schedule.Stop{Reason: text}
}

func (e *Executor) hostOf(node int) *hostState {
	if h := e.plan.Nodes[node].Host; h >= 0 {
		return e.hosts[h]
	}
	return nil
}
