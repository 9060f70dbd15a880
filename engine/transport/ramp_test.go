package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine/transport"
)

// dialAll dials n targets at once and returns the first error.
func dialAll(t *testing.T, d transport.Dialer, n int) error {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = d.Dial(t.Context(), transport.Target{Port: i}) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func TestRampLimits(t *testing.T) {
	f := &fleet{takes: time.Second}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := dialAll(t, transport.Ramp(f, 3), 10); err != nil {
			t.Error(err)
		}
		if f.most.Load() != 3 || time.Since(start) != 4*time.Second {
			t.Errorf("%d dials at once, all done after %s", f.most.Load(), time.Since(start))
		}
	})
}

// startups hangs up on whoever comes while max logins are under way, as sshd does.
type startups struct {
	fleet
	max int64
	mu  sync.Mutex
}

func (s *startups) Dial(ctx context.Context, to transport.Target) (transport.Transport, error) {
	s.mu.Lock()
	if s.now.Load() >= s.max {
		s.mu.Unlock()
		return nil, fmt.Errorf("%w: %w", transport.ErrUnreachable, io.EOF)
	}
	s.now.Add(1)
	s.mu.Unlock()
	defer s.now.Add(-1)
	select {
	case <-time.After(s.takes):
		return &fake{fleet: &s.fleet, done: make(chan struct{})}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Everybody gets in, over and over, however little the server takes at once.
func TestRampBacksOff(t *testing.T) {
	for _, c := range []struct{ max, hosts int }{{1, 10}, {2, 30}, {10, 100}, {10, 1000}} {
		for range 20 {
			synctest.Test(t, func(t *testing.T) {
				s := &startups{fleet: fleet{takes: 100 * time.Millisecond}, max: int64(c.max)}
				if err := dialAll(t, transport.Retry(transport.Ramp(s, 50), transport.RetryOptions{}), c.hosts); err != nil {
					t.Errorf("%+v: %v", c, err)
				}
			})
		}
	}
}

// A burst of refusals halves once; each login that is done gives one back, up to the limit and not beyond.
func TestRampHalvesAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{takes: time.Second}
		hang := fmt.Errorf("%w: %w", transport.ErrUnreachable, io.EOF)
		f.fails = func(n int64) error {
			if n <= 8 {
				return hang
			}
			return nil
		}
		r := transport.Ramp(f, 8)
		if err := dialAll(t, r, 8); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := dialAll(t, r, 40); err != nil {
				t.Error(err)
			}
		})
		for second, want := range []int64{4, 8, 8} { // the first four are done after a second
			synctest.Wait()
			if got := f.now.Load(); got != want {
				t.Errorf("%d at once after %d s, want %d", got, second, want)
			}
			time.Sleep(time.Second)
		}
		wg.Wait()
		if f.most.Load() != 8 {
			t.Errorf("%d at once, more than ever allowed", f.most.Load())
		}
	})
}

// A refusal of another kind is no reason to go slower.
func TestRampKeepsItsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{takes: time.Second, fails: func(int64) error { return transport.ErrAuth }}
		start := time.Now()
		_ = dialAll(t, transport.Ramp(f, 5), 50)
		if time.Since(start) != 10*time.Second {
			t.Errorf("took %s", time.Since(start))
		}
	})
}

// Whoever gives up while waiting leaves his turn to the next.
func TestRampGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{takes: time.Minute}
		r := transport.Ramp(f, 1)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = r.Dial(t.Context(), h1) })
		synctest.Wait()
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		for range 5 {
			wg.Go(func() {
				if _, err := r.Dial(ctx, h1); !errors.Is(err, enough) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		cancel(enough)
		wg.Wait()
		if _, err := r.Dial(t.Context(), h2); err != nil || f.dials.Load() != 2 {
			t.Errorf("%v after %d dials", err, f.dials.Load())
		}
		if _, err := r.Dial(ctx, h2); !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
	})
}
