package sim

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/executor"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/secret"
)

// controller is a control machine: a state directory, one run, and as many processes for it as it takes.
type controller struct {
	w     *world
	name  string
	skew  time.Duration
	store *journal.Store
	key   *secret.Key
	opts  engine.Options
	bug   *bug

	policy policy
	dooms  []doom

	run       int // its number; 0: none begun
	processes []*process
	promoted  time.Time // when somebody said so
}

func newController(t testing.TB, w *world, name, dir, book, inventory string, b *bug) *controller {
	t.Helper()
	c := &controller{w: w, name: name, bug: b}
	var err error
	if c.store, err = journal.Open(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	if c.key, err = secret.UserKey(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	c.opts = engine.Options{Playbook: book, Inventories: []string{inventory}, Vars: map[string]string{"run": name}, WorkDir: dir, Version: "1.0.0"}
	return c
}

// result is how a process ended.
type result struct {
	summary *event.Summary // nil: it was killed, or did not begin
	held    *lease.Held
	err     error
	diags   diag.Diagnostics
}

func (r result) String() string {
	switch {
	case r.held != nil:
		return "held: " + r.held.Error()
	case r.summary != nil:
		return fmt.Sprintf("exit %d %v held back %v, control %q", r.summary.ExitCode, r.summary.Hosts, r.summary.HeldBack, r.summary.ControlFailed)
	case r.diags.HasErrors():
		return fmt.Sprintf("refused: %+v", r.diags)
	}
	return fmt.Sprint("no summary: ", r.err)
}

// once is one process: apply, or resume when the run has begun.
func (c *controller) once(ctx context.Context, d doom) result {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &process{w: c.w, name: fmt.Sprintf("%s%d", c.name, len(c.processes)+1), run: c, doom: d, cancel: cancel}
	c.processes = append(c.processes, p)
	o := c.opts
	o.Modules, o.Dialer = c.bug.modules(), c.bug.dialer(p)
	p.sink, p.steer = &events{p: p}, make(chan executor.Steering, 8)
	o.Sinks = []event.Sink{p.sink}
	r, ds := engine.Load(ctx, o)
	defer r.Close()
	if ds.HasErrors() {
		return result{diags: ds}
	}
	who := journal.Process{User: "op", Machine: c.name, PID: len(c.processes), Resumed: c.run > 0}
	w, earlier, err := c.journal(r, who)
	if err != nil {
		return result{err: err}
	}
	p.path, p.first = c.store.Path(c.run), records(c.store.Path(c.run))
	p.tap = c.bug.tap(newTap(p, w))
	p.tap.failAt = d.failAt
	p.sink.then = p.tap
	out := p.walk(ctx, r, earlier)
	_ = w.Close()
	if p.isDead() {
		if err := p.tap.lose(p.path, p.first, d.power, c.w.some); err != nil {
			out.err = errors.Join(out.err, err)
		}
		out.summary = nil
	}
	return out
}

func (c *controller) journal(r *engine.Run, who journal.Process) (*journal.Writer, *journal.State, error) {
	if c.run > 0 {
		return c.store.Continue(c.run, who)
	}
	b := r.Begin(c.key)
	b.Command = []string{"apply"}
	w, err := c.store.Create(b, who)
	if err == nil {
		c.run = w.Run()
	}
	return w, nil, err
}

// walk takes the lease and carries the run out.
func (p *process) walk(ctx context.Context, r *engine.Run, earlier *journal.State) result {
	c := p.run
	p.arm()
	defer p.disarm()
	held, err := p.lock(ctx, r)
	var taken *lease.Held
	if errors.As(err, &taken) {
		return result{held: taken, err: err}
	} else if err != nil {
		return result{err: err}
	}
	walk := engine.Walk{Mode: event.Apply, Number: c.run, Journal: p.tap, Earlier: earlier, Stop: p.stop,
		Steer: p.steer, Attended: c.policy.attended, Seed: uint64(len(c.processes))}
	if held != nil {
		walk.Lease = held
		defer func() { _ = held.Release(context.WithoutCancel(ctx)) }()
	}
	return p.walks(ctx, r, walk)
}

// walks goes on, in the same process, with a run that a rollout's rule has paused, as long as somebody is there to say so.
func (p *process) walks(ctx context.Context, r *engine.Run, walk engine.Walk) result {
	for n := 0; ; n++ {
		s, err := r.Walk(ctx, walk)
		if s == nil || !s.Paused || n == 2 || p.isDead() || ctx.Err() != nil {
			return result{summary: s, err: err}
		}
		pause(ctx, p.w.draw(2*time.Minute))
		if walk.Earlier, err = p.run.store.Read(p.run.run); err != nil {
			return result{err: err}
		}
	}
}

func (p *process) lock(ctx context.Context, r *engine.Run) (*lease.Lease, error) {
	c := p.run
	if c.bug != nil && c.bug.noLease {
		return nil, nil
	}
	return r.Lock(ctx, lease.Options{
		Owner: lease.Owner{Run: c.run, User: "op", Machine: c.name, PID: len(c.processes), Reason: "apply"},
		Now:   func() time.Time { return time.Now().Add(c.skew) },
		Dead:  func(o lease.Owner) bool { return o.Machine == c.name && o.Run == c.run },
	})
}
