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
	"math/rand/v2"
	"slices"
	"time"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
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

	// Journal records the run; nil: nothing is recorded. Earlier is what the run's earlier processes left in it; nil: the
	// run begins.
	Journal Journal
	Earlier *journal.State
	// Steer is what people ask of the run under way; may be nil.
	Steer <-chan Steering
	// Halt says why nothing new may begin for a reason that is neither a user's nor a host's; may be nil.
	Halt <-chan string
	// Attended says that somebody is there to promote a canary, and to say how a rollout that stopped itself goes on.
	Attended bool
	// Seed of the jitter of pauses; 0: one by chance.
	Seed uint64
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
	core    *schedule.Machine
	record  record
	past    *past // nil when the run begins
	earlier *journal.State

	hosts    []*hostState
	shells   shells
	results  *results
	settles  map[int]int // node that settles a handler's marker -> the handler
	fans     map[*plan.Block]*fan
	ends     chan ended
	intents  []journal.Ticket // of the last attempt of each node
	watch    *watch
	halted   []schedule.Halted
	asking   map[int]bool // rollouts that wait for promotion
	promoted map[int]bool // rollouts whose promotion is recorded
	attended bool
	running  int
	stopped  bool   // by the user
	aborted  bool   // likewise, by somebody who steers
	lost     string // why the control machine cannot go on
}

// ended is an attempt that ended, on its way to the owner of the core.
type ended struct {
	node int
	out  outcome
}

// Run carries out a plan to its end, or from where earlier processes left it, and says how every host ended. An error means
// that the plan's spec is broken; nothing was done then.
func Run(ctx context.Context, o Options) (*event.Summary, error) {
	e := &Executor{
		plan: o.Plan, mode: o.Mode, pool: o.Pool, secrets: o.Secrets, redact: o.Redact, sources: o.Sources, emit: o.Emit, now: time.Now,
		record: record{to: o.Journal}, earlier: o.Earlier, attended: o.Attended,
		results: newResults(o.Plan), intents: make([]journal.Ticket, len(o.Plan.Nodes)),
		ends: make(chan ended), asking: map[int]bool{}, promoted: map[int]bool{},
	}
	e.hosts = newHosts(o.Plan)
	e.settles = settlers(o.Plan)
	e.fans = newFans(o.Plan)
	e.past = newPast(o.Plan, o.Earlier)
	e.recall()
	e.watch = newWatch(e)
	core, err := schedule.New(e.spec(o.Seed))
	if err != nil {
		return nil, fmt.Errorf("executor: %w", err)
	}
	e.core = core
	begin := e.now()
	e.walk(ctx, o)
	e.shells.closeAll()
	e.reportFans()
	e.reportDown()
	s := e.summary()
	s.Outputs = e.outputs()
	s.Duration = e.now().Sub(begin)
	e.record.finish(ctx, journal.Finish{ExitCode: s.ExitCode, Paused: s.Paused, Aborted: s.Aborted})
	return s, nil
}

// spec is what the core is given: the plan's, with what is known from earlier processes. A plan only reads, so no rollout
// holds anything back.
func (e *Executor) spec(seed uint64) schedule.Spec {
	spec := e.plan.Spec
	if e.mode == event.Plan {
		return readOnly(spec)
	}
	if spec.Seed = seed; seed == 0 {
		spec.Seed = rand.Uint64()
	}
	spec.Unattended = !e.attended
	if e.past != nil {
		spec.Before, spec.Rollouts = e.past.before(), e.past.rollouts()
	}
	return spec
}

// walk owns the core: it feeds it what happened and does what it says until every node has finished.
func (e *Executor) walk(ctx context.Context, o Options) {
	wake := time.NewTimer(time.Hour)
	defer wake.Stop()
	e.watch.begin(ctx)
	defer e.watch.end()
	stop, steer, halt, failed, cancelled := o.Stop, o.Steer, o.Halt, e.record.failed(), ctx.Done()
	done := e.step(ctx, schedule.Begin{}, wake)
	for !done {
		var ev schedule.Event
		select {
		case end := <-e.ends:
			e.running--
			select {
			case <-failed: // before the end of what it kept from being done
				failed = nil
				e.step(ctx, e.controlFailed(e.record.to.Err().Error()), wake)
			default:
			}
			if h := e.plan.Nodes[end.node].Host; h >= 0 && end.out.core.Good() {
				if up := e.watch.answered(h); up != nil {
					e.step(ctx, up, wake)
				}
			}
			ev = e.took(end)
		case <-wake.C:
			ev = schedule.Wake{}
		case <-failed:
			failed, ev = nil, e.controlFailed(e.record.to.Err().Error())
		case why := <-halt:
			ev = e.controlFailed(why)
		case s := <-steer:
			for _, asked := range e.steer(s) {
				done = done || e.step(ctx, asked, wake)
			}
		case <-e.watch.tick():
			e.watch.look()
		case a := <-e.watch.answers:
			ev = e.watch.took(a)
		case <-stop:
			stop, ev = nil, e.interrupt("interrupted: what runs may end, nothing new begins")
		case <-cancelled:
			cancelled, stop, ev = nil, nil, e.interrupt("stopped: what runs is being abandoned")
		}
		if ev != nil {
			done = e.step(ctx, ev, wake)
		}
	}
}

