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
	asked := make(chan struct{}, 1) // holds a token while a keepalive is unanswered
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
		case asked <- struct{}{}:
			c.start(func() {
				_, _, _ = c.client.SendRequest(keepalive, true, nil)
				<-asked
			})
		default:
		}
	}
}
