package transport

import (
	"context"
	"sync"
)

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
