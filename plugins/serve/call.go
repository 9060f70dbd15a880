package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/internal/wire"
	"github.com/muster-run/muster/plugins/sdk"
)

// call decodes a request and runs do in a goroutine of its own, so that neither a panic nor runtime.Goexit in a module
// takes more than this call with it.
func (s *server) call(ctx context.Context, m *pb.CallRequest, report sdk.Reporter, do func(context.Context, *served, *sdk.Request) error) error {
	mod := s.modules[m.GetModule()]
	if mod == nil {
		return fmt.Errorf("this plugin has no module %q", m.GetModule())
	}
	req, c, err := mod.shape.DecodeCall(m)
	if err != nil {
		return err
	}
	s.connect.Lock()
	engine := s.engine
	s.connect.Unlock()
	if engine == nil {
		return errors.New("the engine called a module before Describe")
	}

	life, end := context.WithCancel(ctx)
	defer end()
	conn := &conn{
		engine: engine, grant: &pb.Grant{Id: c.Grant, Host: req.Host.Name}, life: life, memories: &s.shells,
	}
	req.Conn, req.Report = conn, report
	ctx, forget := s.calls.begin(life, c)
	defer forget()
	return contain(mod.name, conn, func() error { return do(ctx, mod, req) })
}

// contain runs f and turns its panic into a failure. The stack goes to the plugin's log, not to the user.
func contain(module string, c *conn, f func() error) error {
	result := make(chan error, 1)
	go func() {
		err := errors.New("the module ended its own goroutine")
		returned := false
		defer func() {
			p := recover()
			if p != nil {
				fmt.Fprintf(os.Stderr, "panic in module %s: %v\n%s", module, p, debug.Stack())
				err = fmt.Errorf("panic: %v", p)
			}
			if !returned {
				err = c.crashed(module, err)
			}
			result <- err
		}()
		err = f()
		returned = true
	}()
	return <-result
}

// crashed is the failure of a call whose module did not return.
func (c *conn) crashed(module string, err error) error {
	f := &sdk.Failure{
		Class:   sdk.Failed,
		Summary: fmt.Sprintf("module %s crashed", module),
		Why:     err.Error(),
		State:   "nothing was sent to the host that could change it",
		Do:      []string{"This is a bug of the module: report it to its author with the plugin's log (-v)."},
	}
	if c.effects.Load() {
		f.Class = sdk.Uncertain
		f.State = "commands that change the host had been sent; how far they got is not known"
	}
	return f
}

// calls holds the running calls by id, to cancel them.
type calls struct {
	mu      sync.Mutex
	running map[string]context.CancelFunc
	early   []string // cancelled before they began: RPCs may overtake each other
}

// begin makes the context of a call: it ends at the call's deadline, when the call is cancelled, and with ctx.
func (c *calls) begin(ctx context.Context, call wire.Call) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.CancelFunc(func() {})
	if call.Left > 0 {
		ctx, stop = context.WithDeadline(ctx, time.Now().Add(call.Left))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range c.early {
		if id == call.ID {
			cancel()
		}
	}
	if c.running == nil {
		c.running = map[string]context.CancelFunc{}
	}
	c.running[call.ID] = cancel
	return ctx, func() {
		c.mu.Lock()
		delete(c.running, call.ID)
		c.mu.Unlock()
		stop()
		cancel()
	}
}

func (c *calls) cancel(id string) {
	const remembered = 64
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.running[id]; cancel != nil {
		cancel()
		return
	}
	c.early = append(c.early, id)
	if len(c.early) > remembered {
		c.early = c.early[1:]
	}
}
