package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// died is implemented by the error of a call whose plugin process went away, or did not answer, while it ran.
type died interface{ PluginDied() bool }

// failed turns the error of a module, or of the way to it, into an outcome. This is the one place where errors become
// classes.
func (e *Executor) failed(ctx context.Context, n, attempt int, conn *nodeConn, err error) outcome {
	out := outcome{core: schedule.Failed, class: schedule.Class(sdk.Failed), status: event.Failed}
	d := diag.Diagnostic{Severity: diag.Error, Code: diag.NodeFailed}
	var failure *sdk.Failure
	if errors.As(err, &failure) {
		d.Summary, d.What, d.Detail, d.State, d.Do = failure.Summary, failure.What, failure.Why, failure.State, failure.Do
		if failure.Class != "" {
			out.class = schedule.Class(failure.Class)
		}
	} else {
		d.Summary, d.Detail = e.plan.Nodes[n].Block.ModuleName+" failed", err.Error()
	}
	e.classify(ctx, conn, err, &out, &d)
	if since, yes := e.past.unfinished(n); yes {
		if sent, _, _ := conn.fate(); sent == "" {
			d.State = fmt.Sprintf("nothing was sent by this attempt; what %s sent at %s has no answer, and nobody knows what became of it",
				e.plan.Nodes[n].Addr.Instance, since.Local().Format(time.DateTime))
		}
	}
	e.locate(n, attempt, failure, &d)
	out.diag = &d
	return out
}

// classify judges by what the connection saw, which a module may not have told.
func (e *Executor) classify(ctx context.Context, conn *nodeConn, err error, out *outcome, d *diag.Diagnostic) {
	sent, dialErr, lostErr := conn.fate()
	markErr, heldErr := conn.unnoted()
	var gone died
	switch {
	case errors.Is(dialErr, transport.ErrUnreachable) && !conn.host.contacted.Load():
		out.core, out.class, out.status = schedule.Unreachable, schedule.Class(sdk.Unreachable), event.Unreachable
		*d = noLogin(diag.HostUnreachable, "host unreachable", dialErr)
	case errors.Is(dialErr, transport.ErrAuth):
		*d = noLogin(diag.AuthRefused, "the host refused the login", dialErr)
	case errors.Is(dialErr, transport.ErrHostKey):
		*d = noLogin(diag.HostKeyMismatch, "the host's key is not the known one", dialErr)
	case dialErr != nil || lostErr != nil:
		out.core, out.class, out.status = schedule.Lost, schedule.Class(sdk.Unreachable), event.Unknown
		d.Code, d.Summary = diag.HostUnreachable, "the connection was lost: "+d.Summary
		d.Detail = cause(errors.Join(dialErr, lostErr))
		if len(d.Do) == 0 {
			d.Do = []string{lookWhyItEnded}
		}
	case errors.As(err, &gone) && gone.PluginDied():
		d.Code, d.Summary = diag.PluginDied, "the plugin that serves this module ended while it ran"
	case errors.Is(ctx.Err(), context.Canceled):
		d.Code, d.Summary, d.Detail = diag.Interrupted, "abandoned: the run was stopped while this ran", ""
		if why := conn.host.lost.Load(); why != nil {
			d.Summary, d.Detail, d.Do = "abandoned: another run may have this host", *why, []string{seeWhoWorks}
			if sent == "" {
				out.status = event.NotRun // as if the loss had been known a moment earlier
			}
		}
	case errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
		out.class, d.Code = schedule.Class(sdk.Timeout), diag.NodeTimeout
	case heldErr != nil:
		*d = heldBack(heldErr, sent != "")
		if sent == "" {
			out.status = event.NotRun
		}
	case markErr != nil:
		*d = notNoted(markErr)
	}
	if len(d.Do) == 0 && out.class == schedule.Class(sdk.Unreachable) {
		d.Do = []string{lookWhyItEnded}
	}
	if uncertain(out, d, sent) {
		out.core, out.class, out.status = schedule.Unknown, schedule.Class(sdk.Uncertain), event.Unknown
		d.State = join(d.State, "something was sent and its outcome is not known; the next run reads the host and goes on from what it finds")
	}
}

// uncertain reports whether nobody knows what became of what was sent: the way to the host or the module went away, or
// time ran out over something that must not be repeated.
func uncertain(out *outcome, d *diag.Diagnostic, sent sdk.Effect) bool {
	switch {
	case out.core == schedule.Unreachable:
		return false
	case out.class == schedule.Class(sdk.Uncertain):
		return true
	case sent == "":
		return false
	case d.Code == diag.NodeTimeout:
		return sent == sdk.Once
	}
	return d.Code == diag.HostUnreachable || d.Code == diag.PluginDied || d.Code == diag.Interrupted
}

// noLogin tells why there is no connection in the transport's own words, whatever a module made of them.
func noLogin(code, summary string, err error) diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Summary: summary, Detail: cause(err), State: "nothing was sent to this host"}
	var f *sdk.Failure
	if errors.As(err, &f) {
		d.Detail, d.What, d.Do = f.Why, f.Summary, f.Do
	}
	return d
}

