package executor

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// getLimit bounds a file that a module reads or has relayed.
const getLimit = 1 << 20

// nodeConn is the Conn of one attempt of one node: the host's connection, dialled at the first use, and the record of
// what was done through it, which says how the node ended when the connection or the module went away.
type nodeConn struct {
	exec    *Executor
	host    *hostState
	plugin  string
	node    string // whose effects the journal says they are
	attempt int

	// declared are the addresses that Dial may reach from here: the host's own and those in the host.data values that
	// the module declares.
	declared map[string]bool

	mu      sync.Mutex
	release func()
	live    transport.Transport
	dialErr error // why there is no connection
	lostErr error // why there is none any more
	markErr error // why the markers could not be left
	heldErr error // why an effect was held back: it could not be recorded, or the host is another run's
	sent    sdk.Effect
	handles map[string]bool // ids of the secrets that the attempt may use
	held    []*heldShell

	// marking is held while owed leaves the markers, so that no effect overtakes them; owed is nil once it has.
	marking sync.Mutex
	owed    func(context.Context, *nodeConn) error
	left    []addr.Block // handlers that this attempt left a marker for
	claimed []addr.Block // handlers whose marker it relies on, whoever left it
}

var _ sdk.Conn = (*nodeConn)(nil)

// transport returns the host's connection.
func (c *nodeConn) transport(ctx context.Context) (transport.Transport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live != nil && c.live.Err() == nil {
		return c.live, nil
	}
	if c.live != nil { // a server that restarts takes its connections along; the module goes on over a new one
		c.release()
		c.live, c.release = nil, nil
	}
	lease, err := c.dial(ctx)
	if err != nil {
		c.dialErr = err
		return nil, unreachable(err)
	}
	c.live, c.release, c.dialErr, c.lostErr = lease, lease.Release, nil, nil
	c.host.contacted.Store(true)
	c.host.used(lease.Transport)
	return lease, nil
}

func (c *nodeConn) dial(ctx context.Context) (*transport.Lease, error) {
	if c.host.barred != nil {
		return nil, fmt.Errorf("%w: %w", transport.ErrUnreachable, c.host.barred)
	}
	return c.exec.pool.Get(ctx, c.host.target)
}

// unreachable makes an error of the transport one that a module can recognise, whatever process it runs in.
func unreachable(err error) error {
	if err == nil || errors.Is(err, sdk.ErrUnreachable) || !errors.Is(err, transport.ErrUnreachable) {
		return err
	}
	return &lostHost{err}
}

// lostHost is an error of the transport in words that say once what it is.
type lostHost struct{ err error }

func (e *lostHost) Error() string   { return sdk.ErrUnreachable.Error() + ": " + cause(e.err) }
func (e *lostHost) Unwrap() []error { return []error{sdk.ErrUnreachable, e.err} }

// seen passes an error on and remembers it when the connection is gone.
func (c *nodeConn) seen(err error) error {
	if err == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	lost := err
	if c.live != nil && c.live.Err() != nil {
		lost = c.live.Err() // what the operation says of it is the same in other words
		err = fmt.Errorf("%w (%w)", lost, err)
	}
	if errors.Is(err, transport.ErrUnreachable) {
		c.lostErr = lost
	}
	return unreachable(err)
}

// ended is seen for a shell's end, which may come a moment before the connection's.
func (c *nodeConn) ended(err error) error {
	c.mu.Lock()
	live := c.live
	c.mu.Unlock()
	if live != nil {
		select {
		case <-live.Done():
		default:
		}
	}
	return c.seen(err)
}

func (c *nodeConn) leaveOwed(ctx context.Context) error {
	c.marking.Lock()
	defer c.marking.Unlock()
	if c.owed == nil {
		return nil
	}
	if err := c.owed(ctx, c); err != nil {
		return err
	}
	c.owed = nil
	return nil
}

func (c *nodeConn) claim(b addr.Block) {
	c.host.claim(b, 1)
	c.claimed = append(c.claimed, b)
}

// done gives everything back at the end of the attempt, also what the module forgot.
func (c *nodeConn) done() {
	c.mu.Lock()
	release, held := c.release, c.held
	c.release, c.live, c.handles, c.held = nil, nil, nil, nil
	c.mu.Unlock()
	for _, sh := range held {
		_ = sh.Close()
	}
	for _, b := range c.claimed {
		c.host.claim(b, -1)
	}
	if release != nil {
		release()
	}
}

// unnoted is why the markers could not be left, if they could not, and heldBack why the engine kept an effect from being sent.
func (c *nodeConn) unnoted() (markers, heldBack error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.markErr, c.heldErr
}

// fate tells how the connection ended and what had been sent by then.
func (c *nodeConn) fate() (sent sdk.Effect, dialErr, lostErr error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent, c.dialErr, c.lostErr
}
