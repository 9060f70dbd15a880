package cli

import (
	"context"
	"io"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/plan"
)

// session is a loaded run with the plugins that serve it. Close it.
type session struct {
	*engine.Run
	plugins func()
	pulse   *pulse
	display *display // nil where nothing is run
	// pluginDirs are where the plugins were looked for: the engine does not know it.
	pluginDirs []string
	// excluded are the hosts that are left out although they were selected.
	excluded []plan.Excluded
	words    io.Writer // for people, while it runs
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
	return a.loadAs(ctx, f, o, sinks...)
}

// loadAs is load with options that were made already; of the flags only the plugin directories count.
func (a *app) loadAs(ctx context.Context, f *runFlags, o engine.Options, sinks ...event.Sink) (*session, diag.Diagnostics, error) {
	modules, stop, err := a.modules(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	p := &pulse{sinks: sinks}
	o.Modules, o.Dialer, o.Sinks = modules, dialer(), []event.Sink{p}
	run, ds := engine.Load(ctx, o)
	return &session{Run: run, plugins: stop, pulse: p, words: a.Err, pluginDirs: f.pluginDirs}, ds.Sorted(), nil
}

// ready is load for commands that go on only with a right playbook: warnings are shown, errors end it. A plan screen ends
// with the command next, if any.
func (a *app) ready(ctx context.Context, f *runFlags, playbook, next string) (*session, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if len(f.inventories) == 0 {
		return nil, a.display(f).end(problem(noInventory()))
	}
	o, err := f.options(a, playbook)
	if err != nil {
		return nil, err
	}
	return a.readyAs(ctx, f, o, next)
}

// readyAs is ready with options that were made already.
func (a *app) readyAs(ctx context.Context, f *runFlags, o engine.Options, next string) (*session, error) {
	d := a.display(f)
	s, ds, err := a.loadAs(ctx, f, o, d.sinks...)
	if err != nil {
		return nil, d.end(err)
	}
	if ds.HasErrors() {
		s.close()
		return nil, d.end(problems{Diagnostics: ds, sources: s.Files()})
	}
	d.say(problems{Diagnostics: ds, sources: s.Files()}, s.Plan().Notes)
	s.words, s.display = d.words, d
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
