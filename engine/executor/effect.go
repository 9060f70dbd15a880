package executor

import (
	"context"
	"fmt"

	"github.com/muster-run/muster/plugins/sdk"
)

// effect notes what is about to be sent. The strongest effect decides what an interrupted node is.
func (c *nodeConn) effect(e sdk.Effect) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e == sdk.Once || e == sdk.Idempotent && c.sent != sdk.Once {
		c.sent = e
	}
}

// before is called ahead of every operation that changes the host. The markers of the handlers that the node would notify
// are left first, so that a restart that will be owed survives whatever comes next; then what is about to be sent stands in
// the journal, so that whoever finds the run broken off knows of it.
func (c *nodeConn) before(ctx context.Context, e sdk.Effect, what string) error {
	if e == sdk.Read || e == "" {
		return nil
	}
	if err := c.leaveOwed(ctx); err != nil {
		c.mu.Lock()
		c.markErr = err
		c.mu.Unlock()
		return fmt.Errorf("note the handlers that will be owed: %w", err)
	}
	if err := c.announce(ctx, e, what); err != nil {
		return err
	}
	c.effect(e)
	return nil
}

// announce has an effect recorded; it may be sent once that is durable, if the host is still this run's.
func (c *nodeConn) announce(ctx context.Context, e sdk.Effect, what string) error {
	err := c.exec.record.effect(ctx, c.node, c.attempt, e, c.exec.redact.String(what))
	if why := c.host.lost.Load(); why != nil {
		err = &notOurs{*why}
	}
	if err != nil {
		c.mu.Lock()
		c.heldErr = err
		c.mu.Unlock()
	}
	return err
}

// notOurs is the error of what was not sent because another run may have the host.
type notOurs struct{ why string }

func (e *notOurs) Error() string { return "it was not sent: " + e.why }
