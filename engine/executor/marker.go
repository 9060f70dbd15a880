package executor

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// pendingDir holds one file per handler that the host is owed, named after the handler. The file is there before the
// first effect of a task that notifies, and goes when the handler has done its work; so a restart that is owed survives
// a crash, another control machine and a lost journal.
const pendingDir = "~/.muster/pending"

// marker is what a pending file says to a person who looks into it.
type marker struct {
	Handler string    `json:"handler"`
	Because string    `json:"because"`
	Since   time.Time `json:"since"`
}

func markerPath(handler addr.Block) string { return path.Join(pendingDir, handler.String()) }

// leaveMarkers writes the markers of the handlers that node may notify.
func (e *Executor) leaveMarkers(node int) func(context.Context, *nodeConn) error {
	notify := e.plan.Nodes[node].Notify
	if len(notify) == 0 {
		return nil
	}
	return func(ctx context.Context, c *nodeConn) error {
		t, err := c.transport(ctx)
		if err != nil {
			return err
		}
		for _, h := range notify {
			block := e.plan.Nodes[h].Addr.Block
			c.claim(block)
			if c.host.marked(block) {
				continue
			}
			if err := c.announce(ctx, sdk.Idempotent, "leave "+markerPath(block)); err != nil {
				return err
			}
			if err := e.leaveMarker(ctx, t, h, node); err != nil {
				return c.seen(err)
			}
			c.left = append(c.left, block)
		}
		return nil
	}
}

// withdraw takes away the markers that an attempt left for nothing: it sent something, and it turned out to change
// nothing. A marker that another attempt relies on stays.
func (e *Executor) withdraw(ctx context.Context, c *nodeConn) error {
	for _, block := range c.left {
		if c.host.claims(block) > 1 {
			continue
		}
		if err := e.unmark(ctx, c, block); err != nil {
			return err
		}
	}
	c.left = nil
	return nil
}

func (e *Executor) leaveMarker(ctx context.Context, t transport.Transport, handler, because int) error {
	block := e.plan.Nodes[handler].Addr.Block
	host := e.hostOf(handler)
	text, err := json.Marshal(marker{block.String(), e.plan.Nodes[because].Addr.Instance.String(), e.now().UTC()})
	if err != nil {
		return err
	}
	if err := t.MkdirAll(ctx, pendingDir); err != nil {
		return err
	}
	if err := t.Put(ctx, markerPath(block), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", markerPath(block), err)
	}
	host.mark(block, true)
	return nil
}

// readMarkers looks once per host, at its first contact, for what earlier runs left owed. The handlers found are notified
// with the first node of the host that ends. A plan looks on every host: it shows also what another playbook left.
func (e *Executor) readMarkers(ctx context.Context, c *nodeConn) error {
	if c.host.markersRead() || len(c.host.handlers) == 0 && e.mode == event.Apply {
		return nil
	}
	t, err := c.transport(ctx)
	if err != nil {
		return err
	}
	names, err := t.ReadDir(ctx, pendingDir)
	if err != nil {
		return fmt.Errorf("read %s: %w", pendingDir, c.seen(err))
	}
	c.host.setMarkers(names)
	return nil
}

// settlers maps the node whose good end pays a handler's debt to that handler: the last of its health blocks on the
// host, or the handler itself when it has none. A host whose restart is done but whose health was never proved stays
// marked, so that the next run looks again.
func settlers(p *plan.Plan) map[int]int {
	last := map[addr.Node]int{} // handler's address -> node
	handler := map[addr.Node]int{}
	for n, node := range p.Nodes {
		switch p.Spec.Nodes[n].Role {
		case schedule.Handler:
			last[node.Addr], handler[node.Addr] = n, n
		case schedule.Health:
			of := node.Addr
			of.Kind, of.Name, of.Of = addr.Handler, strings.TrimPrefix(of.Of, string(addr.Handler)+"."), ""
			if prev, ok := last[of]; ok && (prev == handler[of] || p.Spec.Nodes[n].Rank > p.Spec.Nodes[prev].Rank) {
				last[of] = n
			}
		}
	}
	out := make(map[int]int, len(last))
	for a, n := range last {
		out[n] = handler[a]
	}
	return out
}

// settle removes the marker of the handler whose debt the good end of node pays.
func (e *Executor) settle(ctx context.Context, c *nodeConn, node int) error {
	handler, ok := e.settles[node]
	if !ok {
		return nil
	}
	if e.mode == event.Plan {
		return nil
	}
	if err := e.readMarkers(ctx, c); err != nil { // an earlier process may have left it, and this is its host's first node
		return err
	}
	block := e.plan.Nodes[handler].Addr.Block
	if !c.host.marked(block) {
		return nil
	}
	return e.unmark(ctx, c, block)
}

func (e *Executor) unmark(ctx context.Context, c *nodeConn, block addr.Block) error {
	t, err := c.transport(ctx)
	if err != nil {
		return err
	}
	if err := c.announce(ctx, sdk.Idempotent, "remove "+markerPath(block)); err != nil {
		return err
	}
	if err := t.Remove(ctx, markerPath(block)); err != nil {
		return fmt.Errorf("remove %s: %w", markerPath(block), c.seen(err))
	}
	c.host.mark(block, false)
	return nil
}
