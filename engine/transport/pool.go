package transport

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Pool keeps one connection per target, made when first asked for and made anew when it died. It is safe for concurrent
// use. Limit and Retry around its Dialer are what bounds and repeats the dialling.
type Pool struct {
	dialer Dialer

	mu     sync.Mutex
	places map[Target]*place
	closed bool
	work   sync.WaitGroup
}

// place is a target's connection, or the lack of one. Everything in it is guarded by Pool.mu.
type place struct {
	conn       Transport
	generation uint64
	users      int
	dropped    bool // close conn at the last release
	dialling   *dialling
}

// dialling is a Dial under way, for all who wait for it; it goes on until the last of them gave up.
type dialling struct {
	done    chan struct{}
	err     error // read after done
	waiting int
	cancel  context.CancelFunc
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

// Get returns the live connection to the target, dialling when there is none; callers at the same time share one dial.
// Its error is the Dialer's, ctx's or ErrPoolClosed.
func (p *Pool) Get(ctx context.Context, to Target) (*Lease, error) {
	for {
		lease, wait, err := p.enter(to)
		if lease != nil || err != nil {
			return lease, err
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

// enter takes a lease on the live connection, or joins or starts the dialling of one.
func (p *Pool) enter(to Target) (*Lease, *dialling, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrPoolClosed
	}
	pl := p.places[to]
	if pl == nil {
		pl = &place{}
		p.places[to] = pl
	}
	if pl.conn != nil && pl.conn.Err() != nil {
		p.discard(pl)
	}
	if pl.conn != nil {
		return p.lease(pl), nil, nil
	}
	if pl.dialling == nil {
		p.dial(pl, to)
	}
	pl.dialling.waiting++
	return nil, pl.dialling, nil
}

// dial starts a dial that is nobody's in particular: the caller who came first may give up.
func (p *Pool) dial(pl *place, to Target) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &dialling{done: make(chan struct{}), cancel: cancel}
	pl.dialling = d
	p.work.Go(func() {
		defer cancel()
		conn, err := p.dialer.Dial(ctx, to)
		p.mu.Lock()
		defer p.mu.Unlock()
		if pl.dialling == d {
			pl.dialling = nil
		}
		switch {
		case err != nil && !p.closed:
			d.err = err
		case err != nil:
			d.err = ErrPoolClosed
		case p.closed || ctx.Err() != nil: // nobody waits for it
			d.err = ErrPoolClosed
			p.shut(conn)
		default:
			pl.conn = conn
			pl.generation++
		}
		close(d.done)
	})
}

// leave is called by each who waited. The last one to give up ends the dial, which nobody may join any more.
func (p *Pool) leave(d *dialling) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d.waiting--
	if d.waiting > 0 {
		return
	}
	d.cancel()
	for _, pl := range p.places {
		if pl.dialling == d {
			pl.dialling = nil
		}
	}
}

func (p *Pool) lease(pl *place) *Lease {
	pl.users++
	conn := pl.conn
	return &Lease{Transport: conn, Generation: pl.generation, release: sync.OnceFunc(func() { p.release(pl, conn) })}
}

func (p *Pool) release(pl *place, conn Transport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pl.conn != conn {
		return // an older one, closed when it was replaced
	}
	pl.users--
	if pl.users == 0 && pl.dropped {
		p.discard(pl)
	}
}

// discard closes the place's connection.
func (p *Pool) discard(pl *place) {
	p.shut(pl.conn)
	pl.conn, pl.users, pl.dropped = nil, 0, false
}

// shut closes in the background: a connection may take a moment to end its goroutines.
func (p *Pool) shut(conn Transport) {
	p.work.Go(func() { _ = conn.Close() })
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
