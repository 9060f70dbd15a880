package lease

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/muster-run/muster/engine/transport"
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
	visit := l.take
	if len(results) > 0 && results[len(results)-1].held != nil {
		visit = l.view // only to tell which hosts are held
	}
	results = append(results, each(rest, func(h *host) result { return visit(ctx, h) })...)
	if err := l.judge(ctx, results); err != nil {
		back, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = l.Release(back) // what cannot be given back ends by itself
		return nil, err
	}
	return l, nil
}

// patience is how long giving back what was taken may take.
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

// view only asks who holds the host.
func (l *Lease) view(ctx context.Context, h *host) result {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := h.ask(within, look, token{}, token{}, nil)
	if err != nil || s.token == nil {
		return result{host: h}
	}
	if held, _ := h.holder(within, *s.token); held != nil && h.alive(held) {
		return result{host: h, held: held}
	}
	return result{host: h}
}

// take makes the host's lease ours. held is set when another run has it.
func (h *host) take(ctx context.Context) (held *HeldHost, err error) {
	var s state
	for try := range attempts {
		if try > 0 && !pause(ctx, time.Duration(try)*(50*time.Millisecond+rand.N(50*time.Millisecond))) {
			return nil, h.unreachable(ctx, context.Cause(ctx))
		}
		s, err = h.ask(ctx, create, token{}, h.ours(1), h.record())
		switch {
		case err != nil && try == 0 && errors.Is(err, transport.ErrUnreachable) && h.asked:
			continue // the connection was lost on the way; the same line does no harm again
		case err != nil:
			return nil, err
		case h.mine(s):
			if there := s.owner.Host; there != "" && there != oneLine(h.target.Host) {
				h.twin = there
			}
			return nil, nil
		case s.token == nil:
			continue // it went this moment, or something else stands there
		}
		var ours bool
		if held, ours, err = h.contest(ctx, *s.token); ours || err != nil {
			return nil, err
		} else if held != nil {
			return held, nil
		}
	}
	if s.token != nil {
		return &HeldHost{Host: h.target.Host}, nil
	}
	return nil, h.foreign(s.complaint)
}

// contest looks at a token that is not ours, and takes it when nobody renews it any more. None of the three results means
// that it changed meanwhile.
func (h *host) contest(ctx context.Context, theirs token) (held *HeldHost, ours bool, err error) {
	held, err = h.holder(ctx, theirs)
	if held == nil || err != nil {
		return nil, false, err
	}
	if h.alive(held) {
		return held, false, nil
	}
	s, err := h.ask(ctx, take, theirs, h.ours(1), h.record())
	return nil, err == nil && h.mine(s), err
}

// alive reports whether a lease binds us.
func (h *host) alive(held *HeldHost) bool {
	return held.Quiet <= h.opts.Stale && !h.opts.Dead(held.Owner)
}

// holder reads whose a token is and how old. nil: it is not there any more.
func (h *host) holder(ctx context.Context, theirs token) (*HeldHost, error) {
	s, err := h.ask(ctx, look, theirs, token{}, nil)
	if err != nil || s.token == nil || *s.token != theirs || s.now == 0 || s.tick == 0 {
		return nil, err
	}
	held := &HeldHost{Host: h.target.Host, Owner: s.owner.Owner, Quiet: s.quiet()}
	held.Owner.Since = time.Time{}
	if s.since != 0 {
		held.Owner.Since = h.opts.Now().Add(-s.age())
	}
	return held, nil
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

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
