package executor

import (
	"context"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// ask asks a host's health once. No answer is a bad one. The time that the node had for its own questions is over, and does
// not bound this one.
func (w *watch) ask(h int, health []int) answer {
	e := w.e
	a := answer{host: h, sick: true}
	for _, n := range health {
		out := e.callWithin(w.ctx, e.questionLimit(n), n, 1, e.plan.Scope(n, e.results), func(ctx context.Context, n int, _ *nodeConn, req *sdk.Request) (outcome, error) {
			_, err := e.plan.Nodes[n].Block.Module.Check(ctx, req)
			return outcome{core: schedule.OK}, err
		})
		if !out.core.Good() {
			a.why = "health " + e.plan.Nodes[n].Addr.Name
			if out.diag != nil {
				a.why += ": " + out.diag.Summary
			}
			break
		}
	}
	a.void = w.cutOff(h)
	return a
}

// cutOff reports whether what was asked of a host was ended from here: that says nothing of the host.
func (w *watch) cutOff(h int) bool { return w.ctx.Err() != nil || w.e.hosts[h].lost.Load() != nil }

// redial makes the connection of a parked host anew, once.
func (w *watch) redial(h int) answer {
	host := w.e.hosts[h]
	a := answer{host: h}
	lease, err := w.e.pool.Get(w.ctx, host.target)
	if err != nil {
		a.why = "its connection ended, and there is no new one: " + cause(err)
	} else {
		host.used(lease.Transport)
		lease.Release()
	}
	a.void = w.cutOff(h)
	return a
}

// reportDown tells of hosts that were well after their restart and are down now: no node says it.
func (e *Executor) reportDown() {
	for _, h := range e.watch.down() {
		e.emit(event.Event{Type: event.Diagnostic, Diag: &diag.Diagnostic{
			Severity: diag.Error, Code: diag.HostWentDown, Summary: e.plan.Hosts[h].Name + " was well after its restart and is down now",
			Detail: e.watch.hosts[h].why, State: "what this run did there was done and proved; it went down later",
			Do: []string{"Look at the host. Running the same playbook again shows whether it is as it should be."},
		}})
	}
}
