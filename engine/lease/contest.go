package lease

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/muster-run/muster/engine/transport"
)

// view only asks who holds the hosts, to tell it: whoever does not answer soon is left out.
func view(ctx context.Context, hosts []*host) []result {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return each(hosts, func(h *host) result {
		defer h.hangUp()
		s, err := h.ask(within, look, token{}, token{}, nil)
		if err != nil || s.token == nil {
			return result{host: h}
		}
		held, _ := h.holder(within, *s.token)
		if held != nil && !h.alive(held) {
			held = nil
		}
		return result{host: h, held: held}
	})
}

// take makes the host's lease ours. held is set when another run has it.
func (h *host) take(ctx context.Context) (held *HeldHost, err error) {
	var s state
	for try := range attempts {
		if try > 0 && !pause(ctx, time.Duration(try)*(50*time.Millisecond+rand.N(50*time.Millisecond))) {
			return nil, h.unreachable(ctx, context.Cause(ctx))
		}
		s, err = h.ask(ctx, create, token{}, h.ours(1), h.record())
		switch {
		case err != nil && try == 0 && errors.Is(err, transport.ErrUnreachable) && h.asked:
			continue // the connection was lost on the way; the same line does no harm again
		case err != nil:
			return nil, err
		case h.mine(s):
			if there := s.owner.Host; there != "" && there != oneLine(h.target.Host) {
				h.twin = there
			}
			return nil, nil
		case s.token == nil:
			continue // it went this moment, or something else stands there
		}
		var ours bool
		if held, ours, err = h.contest(ctx, *s.token); ours || err != nil {
			return nil, err
		} else if held != nil {
			return held, nil
		}
	}
	if s.token != nil {
		return &HeldHost{Host: h.target.Host}, nil
	}
	return nil, h.foreign(s.complaint)
}

// contest looks at a token that is not ours, and takes it when nobody renews it any more. None of the three results means
// that it changed meanwhile.
func (h *host) contest(ctx context.Context, theirs token) (held *HeldHost, ours bool, err error) {
	held, err = h.holder(ctx, theirs)
	if held == nil || err != nil {
		return nil, false, err
	}
	if h.alive(held) {
		return held, false, nil
	}
	s, err := h.ask(ctx, take, theirs, h.ours(1), h.record())
	return nil, err == nil && h.mine(s), err
}

// alive reports whether a lease binds us.
func (h *host) alive(held *HeldHost) bool {
	return held.Quiet <= h.opts.Stale && !h.opts.Dead(held.Owner)
}

// holder reads whose a token is and how old. nil: it is not there any more.
func (h *host) holder(ctx context.Context, theirs token) (*HeldHost, error) {
	s, err := h.ask(ctx, look, theirs, token{}, nil)
	if err != nil || s.token == nil || *s.token != theirs || s.now == 0 || s.tick == 0 {
		return nil, err
	}
	held := &HeldHost{Host: h.target.Host, Owner: s.owner.Owner, Quiet: s.quiet()}
	held.Owner.Since = time.Time{}
	if s.since != 0 {
		held.Owner.Since = h.opts.Now().Add(-s.age())
	}
	return held, nil
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
