package broadworks

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/muster-run/muster/plugins/sdk"
)

// dialLimit ends one try of a port.
const dialLimit = 5 * time.Second

// target is a port that is watched through a restart.
type target struct {
	address netip.Addr
	port    int

	openBefore bool
	openNow    bool
	closedSeen bool // a try was refused since restartbw was typed
	cut        bool // the held connection was cut while that proves something

	held    net.Conn
	dropped chan struct{} // closed when the held connection ended
}

// dial tries the port from the control machine, then from the host itself.
func (t *target) dial(ctx context.Context, conn sdk.Conn) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	c, err := conn.Dial(ctx, sdk.Dial{Address: t.address.String(), Port: t.port, From: sdk.FromControl})
	if err != nil && !refused(err) {
		c, err = conn.Dial(ctx, sdk.Dial{Address: t.address.String(), Port: t.port, From: sdk.FromHost})
	}
	return c, err
}

// hold opens a connection and keeps it: the old process takes it along when it ends, however short the gap is.
func (t *target) hold(ctx context.Context, conn sdk.Conn) {
	c, err := t.dial(ctx, conn)
	if err != nil {
		return
	}
	t.openBefore, t.held, t.dropped = true, c, make(chan struct{})
	go func() {
		defer close(t.dropped)
		_, _ = c.Read(make([]byte, 1)) // a TLS server says nothing before its client does
	}()
}

// look tries the port once and reports whether it answers.
func (t *target) look(ctx context.Context, conn sdk.Conn, dropsCount bool) bool {
	if t.held != nil && dropsCount {
		select {
		case <-t.dropped:
			t.cut = true
		default:
		}
	}
	c, err := t.dial(ctx, conn)
	t.openNow = err == nil
	if err == nil {
		_ = c.Close()
	} else if refused(err) {
		t.closedSeen = true
	}
	return t.openNow
}

// sign is what the port tells about a restart, "" when nothing.
func (t *target) sign() string {
	switch {
	case t.openBefore && t.closedSeen && t.openNow:
		return fmt.Sprintf("port %d was closed and is open again", t.port)
	case t.openBefore && t.cut && t.openNow:
		return fmt.Sprintf("connections to port %d were cut, and it is open again", t.port)
	case !t.openBefore && t.openNow:
		return fmt.Sprintf("port %d was closed before and is open", t.port)
	}
	return ""
}

func (j *restartJob) portProof() string {
	for _, t := range j.targets {
		if s := t.sign(); s != "" {
			return s
		}
	}
	return ""
}

// anySign reports whether anything at all was seen, also of ports that are not back.
func (j *restartJob) anySign() bool {
	for _, t := range j.targets {
		if t.closedSeen && t.openBefore || t.cut || t.sign() != "" {
			return true
		}
	}
	return false
}

// release lets the held connections go and waits for their readers.
func (j *restartJob) release() {
	for _, t := range j.targets {
		if t.held != nil {
			_ = t.held.Close()
			<-t.dropped
		}
	}
}
