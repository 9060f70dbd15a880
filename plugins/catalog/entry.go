package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/muster-run/muster/plugins/internal/pb"
	"github.com/muster-run/muster/plugins/sdk"
)

// maxRestarts is how often a plugin that died is started again.
const maxRestarts = 3

// entry is one plugin: where it is, and the process that serves it now.
type entry struct {
	catalog *Catalog
	name    string
	path    string
	args    []string
	modules []string // told by the caller, for bundled plugins
	bundled bool
	refused error // why it may not be started

	shells shellBook

	mu       sync.Mutex
	current  *process
	starts   int
	closed   bool
	response *pb.DescribeResponse // of the first process
	offers   *modules
}

// modules are what a plugin offers, as proxies.
type modules struct {
	names  []string // in the plugin's order
	byName map[string]sdk.Module
}

func (e *entry) lists(module string) bool { return slices.Contains(e.modules, module) }

func (e *entry) known() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.offers != nil {
		return e.offers.names
	}
	return e.modules
}

// offered starts the plugin, if that has not been done, and returns its modules.
func (e *entry) offered(ctx context.Context) (*modules, error) {
	e.mu.Lock()
	offers := e.offers
	e.mu.Unlock()
	if offers != nil {
		return offers, nil
	}
	if _, err := e.live(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.offers, nil
}

// live returns the link to a running process and starts one where there is none.
func (e *entry) live(ctx context.Context) (*link, error) {
	p, err := e.process()
	if err != nil {
		return nil, err
	}
	select {
	case <-p.ready:
		return p.link, p.err
	case <-ctx.Done():
		return nil, fmt.Errorf("start plugin %s: %w", e.name, ctx.Err())
	}
}

func (e *entry) process() (*process, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return nil, fmt.Errorf("plugin %s: %w", e.name, ErrClosed)
	case e.refused != nil:
		return nil, fmt.Errorf("plugin %s may not be started: %w", e.name, e.refused)
	case e.current != nil && !e.current.gone():
		return e.current, nil
	case e.current != nil && e.offers == nil:
		return e.current, nil // it never worked: its error says why
	case e.starts > maxRestarts:
		return nil, &sdk.Failure{
			Class: sdk.Failed, Summary: fmt.Sprintf("plugin %s died too often", e.name),
			Why: fmt.Sprintf("it was restarted %d times in this run: %s", maxRestarts, e.current.why()),
			Do:  []string{"See the plugin's log (-v), and report it to its author."}, Err: ErrPluginDied,
		}
	}
	e.starts++
	e.current = newProcess(e, e.starts)
	go e.current.run()
	return e.current, nil
}

// describe takes a process's description: the first one makes the modules, every later one must be the same.
func (e *entry) describe(m *pb.DescribeResponse) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.response != nil {
		if !proto.Equal(e.response, m) {
			return errors.New("it was replaced while the run was going on: its modules are not what they were")
		}
		return nil
	}
	offers, err := newModules(e, m)
	if err != nil {
		return err
	}
	for _, name := range e.modules {
		if offers.byName[name] == nil {
			return fmt.Errorf("it does not offer the module %s, which it should", name)
		}
	}
	e.response, e.offers = m, offers
	return nil
}

func (e *entry) close() {
	e.mu.Lock()
	e.closed = true
	p := e.current
	e.mu.Unlock()
	if p == nil {
		return
	}
	p.kill("the run has ended")
	<-p.ready
	<-p.dead
}
