package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/muster-run/muster/engine/executor"
	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/transport"
)

// Lock keeps other runs off the hosts of the plan's rollouts until the lease is released; nil when the plan rolls nothing
// out. The run's own connections and targets are used; the rest of o is the caller's. Its error is as of lease.Acquire: a
// *lease.Held names who has which hosts; or a *Twins. A host that cannot be reached is not held, and will be unreachable in
// the run.
func (r *Run) Lock(ctx context.Context, o lease.Options) (*lease.Lease, error) {
	o.Pool, o.Targets = r.pool, r.targets()
	if len(o.Targets) == 0 {
		return nil, nil
	}
	l, err := lease.Acquire(ctx, o)
	if err != nil {
		return nil, err
	}
	if sets := l.Twins(); len(sets) > 0 {
		_ = l.Release(context.WithoutCancel(ctx)) // what cannot be given back ends by itself
		return nil, &Twins{Sets: sets}
	}
	return l, nil
}

// Twins is the refusal to roll out over names that are one machine: how many hosts are down could not be counted.
type Twins struct{ Sets [][]string }

func (e *Twins) Error() string {
	var parts []string
	for _, names := range e.Sets {
		parts = append(parts, strings.Join(names, ", "))
	}
	return "these names are one machine, or share a home directory: " + strings.Join(parts, "; ") +
		". A rollout would count it more than once: leave one of each in the inventory"
}

// targets are the hosts of all rollouts, each once, in the order of the inventory.
func (r *Run) targets() []transport.Target {
	rolled := make([]bool, len(r.plan.Hosts))
	for _, ro := range r.plan.Spec.Rollouts {
		for _, g := range ro.Groups {
			for _, h := range g.Hosts {
				rolled[h] = true
			}
		}
	}
	var out []transport.Target
	for h, yes := range rolled {
		if yes {
			out = append(out, executor.Target(r.plan, h))
		}
	}
	return out
}

// Lease tells what keeps other runs off the hosts: which hosts it does not hold, and which it loses.
type Lease interface {
	Unreachable() []lease.HostError
	Lost() <-chan lease.Loss
}

// noLease also sees through what Lock gives where there is nothing to lock.
func noLease(l Lease) bool {
	held, ok := l.(*lease.Lease)
	return l == nil || ok && held == nil
}

// barred are the hosts that the lease does not hold: they did not answer when it was taken, and what answers a moment later
// may be another run's by then.
func barred(l Lease) map[string]error {
	if noLease(l) {
		return nil
	}
	out := map[string]error{}
	for _, h := range l.Unreachable() {
		out[h.Host] = h.Err
	}
	return out
}

// watchLease turns the loss of hosts into reasons for which the run stops.
func watchLease(l Lease) (halt <-chan executor.Halt, done func()) {
	if noLease(l) {
		return nil, func() {}
	}
	why, end, ended := make(chan executor.Halt), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var h executor.Halt
			select {
			case loss := <-l.Lost():
				h = executor.Halt{Why: lossText(loss), Host: loss.Host}
			case <-end:
				return
			}
			select {
			case why <- h:
			case <-end:
				return
			}
		}
	}()
	return why, func() { close(end); <-ended }
}

func lossText(l lease.Loss) string {
	if l.Owner != nil {
		return fmt.Sprintf("%s was taken over by run %d of %s on %s", l.Host, l.Owner.Run, l.Owner.User, l.Owner.Machine)
	}
	return fmt.Sprintf("the lease of %s could not be renewed, and another run may have the host now", l.Host)
}
