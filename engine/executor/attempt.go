package executor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// outcome is how an attempt of a node ended: what the core must know, and what is shown.
type outcome struct {
	core     schedule.Outcome
	class    schedule.Class
	notify   bool
	status   event.Status
	text     string
	changes  []event.Change
	notes    []string
	pending  string
	diag     *diag.Diagnostic
	sentOnce bool      // this attempt sent an operation that must not be repeated
	value    cty.Value // what references to the node see; cty.NilVal when not known
}

// attempt runs one attempt of a node from evaluation to outcome.
func (e *Executor) attempt(ctx context.Context, n, attempt int) outcome {
	block := e.plan.Nodes[n].Block
	role := e.plan.Spec.Nodes[n].Role
	switch {
	case e.mode == event.Plan && role == schedule.Handler:
		// A plan reads what tasks would change; that a handler would run follows from it.
		if sure, perhaps := e.results.expected(n); !sure {
			return outcome{core: schedule.OK, status: event.Unsure, text: "runs if " + perhaps + " changes something"}
		}
		return outcome{core: schedule.OK, status: event.WouldRun}
	case e.mode == event.Plan && role == schedule.Health:
		return outcome{core: schedule.Skipped, status: event.Skipped}
	}
	if e.plan.Nodes[n].Phase == plan.Produce {
		return e.produce(ctx, n, attempt)
	}
	scope := e.plan.Scope(n, e.results)
	if role == schedule.Check {
		return e.check(n, scope)
	}
	if block.When != nil {
		run, known, ds := condition(block.When, scope)
		switch {
		case ds.HasErrors():
			return e.misused(n, ds)
		case !known && e.mode == event.Plan:
			return outcome{core: schedule.OK, status: event.Unsure, notify: true, text: "when: " + e.waitsFor(n)}
		case !known:
			return e.misused(n, e.notKnown(n, "its condition"))
		case !run:
			return outcome{core: schedule.Skipped, status: event.Skipped, value: lang.TaskValue(block.Desc.Outputs, sdk.Object{}, false)}
		}
	}
	do := e.checkThenApply
	if e.plan.Nodes[n].Phase != "" {
		do = e.phase
	}
	return e.call(ctx, n, attempt, scope, do)
}

// questionLimit is how long one attempt of a node may take, whatever went before it.
func (e *Executor) questionLimit(n int) time.Duration {
	limit, spec := e.plan.Nodes[n].Block.Timeout, e.plan.Spec.Nodes[n]
	if spec.Role != schedule.Health || spec.Within <= 0 {
		return limit
	}
	return min(limit, spec.Within)
}

// timeLimit is how long the next attempt may take. A question about health does not outlive the time that all of them have.
func (e *Executor) timeLimit(n int) time.Duration {
	limit, spec := e.questionLimit(n), e.plan.Spec.Nodes[n]
	if spec.Role != schedule.Health || spec.Within <= 0 {
		return limit
	}
	if left := spec.Within - e.now().Sub(e.results.started[n]); left > 0 {
		limit = min(limit, left)
	}
	return limit
}

// asking is what call does with a module once its request is made.
type asking func(ctx context.Context, n int, conn *nodeConn, req *sdk.Request) (outcome, error)

// call evaluates the arguments and asks the module, within the time that the node has.
func (e *Executor) call(ctx context.Context, n, attempt int, scope *lang.Scope, do asking) outcome {
	return e.callWithin(ctx, e.timeLimit(n), n, attempt, scope, do)
}

