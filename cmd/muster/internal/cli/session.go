package cli

import (
	"context"
	"fmt"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

// session is a loaded run with the plugins that serve it. Close it.
type session struct {
	*engine.Run
	plugins func()
}

func (s *session) close() {
	s.Run.Close()
	s.plugins()
}

// load starts the plugins and does everything that needs no host.
func (a *app) load(ctx context.Context, f *runFlags, playbook string, sinks ...event.Sink) (*session, diag.Diagnostics, error) {
	o, err := f.options(a, playbook)
	if err != nil {
		return nil, nil, err
	}
	modules, stop, err := a.modules(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	o.Modules, o.Dialer, o.Sinks = modules, dialer(), sinks
	run, ds := engine.Load(ctx, o)
	return &session{run, stop}, ds.Sorted(), nil
}

// ready is load for commands that go on only with a right playbook: warnings are shown, errors end it.
func (a *app) ready(ctx context.Context, f *runFlags, playbook string, sinks ...event.Sink) (*session, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if len(f.inventories) == 0 {
		return nil, problem(noInventory())
	}
	s, ds, err := a.load(ctx, f, playbook, sinks...)
	if err != nil {
		return nil, err
	}
	if ds.HasErrors() {
		s.close()
		return nil, problems{ds, s.Files()}
	}
	a.show(problems{ds, s.Files()})
	for _, note := range s.Plan().Notes {
		fmt.Fprintln(a.Err, "Note: "+note)
	}
	return s, nil
}

// scope says how much a plan covers.
func (s *session) scope() string {
	p := s.Plan()
	kinds := map[addr.Kind]int{}
	for _, b := range p.Blocks {
		kinds[b.Addr.Kind]++
	}
	text := plural(len(p.Plays), "play") + ", " + plural(kinds[addr.Task], "task")
	if n := kinds[addr.Handler]; n > 0 {
		text += ", " + plural(n, "handler")
	}
	if n := len(p.Hosts); n > 0 {
		text += ", " + plural(n, "host")
	}
	return text
}
