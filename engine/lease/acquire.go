package lease

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Acquire takes the lease of every target, or of none: the first that answers by name alone, then the rest at once, so that
// of two runs over the same hosts one is turned away before it holds anything. It asks each host once where nothing stands
// in the way. Its error is *Held, *Denied or ctx's. Hosts that cannot be reached are left out: see Unreachable.
func Acquire(ctx context.Context, o Options) (*Lease, error) {
	o = o.withDefaults()
	if o.Owner.ID == "" {
		o.Owner.ID = randomID()
	}
	l := newLease(o)
	rest := l.hosts
	var results []result
	for len(rest) > 0 {
		first := l.take(ctx, rest[0])
		results, rest = append(results, first), rest[1:]
		if first.err == nil || !cannotAsk(first.err) {
			break
		}
	}
	if n := len(results); n > 0 && results[n-1].held != nil {
		results = append(results, view(ctx, rest)...)
	} else {
		results = append(results, each(rest, func(h *host) result { return l.take(ctx, h) })...)
	}
	if err := l.judge(ctx, results); err != nil {
		back, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = l.Release(back) // what cannot be given back ends by itself
		return nil, err
	}
	return l, nil
}

// patience is how long giving back what was taken may take, and asking who has the rest.
const patience = 10 * time.Second

func newLease(o Options) *Lease {
	l := &Lease{opts: o, lost: make(chan Loss, len(o.Targets))}
	for _, t := range o.Targets {
		l.hosts = append(l.hosts, &host{opts: o, target: t})
	}
	slices.SortFunc(l.hosts, func(a, b *host) int { return cmp.Compare(a.target.Host, b.target.Host) })
	l.hosts = slices.CompactFunc(l.hosts, func(a, b *host) bool { return a.target == b.target })
	l.start()
	return l
}

// result is how it went on one host.
type result struct {
	host *host
	held *HeldHost
	err  error
}

// judge sorts the results. An error means that we keep nothing.
func (l *Lease) judge(ctx context.Context, results []result) error {
	var held Held
	var denied Denied
	for _, r := range results {
		switch name := r.host.target.Host; {
		case r.held != nil:
			held.Hosts = append(held.Hosts, *r.held)
		case r.err == nil:
		case ctx.Err() != nil:
		case cannotAsk(r.err):
			l.unreachable = append(l.unreachable, HostError{name, r.err})
		default:
			denied.Hosts = append(denied.Hosts, HostError{name, r.err})
		}
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case len(held.Hosts) > 0:
		return &held
	case len(denied.Hosts) > 0:
		return &denied
	}
	return nil
}

// take takes one host and has it renewed from now on.
func (l *Lease) take(ctx context.Context, h *host) result {
	within, cancel := context.WithTimeout(ctx, l.opts.Stale/2)
	defer cancel()
	sent := time.Now()
	held, err := h.take(within)
	if held == nil && err == nil {
		l.renewFrom(h, sent)
	}
	return result{h, held, err}
}

// each visits the hosts, some at a time, and keeps their order.
func each[T any](hosts []*host, visit func(*host) T) []T {
	results := make([]T, len(hosts))
	var some errgroup.Group
	some.SetLimit(atOnce)
	for i, h := range hosts {
		some.Go(func() error {
			results[i] = visit(h)
			return nil
		})
	}
	_ = some.Wait()
	return results
}

// atOnce is how many hosts are asked at a time.
const atOnce = 64
