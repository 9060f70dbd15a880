package transport

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Pool keeps one connection per target, made when first asked for and made anew when it died. It is safe for concurrent
// use. Ramp and Retry around its Dialer are what bounds and repeats the dialling.
type Pool struct {
	dialer Dialer

	mu     sync.Mutex
	places map[Target]*place
	closed bool
	work   sync.WaitGroup
}

// ErrPoolClosed is what Get gives after Close.
var ErrPoolClosed = errors.New("the connection pool is closed")

// NewPool returns a pool that connects with d.
func NewPool(d Dialer) *Pool { return &Pool{dialer: d, places: make(map[Target]*place)} }

// Lease is the use of a connection; the pool does not close it before Release, unless it died.
type Lease struct {
	Transport
	// Generation is 1 for the first connection to the target and grows with each new one: state that was tied to an
	// older one, such as a shell, is gone.
	Generation uint64
	release    func()
}

// Release gives the connection back. It may be called more than once.
func (l *Lease) Release() { l.release() }

// Close releases; the connection itself belongs to the pool.
func (l *Lease) Close() error {
	l.Release()
	return nil
}

// prover is a Transport that can tell, before it is used, whether its host is still there: nil, or why not. It has closed
// itself when the host is not.
type prover interface {
	Prove(ctx context.Context) error
}

// Get returns the live connection to the target, dialling when there is none; callers at the same time share one dial. A
// connection that was not heard of for long, because this machine slept, is asked first. Get's error is the Dialer's,
// ctx's or ErrPoolClosed.
func (p *Pool) Get(ctx context.Context, to Target) (*Lease, error) {
	for {
		lease, wait, err := p.enter(to)
		switch {
		case err != nil:
			return nil, err
		case lease != nil && prove(ctx, lease) == nil:
			return lease, nil
		case lease != nil && ctx.Err() != nil:
			lease.Release()
			return nil, fmt.Errorf("connect to %s: %w", to.Host, context.Cause(ctx))
		case lease != nil: // it has died
			lease.Release()
			continue
		}
		select {
		case <-wait.done:
			p.leave(wait)
			if wait.err != nil {
				return nil, wait.err
			}
		case <-ctx.Done():
			p.leave(wait)
			return nil, fmt.Errorf("connect to %s: %w", to.Host, context.Cause(ctx))
		}
	}
}

func prove(ctx context.Context, l *Lease) error {
	if t, ok := l.Transport.(prover); ok {
		return t.Prove(ctx)
	}
	return nil
}

// Drop closes the target's connection as soon as nobody uses it: for a host that has nothing left to do. A later Get
// connects again.
func (p *Pool) Drop(to Target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(p.places[to])
}

func (p *Pool) drop(pl *place) {
	if pl == nil || pl.conn == nil {
		return
	}
	pl.dropped = true
	if pl.users == 0 {
		p.discard(pl)
	}
}

// Close ends all dialling and closes every connection, used or not: whoever still waits on one gets ErrUnreachable. It
// returns when all is closed.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	for _, pl := range p.places {
		if pl.dialling != nil {
			pl.dialling.cancel()
		}
		if pl.conn != nil {
			p.discard(pl)
		}
	}
	p.mu.Unlock()
	p.work.Wait()
	return nil
}
