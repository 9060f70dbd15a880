package transport_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fleet is a Dialer whose connections do nothing but live and die.
type fleet struct {
	dials atomic.Int64
	open  atomic.Int64
	most  atomic.Int64 // dials at once
	now   atomic.Int64
	takes time.Duration
	fails func(n int64) error // of the n-th dial
}

func (f *fleet) Dial(ctx context.Context, to transport.Target) (transport.Transport, error) {
	n := f.dials.Add(1)
	f.most.Store(max(f.most.Load(), f.now.Add(1)))
	defer f.now.Add(-1)
	select {
	case <-time.After(f.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.fails != nil {
		if err := f.fails(n); err != nil {
			return nil, err
		}
	}
	f.open.Add(1)
	return &fake{fleet: f, done: make(chan struct{})}, nil
}

type fake struct {
	transport.Transport
	fleet *fleet
	once  sync.Once
	done  chan struct{}
}

func (c *fake) Close() error {
	c.once.Do(func() { close(c.done); c.fleet.open.Add(-1) })
	return nil
}
func (c *fake) Done() <-chan struct{} { return c.done }
func (c *fake) Err() error {
	select {
	case <-c.done:
		return transport.ErrUnreachable
	default:
		return nil
	}
}

var h1, h2 = transport.Target{Host: "h1"}, transport.Target{Host: "h2"}

func get(t *testing.T, p *transport.Pool, to transport.Target) *transport.Lease {
	t.Helper()
	l, err := p.Get(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestPoolSharesOneConnection(t *testing.T) {
	f := &fleet{takes: time.Second}
	synctest.Test(t, func(t *testing.T) {
		p := transport.NewPool(f)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if l := get(t, p, h1); l.Generation != 1 {
					t.Errorf("generation %d", l.Generation)
				}
				get(t, p, h2).Release()
			})
		}
		wg.Wait()
		if f.dials.Load() != 2 {
			t.Errorf("%d dials for 2 hosts", f.dials.Load())
		}
		_ = p.Close()
		if f.open.Load() != 0 {
			t.Errorf("%d connections left open", f.open.Load())
		}
		if _, err := p.Get(t.Context(), h1); !errors.Is(err, transport.ErrPoolClosed) {
			t.Errorf("get after close gave %v", err)
		}
	})
}

// A connection that died is made anew, as a new generation; leases on the old one do no harm.
func TestPoolRedials(t *testing.T) {
	f := &fleet{}
	p := transport.NewPool(f)
	defer p.Close()
	old := get(t, p, h1)
	_ = old.Transport.Close()
	next := get(t, p, h1)
	if next.Generation != 2 || next.Err() != nil {
		t.Errorf("generation %d, %v", next.Generation, next.Err())
	}
	p.Drop(h1)
	old.Release()
	old.Release()
	if next.Err() != nil {
		t.Error("the old lease closed the new connection")
	}
	_ = next.Close() // a lease's Close is its release
	<-next.Done()
	if l := get(t, p, h1); l.Generation != 3 {
		t.Errorf("generation %d after a drop", l.Generation)
	}
}

func TestPoolDropsWhenUnused(t *testing.T) {
	p := transport.NewPool(&fleet{})
	defer p.Close()
	p.Drop(h1) // nothing there yet
	a, b := get(t, p, h1), get(t, p, h1)
	p.Drop(h1)
	a.Release()
	if b.Err() != nil {
		t.Error("closed under its second user")
	}
	b.Release()
	<-b.Done()
}

// A caller who gives up does not take the dial from the others; the last one ends it.
func TestPoolCallersGiveUp(t *testing.T) {
	f := &fleet{takes: 10 * time.Second}
	synctest.Test(t, func(t *testing.T) {
		p := transport.NewPool(f)
		first, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := p.Get(first, h1); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the first gave %v", err)
			}
		})
		wg.Go(func() { get(t, p, h1).Release() })
		wg.Wait()

		alone, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = p.Get(alone, h2)
		synctest.Wait()
		if f.now.Load() != 0 {
			t.Error("nobody waits and the dial goes on")
		}
		get(t, p, h2).Release()
		_ = p.Close()
	})
}

func TestPoolGivesTheDialersError(t *testing.T) {
	f := &fleet{fails: func(n int64) error {
		if n == 1 {
			return fmt.Errorf("%w: no", transport.ErrAuth)
		}
		return nil
	}}
	p := transport.NewPool(f)
	defer p.Close()
	if _, err := p.Get(t.Context(), h1); !errors.Is(err, transport.ErrAuth) {
		t.Errorf("got %v", err)
	}
	if l := get(t, p, h1); l.Generation != 1 {
		t.Errorf("a dial that failed made generation %d", l.Generation)
	}
}

func TestPoolCloseEndsDialling(t *testing.T) {
	f := &fleet{takes: time.Hour}
	synctest.Test(t, func(t *testing.T) {
		p := transport.NewPool(f)
		failed := make(chan error)
		go func() { _, err := p.Get(t.Context(), h1); failed <- err }()
		synctest.Wait()
		go p.Close()
		if err := <-failed; !errors.Is(err, transport.ErrPoolClosed) {
			t.Errorf("got %v", err)
		}
	})
}
