package executor

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/schedule"
)

// inputs are what the walk listens to. One that has said all it can is nil.
type inputs struct {
	wake      *time.Timer
	stop      <-chan struct{}
	cancelled <-chan struct{}
	failed    <-chan struct{}
	halt      <-chan Halt
	steer     <-chan Steering
}

// walk owns the core: it feeds it what happened and does what it says until every node has finished.
func (e *Executor) walk(ctx context.Context, o Options) {
	in := &inputs{wake: time.NewTimer(time.Hour), stop: o.Stop, cancelled: ctx.Done(), failed: e.record.failed(), halt: o.Halt, steer: o.Steer}
	defer in.wake.Stop()
	e.heard = e.now()
	if e.watch.begin(ctx) {
		e.step(ctx, schedule.Pause{}, in.wake)
	}
	defer e.watch.end()
	done := e.step(ctx, schedule.Begin{}, in.wake)
	for !done {
		e.heard = time.Time{}
		events := e.hear(in)
		if e.heard.IsZero() {
			e.heard = e.now()
		}
		for _, ev := range events {
			done = e.step(ctx, ev, in.wake) || done
		}
	}
}

// hear waits for the next thing that happens and gives what the core has to be told of it.
func (e *Executor) hear(in *inputs) []schedule.Event {
	select {
	case end := <-e.ends:
		return e.ended(in, end)
	case <-in.wake.C:
		return []schedule.Event{schedule.Wake{}}
	case <-in.failed:
		return e.journalFailed(in)
	case h := <-in.halt:
		e.bar(h.Host, h.Why)
		return []schedule.Event{e.controlFailed(h.Why)}
	case s := <-in.steer:
		return e.watch.steered(e.steer(s))
	case <-e.watch.tick():
		e.watch.look()
		return nil
	case a := <-e.watch.answers:
		return e.watch.took(a)
	case <-in.stop:
		in.stop = nil
		return []schedule.Event{e.interrupt("interrupted: what runs may end, nothing new begins")}
	case <-in.cancelled:
		in.cancelled, in.stop = nil, nil
		return []schedule.Event{e.interrupt("stopped: what runs is being abandoned")}
	}
}

// ended is the end of an attempt. A journal that failed is told first: it may have kept the attempt from doing anything. An
// answer that proves health ends its attempt only once the debt is paid.
func (e *Executor) ended(in *inputs, end ended) (events []schedule.Event) {
	e.heard = e.now()
	if e.proves(end) && end.pay != nil {
		go func() { e.ends <- ended{node: end.node, out: end.pay()} }()
		return nil
	}
	e.running--
	select {
	case <-in.failed:
		events = e.journalFailed(in)
	default:
	}
	if h := e.plan.Nodes[end.node].Host; h >= 0 && end.out.core.Good() {
		events = append(events, e.watch.answered(h)...)
	}
	return append(events, e.took(end))
}

func (e *Executor) journalFailed(in *inputs) []schedule.Event {
	in.failed = nil
	return []schedule.Event{e.controlFailed(e.record.to.Err().Error())}
}

// step feeds the core one event and does what it says.
func (e *Executor) step(ctx context.Context, ev schedule.Event, wake *time.Timer) (done bool) {
	return e.do(ctx, e.core.Step(e.heard, ev), wake)
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
	e.watch.started(c.Node)
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
			e.ends <- ended{node: c.Node, out: notBegun(err)}
			return
		}
		end := ended{node: c.Node, out: e.attempt(ctx, c.Node, c.Attempt)}
		if e.hasToHold(c.Node) {
			end.pay = func() outcome { return e.pay(ctx, c.Node, c.Attempt, end.out) }
		}
		e.ends <- end
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
	out := e.inDoubt(end.node, end.out)
	if h := e.hostOf(end.node); h != nil {
		h.running--
	}
	notify, strange := e.owed(end.node)
	e.results.expect(notify, true, "")
	if len(strange) > 0 {
		out.notes = append(out.notes, "owed here by another playbook: "+strings.Join(strange, ", "))
	}
	e.results.keep(end.node, out)
	if out.notify {
		e.results.expect(e.plan.Nodes[end.node].Notify, out.status != event.Unsure, e.plan.Nodes[end.node].Addr.Instance.String())
		e.results.renew(e.plan.Nodes[end.node].Notify)
		notify = append(notify, e.plan.Nodes[end.node].Notify...)
	}
	e.results.notify(end.node, notify)
	return schedule.Ended{Node: end.node, Outcome: out.core, Class: out.class, Notify: notify}
}

// owed are the handlers that markers of an earlier run name; they go with the first node of the host that ends. Those that
// have had their turn in this run are not: their marker waits for health. Markers of handlers that this playbook does not
// have are only told.
func (e *Executor) owed(node int) (handlers []int, strange []string) {
	h := e.hostOf(node)
	if h == nil {
		return nil, nil
	}
	for _, name := range h.owed() {
		i := slices.IndexFunc(h.handlers, func(n int) bool { return e.plan.Nodes[n].Addr.Block.String() == name })
		if i < 0 {
			strange = append(strange, name)
			continue
		}
		handler := h.handlers[i]
		if !e.results.started[handler].IsZero() || e.past.ran(handler) {
			continue
		}
		if !e.past.owes(handler) {
			e.results.owe(handler)
		}
		handlers = append(handlers, handler)
	}
	return handlers, strange
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

// bar keeps a host from being changed any more, and ends what runs there.
func (e *Executor) bar(host, why string) {
	for _, h := range e.hosts {
		if h.name == host {
			h.lost.Store(&why)
			h.end()
		}
	}
}
