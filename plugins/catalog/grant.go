package catalog

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// grants are the rights that one process has now: each is one call's right to the host of its node.
type grants struct {
	mu   sync.Mutex
	open map[string]*grant
}

// grant lasts as long as its call. Its context carries the values of the call's, and ends with the grant and not before:
// a module whose time is up may still press Ctrl-C.
type grant struct {
	id      string
	host    string
	conn    sdk.Conn
	ctx     context.Context
	cancel  context.CancelFunc
	effects atomic.Bool // an operation that may change the host was passed on
	running sync.WaitGroup
}

func (g *grants) give(ctx context.Context, host string, conn sdk.Conn) *grant {
	var id [16]byte
	rand.Read(id[:]) // never fails: crypto/rand ends the program instead
	n := &grant{id: hex.EncodeToString(id[:]), host: host, conn: conn}
	n.ctx, n.cancel = context.WithCancel(context.WithoutCancel(ctx))
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		g.open = map[string]*grant{}
	}
	g.open[n.id] = n
	return n
}

// end withdraws the grant, ends what runs under it, and waits until that has let go of the Conn.
func (g *grants) end(n *grant) {
	g.mu.Lock()
	delete(g.open, n.id)
	g.mu.Unlock()
	n.cancel()
	n.running.Wait()
}

// enter begins an operation under a grant, or says why it may not; leave it with running.Done.
func (g *grants) enter(m *pb.Grant, op *pb.Op) (*grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.open[m.GetId()]
	switch {
	case n == nil:
		return nil, fmt.Errorf("%w: no running call of this plugin has this grant; a module may use its connection only until its call returns", wire.ErrRefusedGrant)
	case n.host != m.GetHost():
		return nil, fmt.Errorf("%w: the grant is for the host %q, not for %q", wire.ErrRefusedGrant, n.host, m.GetHost())
	case n.conn == nil:
		return nil, fmt.Errorf("%w: this call has no connection", wire.ErrRefusedGrant)
	}
	n.running.Add(1)
	n.note(op)
	return n, nil
}

// note remembers that an operation may have changed the host.
func (n *grant) note(op *pb.Op) {
	if op != nil && wire.DecodeEffect(op) != sdk.Read {
		n.effects.Store(true)
	}
}

// join makes the context of one operation: it ends with the grant, and when the plugin gives up waiting.
func (n *grant) join(rpc context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(n.ctx)
	stop := context.AfterFunc(rpc, cancel)
	undo := func() { stop(); cancel() }
	if d, ok := rpc.Deadline(); ok {
		var done context.CancelFunc
		ctx, done = context.WithDeadline(ctx, d)
		return ctx, func() { done(); undo() }
	}
	return ctx, undo
}