func (e *Executor) callWithin(ctx context.Context, limit time.Duration, n, attempt int, scope *lang.Scope, do asking) outcome {
	block, host := e.plan.Nodes[n].Block, e.hostOf(n)
	conn := e.newConn(n, attempt, host)
	defer conn.done()
	args, ds := e.arguments(ctx, block, scope, conn)
	if ds.HasErrors() {
		return e.misused(n, ds)
	}
	switch {
	case args.IsWhollyKnown():
	case e.mode == event.Plan:
		return outcome{core: schedule.OK, status: event.Unsure, notify: true, text: e.waitsFor(n)}
	default:
		return e.misused(n, e.notKnown(n, "an argument"))
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer context.AfterFunc(host.life, cancel)()
	req := &sdk.Request{
		Host:   sdk.Host{Name: host.name, Address: host.address},
		Args:   sdk.Object{Value: e.plain(args)},
		Data:   e.data(n, conn),
		Conn:   conn,
		Report: reporter{e, n},
	}
	out, err := do(ctx, n, conn, req)
	if err != nil {
		out = e.failed(ctx, n, attempt, conn, err)
	}
	sent, _, _ := conn.fate()
	out.sentOnce = sent == sdk.Once
	return out
}

// arguments evaluates a block's body to what its module receives.
func (e *Executor) arguments(ctx context.Context, block *plan.Block, scope *lang.Scope, conn *nodeConn) (cty.Value, diag.Diagnostics) {
	ec, ds := scope.Context(block.Args.Refs())
	if ds.HasErrors() {
		return cty.DynamicVal, ds
	}
	return block.Args.Decode(ctx, ec, handleSources{e.sources, conn})
}

// checkThenApply is the life of a node on a reachable host.
func (e *Executor) checkThenApply(ctx context.Context, n int, conn *nodeConn, req *sdk.Request) (outcome, error) {
	block := e.plan.Nodes[n].Block
	if block.Desc.Kind != sdk.Probe {
		if err := e.readMarkers(ctx, conn); err != nil {
			return outcome{}, err
		}
	}
	if e.mode == event.Plan && block.Desc.Kind == sdk.Probe && conn.host.wouldChange.Load() {
		return outcome{core: schedule.OK, status: event.Unsure, text: "asked only after what would change before it"}, nil
	}
	if since, yes := e.past.unfinished(n); yes && e.mode == event.Apply && block.Desc.Kind == sdk.Action {
		return e.probeThenApply(ctx, n, conn, req, since)
	}
	found, err := block.Module.Check(ctx, req)
	if err != nil {
		return outcome{}, err
	}
	switch {
	case found.Verdict == sdk.NoChange:
		return e.asItShould(ctx, n, conn, found)
	case e.mode == event.Plan:
		return e.planned(conn, found), nil
	case block.Desc.Kind == sdk.Probe:
		return outcome{}, fmt.Errorf("%s is a probe and asked for a change", block.ModuleName)
	}
	return e.apply(ctx, n, conn, req)
}

// waitsFor says why something of a node cannot be told before the run: what it refers to, and why that is not known.
func (e *Executor) waitsFor(n int) string {
	const most = 3
	text := "not known before the run"
	var names []string
	nodes := e.plan.WaitsFor(n, e.results)
	for i, on := range nodes {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(nodes)-most))
			break
		}
		names = append(names, e.plan.Named(n, on))
	}
	if len(names) > 0 {
		text += ": waits for " + strings.Join(names, ", ")
		if why := e.results.unsure(nodes[0]); why != "" {
			text += " (" + why + ")"
		}
	}
	return text
}

// asItShould is the outcome of a node whose host is as it should be. Where an earlier process of the run sent something and
// did not live to see what came of it, that is what made it so.
func (e *Executor) asItShould(ctx context.Context, n int, conn *nodeConn, found *sdk.CheckResult) (outcome, error) {
	block := e.plan.Nodes[n].Block
	out := shown(found)
	out.core, out.status = schedule.OK, event.OK
	was := e.past.changed(n)
	if e.mode == event.Apply && block.Desc.Kind != sdk.Probe && e.past.sent(n) {
		was = true
		out.core, out.status, out.notify, out.text = schedule.Changed, event.Changed, true, "done before this run was interrupted"
	}
	out.value = lang.TaskValue(block.Desc.Outputs, found.Outputs, was)
	if e.hasToHold(n) {
		return out, nil // one good answer proves nothing yet, see pay
	}
	return out, e.settle(ctx, conn, n)
}

// planned is the outcome of a node in a plan: what an apply would do.
func (e *Executor) planned(conn *nodeConn, found *sdk.CheckResult) outcome {
	out := shown(found)
	if found.Verdict == sdk.Unknown {
		out.core, out.status, out.text, out.notify = schedule.OK, event.Unsure, found.Reason, true
		return out
	}
	out.core, out.status, out.notify = schedule.Changed, event.WouldChange, true
	conn.host.wouldChange.Store(true)
	return out
}

// shown is what is shown of what a module found.
func shown(found *sdk.CheckResult) outcome {
	return outcome{notes: found.Notes, changes: changes(found.Diff), pending: found.Pending, notify: found.Pending != ""}
}

// apply changes the host.
func (e *Executor) apply(ctx context.Context, n int, conn *nodeConn, req *sdk.Request) (outcome, error) {
	block := e.plan.Nodes[n].Block
	conn.owed = e.leaveMarkers(n)
	done, err := block.Module.Apply(ctx, req)
	if err != nil {
		return outcome{}, err
	}
	return e.applied(ctx, n, conn, done)
}

// applied is the outcome of what a module says it did.
func (e *Executor) applied(ctx context.Context, n int, conn *nodeConn, done *sdk.ApplyResult) (outcome, error) {
	block := e.plan.Nodes[n].Block
	out := outcome{core: schedule.OK, status: event.OK, notes: done.Notes, changes: changes(done.Diff)}
	if done.Changed {
		out.core, out.status, out.notify = schedule.Changed, event.Changed, true
	} else if err := e.withdraw(ctx, conn); err != nil {
		return outcome{}, err
	}
	out.value = lang.TaskValue(block.Desc.Outputs, done.Outputs, done.Changed)
	return out, e.settle(ctx, conn, n)
}

func changes(in []sdk.Diff) []event.Change {
	out := make([]event.Change, len(in))
	for i, d := range in {
		out[i] = event.Change{What: d.What, Before: d.Before, After: d.After}
	}
	return out
}
