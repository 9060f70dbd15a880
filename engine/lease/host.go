package lease

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/muster-run/muster/engine/transport"
)

// host is one host and what we know of its lease. It is used by one goroutine at a time.
type host struct {
	opts   Options
	target transport.Target
	conn   *transport.Lease // kept while the lease is: it is needed again in half a minute
	n      int              // number of our token, as far as we know
	twin   string           // the other name under which we hold this lease
	asked  bool             // our token may be there
	taken  bool             // it is another's now
}

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// connection returns the live connection, a new one when the last has died or cannot be proved alive. It is kept, so that
// the pool does not close it between two renewals.
func (h *host) connection(ctx context.Context) (*transport.Lease, error) {
	conn, err := h.opts.Pool.Get(ctx, h.target)
	h.hangUp()
	if err == nil {
		h.conn = conn
	}
	return conn, err
}

func (h *host) hangUp() {
	if h.conn != nil {
		h.conn.Release()
		h.conn = nil
	}
}

// ask runs a line on the host. Where its error is of the host and not of ctx, it is an *sdk.Failure.
func (h *host) ask(ctx context.Context, text string, from, to token, stdin []byte) (state, error) {
	conn, err := h.connection(ctx)
	if err != nil {
		return state{}, h.unreachable(ctx, err)
	}
	me := h.opts.Owner.ID
	if text != look {
		h.asked = true
	}
	res, err := conn.Run(ctx, line(text, me, "tmp."+randomID(), from, to), stdin)
	if err != nil {
		return state{}, h.unreachable(ctx, err)
	}
	s, ok := parse(me, string(res.Stdout))
	s.complaint = complaint(res)
	if !ok {
		return state{}, h.refused(s.complaint)
	}
	return s, nil
}

// mine reports whether the answer shows our token, and remembers its number.
func (h *host) mine(s state) bool {
	if s.token == nil || s.token.id != h.opts.Owner.ID {
		return false
	}
	h.n = s.token.n
	return true
}

// record is what owner.json is to hold here.
func (h *host) record() []byte {
	return encode(record{Owner: h.opts.Owner, Host: h.target.Host})
}

// ours is our token with its number n.
func (h *host) ours(n int) token { return token{h.opts.Owner.ID, n} }

// errTaken says that the lease is not ours any more.
var errTaken = errors.New("the lease is not ours")

// renew proves that the lease is still ours, for another stale time from now. Its error wraps errTaken when it is not;
// owner is then who has it, if known.
func (h *host) renew(ctx context.Context) (*Owner, error) {
	missing := 0
	for {
		before := h.n
		s, err := h.ask(ctx, renew, h.ours(before), h.ours(before+1), nil)
		switch {
		case err != nil:
			return nil, err
		case !h.mine(s):
			// A directory that is being changed may be listed without what is in it.
			if missing++; missing > 1 {
				h.taken = true
				return ownerOf(s), h.lost(s)
			}
		case h.n == before+1:
			return nil, nil
		case h.n == before:
			return nil, h.refused(s.complaint)
		default:
			// An earlier renewal was done and its answer lost, or a twin was faster: go on from there.
		}
		if ctx.Err() != nil {
			return nil, h.unreachable(ctx, context.Cause(ctx))
		}
	}
}

func ownerOf(s state) *Owner {
	if s.owner.ID == "" {
		return nil
	}
	return &s.owner.Owner
}

// release gives the lease back, if it is ours.
func (h *host) release(ctx context.Context) error {
	defer h.hangUp()
	if !h.asked || h.taken {
		return nil
	}
	var s state
	for range attempts {
		before := max(h.n, 1)
		var err error
		if s, err = h.ask(ctx, release, h.ours(before), h.ours(before+1), nil); err != nil || !h.mine(s) {
			return err
		}
	}
	return h.stays(s.complaint)
}

// attempts is how often what another may have disturbed is tried again.
const attempts = 5

// quiet is how long ago, by the host's clock, the token was renewed.
func (s state) quiet() time.Duration { return time.Duration(max(0, s.now-s.tick)) * time.Second }

// age is how long ago the lease was taken.
func (s state) age() time.Duration { return time.Duration(max(0, s.now-s.since)) * time.Second }
