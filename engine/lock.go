package engine

import (
	"context"
	"fmt"

	"github.com/muster-run/muster/engine/executor"
	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/transport"
)

// Lock keeps other runs off the hosts of the plan's rollouts until the lease is released; nil when the plan rolls nothing
// out. The run's own connections and targets are used; the rest of o is the caller's. Its error is as of lease.Acquire: a
// *lease.Held names who has which hosts. A host that cannot be reached is not held, and will be unreachable in the run.
func (r *Run) Lock(ctx context.Context, o lease.Options) (*lease.Lease, error) {
	o.Pool, o.Targets = r.pool, r.targets()
	if len(o.Targets) == 0 {
		return nil, nil
	}
	return lease.Acquire(ctx, o)
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

// watchLease turns the loss of a host into the reason for which the run stops.
func watchLease(l Lease) (halt <-chan string, done func()) {
	if l == nil {
		return nil, func() {}
	}
	why, end, ended := make(chan string, 1), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case loss := <-l.Lost():
			why <- lossText(loss)
		case <-end:
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