// step feeds the core one event and does what it says.
func (e *Executor) step(ctx context.Context, ev schedule.Event, wake *time.Timer) (done bool) {
	return e.do(ctx, e.core.Step(e.now(), ev), wake)
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
			e.persist(c)
		case schedule.Start:
			e.start(ctx, c)
		case schedule.Retrying:
			e.retrying(c)
		case schedule.Finished:
			e.finished(c)
		case schedule.WakeAt:
			wake.Reset(max(0, c.At.Sub(e.now())))
		case schedule.Wave:
			e.wave(c)
		case schedule.Soaking:
			e.soaking(c)
		case schedule.Ask:
			e.ask(c)
		case schedule.Halted:
			e.halt(c)
		case schedule.Done:
			return true
		}
	}
	return false
}

// persist records the intent to start a node. The attempt waits until it is durable, not the owner of the core: so the
// intents of a thousand hosts share one sync. Health is asked again and again, and only its first question recorded.
func (e *Executor) persist(c schedule.Persist) {
	if e.plan.Spec.Nodes[c.Node].Role != schedule.Health || c.Attempt == 1 {
		e.intents[c.Node] = e.record.add(journal.Record{Intent: &journal.Intent{Node: e.plan.Nodes[c.Node].Addr.String(), Attempt: c.Attempt}})
	}
	e.started(c.Node, c.Attempt)
}

func (e *Executor) start(ctx context.Context, c schedule.Start) {
	journal.Crash()
	e.running++
	if h := e.hostOf(c.Node); h != nil {
		h.running++
	}
	intent := e.intents[c.Node]
	go func() {
		if err := e.record.durable(ctx, intent); err != nil {
			e.ends <- ended{c.Node, notBegun(err)}
			return
		}
		e.ends <- ended{c.Node, e.attempt(ctx, c.Node, c.Attempt)}
	}()
	journal.Crash()
}

// notBegun is the outcome of an attempt whose intent could not be recorded. To the core it failed, which holds back what
// needs it; the run is stopped anyway.
func notBegun(err error) outcome {
	return outcome{core: schedule.Failed, status: event.NotRun, text: "nothing was sent: " + err.Error()}
}

// took keeps what an attempt gave and says it to the core.
func (e *Executor) took(end ended) schedule.Event {
	out := end.out
	if h := e.hostOf(end.node); h != nil {
		h.running--
	}
	e.results.keep(end.node, out)
	notify := e.owed(end.node)
	if out.notify {
		notify = append(notify, e.plan.Nodes[end.node].Notify...)
	}
	e.results.notify(end.node, notify)
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

// interrupt is what a signal asks.
func (e *Executor) interrupt(text string) schedule.Event {
	e.stopped = true
	e.record.add(journal.Record{Steer: &journal.Steer{What: "stop"}})
	e.emit(event.Event{Type: event.Interrupted, Text: text, Attempt: e.running})
	return schedule.Stop{Reason: text}
}

// controlFailed stops the run because this machine cannot go on with it: its journal, or its lease on the hosts.
func (e *Executor) controlFailed(why string) schedule.Event {
	if e.lost == "" {
		e.lost = why
	}
	text := "stopped: " + why + "; what runs may end, nothing new begins"
	e.emit(event.Event{Type: event.Interrupted, Text: text, Attempt: e.running})
	return schedule.Stop{Reason: text}
}

func (e *Executor) hostOf(node int) *hostState {
	if h := e.plan.Nodes[node].Host; h >= 0 {
		return e.hosts[h]
	}
	return nil
}
