package executor

import (
	"context"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/schedule"
)

// hasToHold reports whether a node is health that one good answer does not prove.
func (e *Executor) hasToHold(n int) bool {
	s := &e.plan.Spec.Nodes[n]
	return e.mode == event.Apply && s.Role == schedule.Health && s.Stable > 0
}

// proves reports whether an answer is the one with which health has held for as long as it has to. It judges as the core
// will, by the same clock.
func (e *Executor) proves(end ended) bool {
	switch since, holds := e.held[end.node]; {
	case !e.hasToHold(end.node):
		return false
	case end.out.core != schedule.OK:
		delete(e.held, end.node)
		return false
	case !holds:
		e.held[end.node] = e.heard
		return false
	default:
		return e.heard.Sub(since) >= e.plan.Spec.Nodes[end.node].Stable
	}
}

// pay settles the debt that a proved node pays. If that fails, so did its last attempt.
func (e *Executor) pay(ctx context.Context, n, attempt int, out outcome) outcome {
	host := e.hostOf(n)
	conn := e.newConn(n, attempt, host)
	defer conn.done()
	ctx, cancel := context.WithTimeout(ctx, e.timeLimit(n))
	defer cancel()
	defer context.AfterFunc(host.life, cancel)()
	if err := e.settle(ctx, conn, n); err != nil {
		return e.failed(ctx, n, attempt, conn, err)
	}
	return out
}
