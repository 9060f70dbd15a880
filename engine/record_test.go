package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/secret"
)

// project is a playbook and an inventory on disk, with a store of journals.
type project struct {
	t     *testing.T
	world *world
	dir   string
	state string
}

// scratch is a directory in memory, where there is one: these tests sync a lot.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "muster-test")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func newProject(t *testing.T, w *world, src string) *project {
	t.Helper()
	p := &project{t: t, world: w, dir: t.TempDir(), state: scratch(t)}
	p.write("play.hcl", src)
	p.write("fleet.inv.hcl", fleet)
	return p
}

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) options() engine.Options {
	return engine.Options{Playbook: filepath.Join(p.dir, "play.hcl"), Inventories: []string{filepath.Join(p.dir, "fleet.inv.hcl")},
		WorkDir: p.dir, Modules: testModules, Dialer: p.world}
}

// begin makes the journal of run 1.
func (p *project) begin(s *journal.Store, loaded *engine.Run) *journal.Writer {
	p.t.Helper()
	key, err := secret.UserKey(filepath.Join(p.state, "keys"))
	if err != nil {
		p.t.Fatal(err)
	}
	w, err := s.Create(loaded.Begin(key), journal.Process{})
	if err != nil {
		p.t.Fatal(err)
	}
	return w
}

// store is a store of its own below the project's, by name.
func (p *project) store(name string) *journal.Store {
	p.t.Helper()
	s, err := journal.Open(filepath.Join(p.state, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// process is one process at work on a run.
type process struct {
	*project
	store  *journal.Store
	change []func(*engine.Options)
	walk   func(*engine.Walk) // changes to how it is carried out
	front  func(*journal.Writer) recorder
}

// recorder is what stands between the executor and the Writer.
type recorder interface {
	Append(journal.Record) journal.Ticket
	Wait(context.Context, journal.Ticket) error
	Failed() <-chan struct{}
	Err() error
}

// run begins run 1, or goes on with it.
func (p process) run(resume bool) run {
	p.t.Helper()
	var r run
	o := p.options()
	o.Sinks = []event.Sink{event.SinkFunc(func(e event.Event) { r.events = append(r.events, e) })}
	for _, c := range p.change {
		c(&o)
	}
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	walk := engine.Walk{Mode: event.Apply, Number: 1}
	var w *journal.Writer
	var err error
	if resume {
		w, walk.Earlier, err = p.store.Continue(1, journal.Process{Resumed: true})
	}
	if err != nil {
		p.t.Fatal(err)
	}
	loaded, ds := engine.Load(ctx, o)
	defer loaded.Close()
	if ds.HasErrors() {
		p.t.Fatalf("load: %+v", ds)
	}
	if !resume {
		w = p.begin(p.store, loaded)
	}
	defer w.Close()
	walk.Journal = w
	if p.front != nil {
		walk.Journal = p.front(w)
	}
	if c, ok := walk.Journal.(*cut); ok {
		c.kill = cancel
	}
	if p.walk != nil {
		p.walk(&walk)
	}
	if r.Summary, err = loaded.Walk(ctx, walk); err != nil {
		p.t.Fatal(err)
	}
	return r
}

// errCut is what the executor hears of a journal whose process is dead.
var errCut = errors.New("this process is dead")

// cut is a journal that kills its process before record number at: what stands on disk then is all that is left of it. With
// lost, also what was not waited for is lost, as when the power goes.
type cut struct {
	*journal.Writer
	world *world
	path  string // of the journal
	to    string // where its bytes are kept
	at    int
	lost  bool
	kill  context.CancelFunc

	mu     sync.Mutex
	count  int
	dead   bool
	last   journal.Ticket
	synced int64
}

func (c *cut) Append(r journal.Record) journal.Ticket {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	if c.count == c.at {
		c.die()
	}
	if c.dead {
		return journal.Ticket{}
	}
	c.last = c.Writer.Append(r)
	return c.last
}

func (c *cut) die() {
	c.dead = true
	c.world.die()
	if !c.lost {
		_ = c.Writer.Wait(context.Background(), c.last)
	}
	b, err := os.ReadFile(c.path)
	if err != nil {
		panic(err)
	}
	if c.lost {
		b = b[:c.synced]
	}
	if err := os.MkdirAll(filepath.Dir(c.to), 0o700); err != nil {
		panic(err)
	}
	if err := os.WriteFile(c.to, b, 0o600); err != nil {
		panic(err)
	}
	c.kill()
}

func (c *cut) Wait(ctx context.Context, t journal.Ticket) error {
	err := c.Writer.Wait(ctx, t)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return errCut
	}
	if info, statErr := os.Stat(c.path); statErr == nil {
		c.synced = info.Size()
	}
	return err
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
