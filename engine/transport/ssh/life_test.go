package ssh_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/transporttest"
)

// Nobody uses the connection, its host goes without a word: it is closed within 45 s, and its socket with it.
func TestHalfOpenWhileIdle(t *testing.T) {
	for _, idle := range []time.Duration{0, 7 * time.Second, time.Hour} {
		l := newLab(t)
		synctest.Test(t, func(t *testing.T) {
			c := l.mustDial(t)
			time.Sleep(idle)
			start := time.Now()
			l.fault.StallAfter(0)
			<-c.Done()
			if waited := time.Since(start); waited > 45*time.Second {
				t.Errorf("noticed after %s", waited)
			}
			l.server.Wait() // the host sees that we closed
			_ = c.Close()
		})
	}
}

// nap is a lab whose machine can sleep: only the wall clock goes on then.
func nap(t *testing.T) (l *lab, asleep *atomic.Int64, dials *int) {
	l, asleep, dials = newLab(t), new(atomic.Int64), new(int)
	l.opts.Now = func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) }
	l.opts.Connect = func(context.Context, string, string) (net.Conn, error) {
		l.fault = &transporttest.Fault{} // of the latest connection
		*dials++
		return l.fault.Wrap(l.server.Connect()), nil
	}
	return l, asleep, dials
}

// After an hour of sleep no connection is trusted: a live one is used again once it answered, a dead one is made anew, and
// nothing was sent over it.
func TestConnectionsAreProvedAfterSleep(t *testing.T) {
	for name, c := range map[string]struct {
		sleep time.Duration
		gone  bool
		dials int
		most  time.Duration
	}{
		"no sleep":        {0, false, 1, 0},
		"short nap":       {20 * time.Second, false, 1, 0},
		"alive":           {time.Hour, false, 1, 0},
		"gone":            {time.Hour, true, 2, 10 * time.Second},
		"clock went back": {-time.Hour, false, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, asleep, dials := nap(t)
			synctest.Test(t, func(t *testing.T) {
				pool := transport.NewPool(newDialer(l))
				first, err := pool.Get(t.Context(), l.target)
				if err != nil {
					t.Fatal(err)
				}
				first.Release()
				asleep.Store(int64(c.sleep))
				if c.gone {
					l.fault.StallAfter(0)
				}
				start := time.Now()
				conn, err := pool.Get(t.Context(), l.target)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > c.most || *dials != c.dials {
					t.Errorf("took %s and %d dials", took, *dials)
				}
				if r, err := conn.Run(t.Context(), "true", nil); err != nil || r.Status != 0 {
					t.Errorf("got %v, %v", r, err)
				}
				_ = pool.Close()
				l.server.Wait()
			})
		})
	}
}

// Whoever gives up while a connection is proved gets his own reason, and the connection is not blamed.
func TestProvingEndsWithItsContext(t *testing.T) {
	l, asleep, _ := nap(t)
	synctest.Test(t, func(t *testing.T) {
		pool := transport.NewPool(newDialer(l))
		first, err := pool.Get(t.Context(), l.target)
		if err != nil {
			t.Fatal(err)
		}
		asleep.Store(int64(time.Hour))
		l.fault.StallAfter(0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := pool.Get(ctx, l.target); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if first.Err() != nil {
			t.Error(first.Err())
		}
		_ = pool.Close()
		l.server.Wait()
	})
}
