package transport

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"syscall"
	"time"
)

// DialerFunc makes a function a Dialer.
type DialerFunc func(ctx context.Context, to Target) (Transport, error)

// Dial calls f.
func (f DialerFunc) Dial(ctx context.Context, to Target) (Transport, error) { return f(ctx, to) }

// RetryOptions say how often a host is dialled again that hung up. The zero value is six more tries within half a minute.
type RetryOptions struct {
	More  int           // further tries; default 6, negative: none
	Delay time.Duration // before the first of them; default 500 ms. It doubles each time and varies by ±50 %
	Cap   time.Duration // the longest delay; default 8 s
}

func (o RetryOptions) withDefaults() RetryOptions {
	if o.More == 0 {
		o.More = 6
	}
	if o.Delay == 0 {
		o.Delay = 500 * time.Millisecond
	}
	if o.Cap == 0 {
		o.Cap = 8 * time.Second
	}
	return o
}

// Retry dials again when a host hung up on us: a reset, or a connection closed before the login was done, as sshd does
// over MaxStartups. A host that is silent, not there, or refuses our key or shows the wrong one is not asked again: that
// costs its time or is none of chance's doing.
func Retry(d Dialer, o RetryOptions) Dialer {
	o = o.withDefaults()
	return DialerFunc(func(ctx context.Context, to Target) (Transport, error) {
		delay := o.Delay
		for try := 0; ; try++ {
			t, err := d.Dial(ctx, to)
			if err == nil || try >= o.More || !hungUp(err) {
				return t, err
			}
			delay = min(delay, o.Cap)
			if !pause(ctx, delay/2+rand.N(delay)) {
				return nil, err
			}
			delay *= 2
		}
	})
}

// hungUp tells what sshd does over MaxStartups, and a network that drops connections, from all other failures.
func hungUp(err error) bool {
	if !errors.Is(err, ErrUnreachable) {
		return false
	}
	for _, cause := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

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
