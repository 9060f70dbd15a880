package ssh

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// countedConn counts what the host sends, and notes when: any byte is a sign of life, also under a keepalive that is stuck
// behind a long upload.
type countedConn struct {
	net.Conn
	wall     func() time.Time
	began    time.Time
	received atomic.Int64
	at       atomic.Int64 // of the last byte, in nanoseconds since began
	atWall   atomic.Int64 // the same by the wall clock, since 1970
}

func newCounted(c net.Conn, wall func() time.Time) *countedConn {
	counted := &countedConn{Conn: c, wall: wall, began: time.Now()}
	counted.note()
	return counted
}

func (c *countedConn) note() {
	c.at.Store(int64(time.Since(c.began)))
	c.atWall.Store(c.wall().UnixNano())
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.received.Add(int64(n))
		c.note()
	}
	return n, err
}

// silence is for how long nothing came, by whichever clock says more: while this machine sleeps, only the wall clock goes
// on.
func (c *countedConn) silence() time.Duration {
	return max(time.Since(c.began)-time.Duration(c.at.Load()), time.Duration(c.wall().UnixNano()-c.atWall.Load()))
}

// proveWithin is how long a host may take to give a sign of life before its connection is used again.
const proveWithin = 10 * time.Second

// Prove makes sure that the host is still there, when this process or its machine may have slept: the watchdog, which else
// sees to it, slept with it. It costs nothing when the host was heard of lately. A connection that is not answered is
// closed; the error then is Err's, else ctx's.
func (c *conn) Prove(ctx context.Context) error {
	if c.Err() != nil || c.raw.silence() <= 2*c.opts.Keepalive {
		return c.Err()
	}
	within, cancel := context.WithTimeout(ctx, proveWithin)
	defer cancel()
	switch {
	case c.lost(within):
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case within.Err() != nil:
		c.end(fmt.Errorf("no answer for %s, after a time in which this machine did not look", proveWithin))
	}
	return c.Err()
}
