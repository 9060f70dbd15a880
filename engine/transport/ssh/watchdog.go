package ssh

import (
	"fmt"
	"time"
)

const keepalive = "keepalive@openssh.com"

// watch closes the connection when nothing came from the host for misses intervals. A keepalive alone would be none:
// on a half-open connection the library waits for its answer for ever, as it does for everything else.
func (c *conn) watch(interval time.Duration, misses int) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	seen, silent := c.raw.received.Load(), 0
	for {
		select {
		case <-c.done:
			return
		case <-ticker.C:
		}
		if now := c.raw.received.Load(); now != seen {
			seen, silent = now, 0
		} else {
			silent++
		}
		// The first interval of silence is the one before the first question.
		if silent > 0 && silent >= misses-1 {
			c.end(fmt.Errorf("no answer for %s (%d × %s)", time.Duration(misses)*interval, misses, interval))
			return
		}
		select {
		case c.asking <- struct{}{}:
			if !c.start(func() { _ = c.ask() }) {
				return
			}
		default:
		}
	}
}

// ask sends a keepalive and waits for its answer; the caller has put a token into asking, which ask takes out. There is one
// question at a time: the library has a second one wait for a lock until the first is answered, out of reach of any clock.
func (c *conn) ask() error {
	defer func() { <-c.asking }()
	_, _, err := c.client.SendRequest(keepalive, true, nil)
	return err
}