// notNoted tells that the markers could not be left, which a module can only take for a failure of what it wanted to do.
func notNoted(err error) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Error, Code: diag.NodeFailed, Summary: "the handlers that this would owe the host cannot be noted there",
		Detail: err.Error(), State: "nothing was changed: the note comes before the first change",
		Do: []string{"Make room, and let the login write, where " + pendingDir + " is on the host: df -h ~"}}
}

const seeWhoWorks = "See who works on the host, then: muster resume"

const lookWhyItEnded = "See why the connection ended (the network, sshd's log on the host), then run the same command again."

// heldBack tells that the engine itself kept an effect from being sent. Nothing is wrong with the host.
func heldBack(err error, partly bool) diag.Diagnostic {
	d := diag.Diagnostic{Severity: diag.Error, Code: diag.Interrupted, Summary: "the journal of this run cannot be written", Detail: err.Error(),
		State: "nothing was sent to this host by this task", Do: []string{"Mend what keeps the journal from being written, then: muster resume"}}
	var other *notOurs
	if errors.As(err, &other) {
		d.Summary, d.Do = "another run may have this host", []string{seeWhoWorks}
	}
	if partly {
		d.State = "what this task sent before is done, the rest was not sent"
	}
	return d
}

// locate says where: the node, and the words of the playbook to blame.
func (e *Executor) locate(n, attempt int, failure *sdk.Failure, d *diag.Diagnostic) {
	node := e.plan.Nodes[n]
	host := e.hostOf(n)
	d.Where = fmt.Sprintf("%s (%s), %s", host.name, host.address, node.Addr.Instance)
	if tries := e.plan.Spec.Nodes[n].Retry.Attempts; tries > 1 {
		d.Where += fmt.Sprintf(", attempt %d of %d", attempt, tries)
	}
	rng := node.Block.Range
	if failure != nil && failure.Arg != "" {
		rng = node.Block.Args.Range(failure.Arg)
	}
	d.Subject = &rng
}

// misused is the outcome of a node whose expressions cannot be evaluated with the values of this run.
func (e *Executor) misused(n int, ds diag.Diagnostics) outcome {
	d := ds[0]
	for _, one := range ds {
		if one.Severity == diag.Error {
			d = one
			break
		}
	}
	node := e.plan.Nodes[n]
	d.Where = node.Addr.Instance.String()
	if h := e.hostOf(n); h != nil {
		d.Where = fmt.Sprintf("%s (%s), %s", h.name, h.address, node.Addr.Instance)
	}
	return outcome{core: schedule.Failed, class: schedule.Class(sdk.Failed), status: event.Failed, diag: &d}
}

// condition evaluates a `when` or a check's condition.
func condition(expr hcl.Expression, scope *lang.Scope) (holds, known bool, _ diag.Diagnostics) {
	ec, ds := scope.Context(lang.Refs(expr))
	if ds.HasErrors() {
		return false, false, ds
	}
	v, more := lang.WantBool(expr, ec)
	ds = append(ds, more...)
	if v, _ = v.Unmark(); ds.HasErrors() || !v.IsKnown() || v.IsNull() {
		return false, false, ds
	}
	return v.True(), true, ds
}

// check evaluates a check block; its error_message is the cause.
func (e *Executor) check(n int, scope *lang.Scope) outcome {
	rule := e.plan.Nodes[n].Block.Check.Rule
	holds, known, ds := condition(rule.Condition, scope)
	if ds.HasErrors() {
		return e.misused(n, ds)
	}
	switch {
	case known:
	case e.mode == event.Plan:
		return outcome{core: schedule.OK, status: event.Unsure, text: e.waitsFor(n)}
	default: // no answer is never a pass
		return e.misused(n, e.notKnown(n, "the condition"))
	}
	if holds {
		return outcome{core: schedule.OK, status: event.OK}
	}
	ec, ds := scope.Context(lang.Refs(rule.ErrorMessage))
	if ds.HasErrors() {
		return e.misused(n, ds)
	}
	text, ds := lang.Text(rule.ErrorMessage, ec)
	if ds.HasErrors() {
		return e.misused(n, ds)
	}
	rng := rule.Condition.Range()
	return outcome{core: schedule.Failed, class: schedule.Class(sdk.Failed), status: event.Failed, diag: &diag.Diagnostic{
		Severity: diag.Error, Code: diag.CheckRule, Summary: fmt.Sprintf("check %q does not hold", e.plan.Nodes[n].Addr.Name),
		Detail: text, Subject: &rng, Where: e.plan.Nodes[n].Addr.Instance.String(),
	}}
}

// cause is an error's text without the words that its class already says.
func cause(err error) string {
	if err == nil {
		return ""
	}
	s := err.Error()
	for _, class := range []error{transport.ErrUnreachable, transport.ErrAuth, transport.ErrHostKey} {
		s = strings.TrimPrefix(s, class.Error()+": ")
	}
	return s
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
