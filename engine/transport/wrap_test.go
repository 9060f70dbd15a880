package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine/transport"
)

func TestRetry(t *testing.T) {
	hungUp := fmt.Errorf("%w: %w", transport.ErrUnreachable, io.EOF)
	for _, c := range []struct {
		name  string
		err   error
		opts  transport.RetryOptions
		dials int64
	}{
		{"hung up", hungUp, transport.RetryOptions{}, 7},
		{"reset", fmt.Errorf("%w: %w", transport.ErrUnreachable, syscall.ECONNRESET), transport.RetryOptions{More: 3}, 4},
		{"never", hungUp, transport.RetryOptions{More: -1}, 1},
		{"refused", fmt.Errorf("%w: %w", transport.ErrUnreachable, syscall.ECONNREFUSED), transport.RetryOptions{}, 1},
		{"key", fmt.Errorf("%w: %w", transport.ErrAuth, io.EOF), transport.RetryOptions{}, 1},
		{"host key", transport.ErrHostKey, transport.RetryOptions{}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fleet{fails: func(int64) error { return c.err }}
			synctest.Test(t, func(t *testing.T) {
				if _, err := transport.Retry(f, c.opts).Dial(t.Context(), h1); !errors.Is(err, c.err) {
					t.Errorf("got %v", err)
				}
			})
			if f.dials.Load() != c.dials {
				t.Errorf("%d dials, want %d", f.dials.Load(), c.dials)
			}
		})
	}
	t.Run("second try works", func(t *testing.T) {
		f := &fleet{fails: func(n int64) error {
			if n == 1 {
				return hungUp
			}
			return nil
		}}
		synctest.Test(t, func(t *testing.T) {
			if _, err := transport.Retry(f, transport.RetryOptions{}).Dial(t.Context(), h1); err != nil {
				t.Error(err)
			}
		})
	})
}

// While it waits to try again, the context ends it.
func TestRetryIsCancelled(t *testing.T) {
	f := &fleet{fails: func(int64) error { return fmt.Errorf("%w: %w", transport.ErrUnreachable, io.EOF) }}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := transport.Retry(f, transport.RetryOptions{Delay: time.Hour}).Dial(ctx, h1)
		if !errors.Is(err, transport.ErrUnreachable) || time.Since(start) != time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

// Delays double up to the cap, so that the zero options give up after about half a minute.
func TestRetryWaits(t *testing.T) {
	f := &fleet{fails: func(int64) error { return fmt.Errorf("%w: %w", transport.ErrUnreachable, io.EOF) }}
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, _ = transport.Retry(f, transport.RetryOptions{}).Dial(t.Context(), h1)
			if took := time.Since(start); took < 11*time.Second || took > 36*time.Second {
				t.Errorf("gave up after %s", took)
			}
		})
	}
}
