package executor

import (
	"context"
	"fmt"
	"time"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// probeThenApply goes on with an action that an earlier process sent and did not live to see the end of: what must not be
// done twice is done only when the module can tell that it was not done.
func (e *Executor) probeThenApply(ctx context.Context, n int, conn *nodeConn, req *sdk.Request, since time.Time) (outcome, error) {
	block := e.plan.Nodes[n].Block
	if !block.Desc.Probes {
		return e.undecided(n, fmt.Sprintf("%s has no way to tell whether it ran", block.ModuleName)), nil
	}
	asked := *req
	asked.Unfinished = &sdk.Unfinished{Since: since}
	found, err := block.Module.Check(ctx, &asked)
	if err != nil {
		return outcome{}, err
	}
	switch {
	case found.Verdict == sdk.Unknown:
		return e.undecided(n, found.Reason), nil
	case found.Verdict == sdk.Change, e.results.isRenewed(n): // what was done then is not for what was changed since
		return e.apply(ctx, n, conn, req)
	}
	out := shown(found)
	out.core, out.status, out.notify, out.text = schedule.Changed, event.Changed, true, "done before this run was interrupted"
	out.value = lang.TaskValue(block.Desc.Outputs, found.Outputs, true)
	return out, e.settle(ctx, conn, n)
}

// inDoubt keeps the question open: as long as nobody has told whether an action of an earlier process ran, an attempt that
// came to nothing, such as a probe without an answer, does not make it one that failed.
func (e *Executor) inDoubt(n int, out outcome) outcome {
	_, unfinished := e.past.unfinished(n)
	block := e.plan.Nodes[n].Block
	if unfinished && out.core == schedule.Failed && !out.sentOnce && block != nil && block.Desc.Kind == sdk.Action {
		out.core, out.status = schedule.Unknown, event.Unknown
	}
	return out
}

// undecided is the outcome of an action of which nobody knows whether it ran.
func (e *Executor) undecided(n int, why string) outcome {
	node := e.plan.Nodes[n]
	d := diag.Diagnostic{
		Severity: diag.Error, Code: diag.OutcomeUnknown,
		Summary: "nobody knows whether " + node.Addr.Instance.String() + " ran on " + node.Addr.Host,
		Detail:  "It was sent before this run was interrupted, its answer never came, and " + why + ".",
		State:   "it was not sent again",
		Do: []string{
			"Look at " + node.Addr.Host + ".",
			"If it has to run, or does no harm: muster apply anew, which runs it.",
			"If it ran: muster resume --exclude " + node.Addr.Host + " goes on with the other hosts.",
		},
	}
	e.locate(n, 1, nil, &d)
	return outcome{core: schedule.Unknown, class: schedule.Class(sdk.Uncertain), status: event.Unknown, diag: &d}
}

// notKnown refuses to act on what is not known when it is needed. In a run that was interrupted that is mostly an output of
// an action which is sensitive: the journal does not have it, and the action is not repeated for its sake.
func (e *Executor) notKnown(n int, what string) diag.Diagnostics {
	rng := e.plan.Nodes[n].Block.Range
	d := diag.Diagnostic{Severity: diag.Error, Code: diag.OutputsGone, Summary: what + " is not known", Subject: &rng,
		Detail: "It is " + e.waitsFor(n) + ".", Advice: "Have the task that it comes from give the value."}
	if e.past != nil {
		d.Detail = "It comes from a task that ran before this run was interrupted: its outputs are sensitive, so the journal does not have them, and it would act again to give them."
		d.Advice = "Begin a new run: muster apply."
	}
	return diag.Diagnostics{d}
}
