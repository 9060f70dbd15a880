package engine_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

const owing = `
play "web" {
  hosts = "web"
  task "note" "one" {
    path   = "/one"
    text   = "x"
    notify = [handler.bounce]
  }
  #more
  handler "bounce" "bounce" {
    rollout {
      health "alive" "well" {}
    }
  }
}
`

// late writes its file, and fails where /slow is.
type late struct{ note }

func (l late) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	out, err := l.note.Apply(ctx, req)
	if _, slow := req.Conn.Get(ctx, "/slow"); slow == nil {
		return nil, errors.New("not verified in time")
	}
	return out, err
}

func withLate(o *engine.Options) {
	m := maps.Clone(testModules)
	m["late"] = late{}
	o.Modules = m
}

// A task that wrote and failed owes its restart to what it wrote: the process that finds it as it should be restarts for it,
// also where the handler had its turn before.
func TestRestartForWhatAFailedTaskWrote(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	var restarted []string
	w.effect = func(h, what string) {
		if what != "bounce" {
			return
		}
		if restarted = append(restarted, h); len(restarted) == 2 {
			w.hosts[h].cutAt = "bounce"
		}
	}
	p := newProject(t, w, owing)
	one := process{project: p, store: p.store("s"), change: []func(*engine.Options){withLate}}
	if r := one.run(false); r.ExitCode == 0 || len(restarted) != 2 {
		t.Fatalf("exit %d, restarted %v", r.ExitCode, restarted)
	}
	first, lost := restarted[0], restarted[1]
	p.write("play.hcl", strings.Replace(owing, "#more", `task "late" "two" {
    path   = "/two"
    text   = "y"
    notify = [handler.bounce]
  }`, 1))
	w.with(func() { w.hosts[lost].dialErr, w.hosts[first].files["/slow"] = nil, "x" })
	if r := one.run(true); r.ExitCode == 0 || w.file(first, "/two") != "y" {
		t.Fatalf("exit %d, /two is %q", r.ExitCode, w.file(first, "/two"))
	}
	w.with(func() { delete(w.hosts[first].files, "/slow") })
	r := one.run(true)
	if n := len(slices.DeleteFunc(w.said(), func(s string) bool { return s != first+": bounce" })); n != 2 || r.ExitCode != 0 {
		t.Errorf("exit %d: %s was restarted %d times, and /two was written after the first: %s", r.ExitCode, first, n, r.said())
	}
	if w.file(first, "~/.muster/pending/web.handler.bounce") != "" {
		t.Error("its marker is left")
	}
}

// dirs tells of every directory that is made, before it is.
type dirs struct {
	transport.Transport
	made func()
}

func (d *dirs) MkdirAll(ctx context.Context, name string) error {
	d.made()
	return d.Transport.MkdirAll(ctx, name)
}

// The directory of the markers is of what they leave on a host: it is not made before the journal says so.
func TestMarkersAreAnnounced(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, owing)
	s := p.store("s")
	var made atomic.Int32
	dialer := transport.DialerFunc(func(ctx context.Context, to transport.Target) (transport.Transport, error) {
		c, err := w.Dial(ctx, to)
		if err != nil {
			return nil, err
		}
		return &dirs{c, func() {
			made.Add(1)
			if st, err := s.Read(1); err != nil || st.Nodes[to.Host+": web.task.one"] == nil || !st.Nodes[to.Host+": web.task.one"].Sent {
				t.Errorf("%s: a directory is made, and the journal has nothing of it (%v)", to.Host, err)
			}
		}}, nil
	})
	r := process{project: p, store: s, change: []func(*engine.Options){func(o *engine.Options) { o.Dialer = dialer }}}.run(false)
	if r.ExitCode != 0 || made.Load() != 3 {
		t.Errorf("exit %d, %d directories", r.ExitCode, made.Load())
	}
}

// orphans are what a run left open and the playbook that stands there now does not have.
func (p *project) orphans(s *journal.Store) diag.Diagnostics {
	p.t.Helper()
	loaded, ds := engine.Load(p.t.Context(), p.options())
	defer loaded.Close()
	st, err := s.Read(1)
	if ds.HasErrors() || err != nil {
		p.t.Fatalf("%+v, %v", ds, err)
	}
	return loaded.Orphans(st)
}

// What is owed under a name that the playbook does not have any more is not forgotten: such a run is not gone on with.
func TestOwedUnderAnotherName(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w3"].dialErr = fmt.Errorf("%w: no route", transport.ErrUnreachable)
	w.hosts["w1"].cutAt, w.hosts["w2"].cutAt = "bounce", "bounce"
	p := newProject(t, w, owing)
	s := p.store("s")
	if r := (process{project: p, store: s}).run(false); r.ExitCode == 0 {
		t.Fatal("every host was restarted")
	}
	if ds := p.orphans(s); len(ds) > 0 {
		t.Errorf("the same playbook: %+v", ds)
	}
	p.write("play.hcl", strings.NewReplacer(`handler "bounce" "bounce"`, `handler "bounce" "again"`, "handler.bounce", "handler.again").Replace(owing))
	ds := p.orphans(s)
	if len(ds) != 1 || ds[0].Code != diag.InputsChanged || !strings.Contains(ds[0].Summary, "web.handler.bounce is owed on w1, w2,") {
		t.Errorf("%+v", ds)
	}
}
