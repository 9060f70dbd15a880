package transport

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// Ramp lets at most n dials run at once (at least 1); others wait for their turn in the order they came, or for the end of
// their ctx. When a host hangs up before the login is done, as sshd does over MaxStartups, only half as many as were under
// way run from then on; each login that is done lets one more run, up to n. Without the limit, a thousand handshakes at
// once would only make all of them late.
//
// It repeats nothing: Retry around it does, and waits for a turn each time.
func Ramp(d Dialer, n int) Dialer {
	return &ramp{dialer: d, most: max(n, 1), limit: max(n, 1)}
}

type ramp struct {
	dialer Dialer
	most   int

	mu      sync.Mutex
	limit   int
	busy    int
	halved  int             // how often the limit was halved
	waiting []chan struct{} // closed when their turn has come
}

func (r *ramp) Dial(ctx context.Context, to Target) (Transport, error) {
	began, err := r.enter(ctx)
	if err != nil {
		return nil, fmt.Errorf("waiting to connect to %s: %w", to.Host, err)
	}
	t, err := r.dialer.Dial(ctx, to)
	r.leave(began, err)
	return t, err
}

// enter waits for a turn. It returns how often the limit had been halved by then.
func (r *ramp) enter(ctx context.Context) (halved int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	turn := make(chan struct{})
	r.mu.Lock()
	r.waiting = append(r.waiting, turn)
	r.admit()
	r.mu.Unlock()
	select {
	case <-turn:
	case <-ctx.Done():
		return 0, r.giveUp(ctx, turn)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.halved, nil
}

// giveUp takes a waiter out of the queue, or gives back the turn that came at the same moment.
func (r *ramp) giveUp(ctx context.Context, turn chan struct{}) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.waiting, turn); i >= 0 {
		r.waiting = slices.Delete(r.waiting, i, i+1)
	} else {
		r.busy--
		r.admit()
	}
	return context.Cause(ctx)
}

// leave ends a dial that began after so many halvings, and learns from how it went. A burst of dials that are all hung up
// on is one piece of news, not one for each: those that began before the last halving change nothing.
func (r *ramp) leave(began int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.limit = min(r.limit+1, r.most)
	case hungUp(err) && began == r.halved:
		r.limit = max(min(r.limit, r.busy)/2, 1)
		r.halved++
	}
	r.busy--
	r.admit()
}

// admit lets in as many as there is room for.
func (r *ramp) admit() {
	for r.busy < r.limit && len(r.waiting) > 0 {
		r.busy++
		close(r.waiting[0])
		r.waiting = r.waiting[1:]
	}
}
