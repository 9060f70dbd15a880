package executor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/plugins/sdk"
)

// Journal is where a run is recorded, before it does something and after. Append does not wait; Wait returns when the
// record is durable, or says why it is not. Failed is closed for good with the first write that did not work.
type Journal interface {
	Append(journal.Record) journal.Ticket
	Wait(ctx context.Context, t journal.Ticket) error
	Failed() <-chan struct{}
	Err() error
}

// record is the run's journal as the executor writes it. Without one, as in a plan, nothing is written and nothing waited
// for.
type record struct {
	to  Journal
	ops atomic.Uint64 // numbers the effects of this process
}

func (r *record) add(rec journal.Record) journal.Ticket {
	if r.to == nil {
		var none journal.Ticket
		return none
	}
	return r.to.Append(rec)
}

func (r *record) durable(ctx context.Context, t journal.Ticket) error {
	if r.to == nil {
		return nil
	}
	if err := r.to.Wait(ctx, t); err != nil {
		return &unrecorded{err}
	}
	return nil
}

// failed is closed when nothing can be recorded any more; nil, which never is, without a journal.
func (r *record) failed() <-chan struct{} {
	if r.to == nil {
		return nil
	}
	return r.to.Failed()
}

// unrecorded is the error of what was not done because it could not be recorded first.
type unrecorded struct{ err error }

func (e *unrecorded) Error() string { return "it could not be recorded first: " + e.err.Error() }
func (e *unrecorded) Unwrap() error { return e.err }

// whatLimit bounds the text of an effect in the journal, in bytes.
const whatLimit = 200

// effect records an operation that changes a host, and returns once that is durable: then it may be sent.
func (r *record) effect(ctx context.Context, node string, attempt int, class sdk.Effect, what string) error {
	return r.durable(ctx, r.add(journal.Record{Effect: &journal.Effect{
		Node: node, Attempt: attempt, Op: r.ops.Add(1), Class: string(class), What: oneLine(what)}}))
}

// oneLine makes a text one printable line that is no longer than the journal takes.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(secret.Printable(s)), " ")
	if len(s) <= whatLimit {
		return s
	}
	const more = "..."
	return strings.ToValidUTF8(s[:whatLimit-len(more)], "") + more
}

// outcomes are the words of the journal for how a node ended.
var outcomes = map[schedule.Outcome]string{
	schedule.OK: "ok", schedule.Changed: "changed", schedule.Skipped: "skipped", schedule.Failed: "failed",
	schedule.Unreachable: "unreachable", schedule.Lost: "lost", schedule.Unknown: "unknown", schedule.NotRun: "not_run",
	schedule.NotNotified: "not_notified",
}

// recordOutcome records the end of a node. Nobody waits for it: it stands in the file ahead of whatever follows from it, and so is
// durable before that begins.
func (e *Executor) recordOutcome(c schedule.Finished) {
	node := &e.plan.Nodes[c.Node]
	if e.record.to == nil || e.plan.Spec.Nodes[c.Node].Role == schedule.Gate {
		return
	}
	if c.Outcome == schedule.NotRun && e.past.outcome(c.Node).Good() {
		return // it would have been asked again, and is as it was
	}
	out := &journal.Outcome{Node: node.Addr.String(), Outcome: outcomes[e.past.overall(c.Node, c.Outcome)], Class: string(e.results.last[c.Node].class)}
	for _, h := range e.results.notified[c.Node] {
		out.Notify = append(out.Notify, e.plan.Nodes[h].Addr.String())
	}
	if c.Outcome.Good() {
		if v, ok := e.results.Output(c.Node); ok {
			out.Outputs, out.Hidden = e.outputsJSON(v)
		}
	} else if c.Outcome == schedule.NotRun {
		out.Reason = e.because(c)
	}
	e.record.add(journal.Record{Outcome: out})
}

// outputsJSON gives the value that references to a node see, with its type; hidden when a part of it is a secret, which
// never comes into the journal.
func (e *Executor) outputsJSON(v cty.Value) (text json.RawMessage, hidden bool) {
	if lang.IsSensitive(v) {
		return nil, true
	}
	v, _ = v.UnmarkDeep()
	b, err := ctyjson.Marshal(v, cty.DynamicPseudoType)
	if err != nil || e.redact.String(string(b)) != string(b) {
		return nil, true
	}
	return b, false
}

// outputsOf reads what outputsJSON wrote.
func outputsOf(text json.RawMessage) (cty.Value, error) {
	v, err := ctyjson.Unmarshal(text, cty.DynamicPseudoType)
	if err != nil {
		return cty.NilVal, fmt.Errorf("outputs in the journal: %w", err)
	}
	return v, nil
}

// finishWait bounds the last wait for the disk, which a cancelled run makes, too.
const finishWait = 30 * time.Second

// finish is the process's last word. A journal that failed says nothing any more, and has been reported.
func (r *record) finish(ctx context.Context, f journal.Finish) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWait)
	defer cancel()
	_ = r.durable(ctx, r.add(journal.Record{Finish: &f}))
}
