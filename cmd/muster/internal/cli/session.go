package cli

import (
	"context"
	"io"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

// session is a loaded run with the plugins that serve it. Close it.
type session struct {
	*engine.Run
	plugins func()
	pulse   *pulse
	words   io.Writer // for people, while it runs
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
	p := &pulse{sinks: sinks}
	o.Modules, o.Dialer, o.Sinks = modules, dialer(), []event.Sink{p}
	run, ds := engine.Load(ctx, o)
	return &session{Run: run, plugins: stop, pulse: p, words: a.Err}, ds.Sorted(), nil
}

// ready is load for commands that go on only with a right playbook: warnings are shown, errors end it. A plan screen ends
// with the command next, if any.
func (a *app) ready(ctx context.Context, f *runFlags, playbook, next string) (*session, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	d := a.display(f)
	if len(f.inventories) == 0 {
		return nil, d.end(problem(noInventory()))
	}
	s, ds, err := a.load(ctx, f, playbook, d.sinks...)
	if err != nil {
		return nil, d.end(err)
	}
	if ds.HasErrors() {
		s.close()
		return nil, d.end(problems{ds, s.Files()})
	}
	d.say(problems{ds, s.Files()}, s.Plan().Notes)
	s.words = d.words
	if d.plain != nil {
		d.plain.Rollouts, d.plain.Printer, d.plain.Next = rollouts(s.Plan()), a.printer(s.Files()), next
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
