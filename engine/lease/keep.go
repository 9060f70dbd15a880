package lease

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// kept is a host that is being renewed.
type kept struct {
	host   *host
	due    time.Time
	proved time.Time // when the last renewal that was answered was sent: on the host it happened later
	failed error     // the last one, when it was not answered
	busy   bool      // it is being renewed, or waits for its turn
	queued time.Time // since then
	over   bool      // it was taken: nothing is left to renew
	told   bool      // its loss was reported
}

// renewFrom has a host renewed that was taken at that time. The first time comes early and by chance, so that a fleet that
// was taken at once is not asked at once ever after.
func (l *Lease) renewFrom(h *host, taken time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, &kept{host: h, due: taken.Add(l.opts.Every/2 + rand.N(l.opts.Every/2)), proved: taken})
}

// start begins the renewals.
func (l *Lease) start() {
	ctx, end := context.WithCancel(context.Background())
	l.end = end
	l.work.Go(func() { l.keep(ctx) })
}

// Renewals under way at a time. Hosts that hang must not make the others late: one that does not answer soon leaves its
// place to the next, and those that did not answer last time, and may be slow to be connected to, have places of their own.
const (
	wellAtOnce   = 32
	failedAtOnce = 8
)

// keep starts the renewals that are due and reports what was lost, until ctx ends.
func (l *Lease) keep(ctx context.Context) {
	well, failed := make(chan struct{}, wellAtOnce), make(chan struct{}, failedAtOnce)
	beat := time.NewTicker(max(l.opts.Every/30, time.Millisecond))
	defer beat.Stop()
	awake := newAwake(l.opts.Now)
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		slept := awake.slept() > l.opts.Every
		l.mu.Lock()
		now := time.Now()
		for _, k := range l.kept {
			l.overdue(k, now)
			if k.busy || k.over || now.Before(k.due) && !slept {
				continue
			}
			places, soon := well, l.opts.Every/15
			if k.failed != nil {
				places, soon = failed, l.opts.Every
			}
			k.busy, k.queued = true, now
			l.work.Go(func() { l.renew(ctx, k, places, soon) })
		}
		l.mu.Unlock()
	}
}

// renew renews one host when it is its turn. It leaves its place when it is done, or after that time.
func (l *Lease) renew(ctx context.Context, k *kept, places chan struct{}, soon time.Duration) {
	select {
	case places <- struct{}{}:
		leave := sync.OnceFunc(func() { <-places })
		defer leave()
		defer time.AfterFunc(soon, leave).Stop()
	case <-ctx.Done():
		return
	}
	within, cancel := context.WithTimeout(ctx, l.opts.Every)
	defer cancel()
	sent := time.Now()
	owner, err := k.host.renew(within)
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k.busy, k.failed = false, err
	switch {
	case k.host.taken:
		k.over = true
		l.tell(k, owner, err)
	case err != nil:
		k.due = time.Now().Add(l.opts.Every / 3)
	default:
		k.proved = sent
		k.due = sent.Add(l.opts.Every - rand.N(l.opts.Every/10))
	}
}

// overdue reports a host as lost when its lease can be another's by now. One that was not asked since, because this process
// stood still, is asked first: the answer tells whether it was anybody else's meanwhile.
func (l *Lease) overdue(k *kept, now time.Time) {
	silent := k.failed != nil || k.busy && now.Sub(k.queued) >= l.opts.Every
	if silent && now.Sub(k.proved) >= l.opts.Stale {
		l.tell(k, nil, k.host.overdue(k.failed))
	}
}

func (l *Lease) tell(k *kept, owner *Owner, err error) {
	if k.told {
		return
	}
	k.told = true
	l.lost <- Loss{Host: k.host.target.Host, Owner: owner, Err: err} // one place for each host
}

// awake finds out that this machine slept: the wall clock went on and the monotonic clock did not.
type awake struct {
	wall func() time.Time
	mono time.Time
	last time.Time
}

func newAwake(wall func() time.Time) *awake {
	return &awake{wall: wall, mono: time.Now(), last: wall().Round(0)}
}

// slept is for how long, since it was last called.
func (a *awake) slept() time.Duration {
	mono, wall := time.Now(), a.wall().Round(0)
	gap := wall.Sub(a.last) - mono.Sub(a.mono)
	a.mono, a.last = mono, wall
	return gap
}
