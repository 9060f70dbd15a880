package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// leaving gives a process what is left out of it.
func leaving(t *testing.T, s *journal.Store, onlyFailed bool, pattern string) func(*engine.Options) {
	return func(o *engine.Options) {
		st, err := s.Read(1)
		if err != nil {
			t.Fatal(err)
		}
		out, ds := engine.Excluded(*o, st, onlyFailed, pattern)
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		o.Exclude = out
	}
}

func TestResumeOnlyFailed(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w2"].deny = "/one"
	p := newProject(t, w, fmt.Sprintf(rolled, 0))
	s := p.store("s")
	first := process{project: p, store: s}.run(false)
	if !slices.Equal(first.Hosts[event.Failed], []string{"w2"}) {
		t.Fatalf("hosts %v", first.Hosts)
	}
	before := len(w.said())
	w.with(func() { w.hosts["w2"].deny = "" })
	r := process{project: p, store: s, change: []func(*engine.Options){leaving(t, s, true, "")}}.run(true)
	if r.ExitCode != 0 || !slices.Contains(r.Hosts[event.Changed], "w2") || len(r.LeftOut)+len(r.Hosts[event.Changed]) != 3 {
		t.Errorf("only failed: exit %d, hosts %v, left out %v: %s", r.ExitCode, r.Hosts, r.LeftOut, r.said())
	}
	if got := w.said()[before:]; before == 0 && !slices.Equal(got, []string{"w2: bounce"}) {
		t.Errorf("only failed: said %v", got)
	}
	whole := process{project: p, store: s}.run(true)
	if whole.ExitCode != 0 || whole.Restarts != 3 || len(whole.Hosts[event.Changed]) != 3 || len(whole.LeftOut) > 0 {
		t.Errorf("the rest: exit %d, %d restarts, hosts %v", whole.ExitCode, whole.Restarts, whole.Hosts)
	}
	if diff := cmp.Diff([]string{"w1: bounce", "w2: bounce", "w3: bounce"}, w.said()); diff != "" {
		t.Error(diff)
	}
}

// A host that is left out and is not well keeps its place in its group.
func TestResumeExcluding(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].files["/health"] = "sick"
	src := `
play "web" {
  hosts = "web"
  task "note" "one" {
    path   = "/one"
    text   = "x"
    notify = [handler.bounce]
  }
  handler "bounce" "bounce" {
    rollout {
      canary          = 1
      max_unavailable = %d
      health "alive" "well" { within = "10ms" }
    }
  }
}
`
	for down, exit := range map[int]int{1: 5, 2: 3} {
		p := newProject(t, w, fmt.Sprintf(src, down))
		w.with(func() {
			for _, h := range w.hosts {
				delete(h.files, "/one")
			}
		})
		s := p.store("s")
		if first := (process{project: p, store: s}).run(false); first.ExitCode != 5 {
			t.Fatalf("exit %d", first.ExitCode)
		}
		r := process{project: p, store: s, change: []func(*engine.Options){leaving(t, s, false, "w1")}}.run(true)
		if r.ExitCode != exit || !slices.Equal(r.LeftOut, []string{"w1"}) {
			t.Errorf("max_unavailable %d: exit %d, left out %v, held back %v", down, r.ExitCode, r.LeftOut, r.HeldBack)
		}
		if down == 1 && !slices.Equal(r.HeldBack, []string{"w2", "w3"}) {
			t.Errorf("held back %v", r.HeldBack)
		}
	}
}

// A host that was restarted and never proved keeps its place, too, when it is left out.
func TestExcludingAnUnprovedHost(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, strings.NewReplacer("canary = 1", "max_unavailable = 1", "2m", "50ms").Replace(slowly))
	s := p.store("s")
	stop, once := make(chan struct{}), sync.Once{}
	first := process{project: p, store: s, walk: func(w *engine.Walk) { w.Stop = stop }, change: []func(*engine.Options){func(o *engine.Options) {
		o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
			if e.Type == event.NodeStarted && e.Node.Kind == addr.Handler {
				once.Do(func() { close(stop) })
			}
		}))
	}}}.run(false)
	restarted := strings.TrimSuffix(strings.Join(w.said(), ","), ": bounce")
	if first.ExitCode != 130 || len(w.said()) != 1 {
		t.Fatalf("exit %d, said %v", first.ExitCode, w.said())
	}
	for _, onlyFailed := range []bool{false, true} {
		var out []plan.Excluded
		st, err := s.Read(1)
		if err != nil {
			t.Fatal(err)
		}
		pattern := restarted
		if onlyFailed {
			pattern = ""
		}
		out, ds := engine.Excluded(p.options(), st, onlyFailed, pattern)
		i := slices.IndexFunc(out, func(x plan.Excluded) bool { return x.Name == restarted })
		if ds.HasErrors() || !onlyFailed && (i < 0 || !out[i].Down) || onlyFailed && i >= 0 && !out[i].Down {
			t.Errorf("only failed %v: %v %v", onlyFailed, out, ds)
		}
	}
	r := process{project: p, store: s, change: []func(*engine.Options){leaving(t, s, false, restarted)}}.run(true)
	if r.ExitCode != 5 || len(w.said()) != 1 || !slices.Equal(r.LeftOut, []string{restarted}) {
		t.Errorf("exit %d, said %v, left out %v", r.ExitCode, w.said(), r.LeftOut)
	}
	// The run is not done before it was proved: the next process does that, without another restart.
	whole := process{project: p, store: s}.run(true)
	if whole.ExitCode != 0 || len(w.said()) != 3 || len(whole.LeftOut) > 0 {
		t.Errorf("the rest: exit %d, said %v, left out %v", whole.ExitCode, w.said(), whole.LeftOut)
	}
	nothingLeft(t, s)
}

func TestExcludedPatternIsChecked(t *testing.T) {
	p := newProject(t, newWorld("w1"), fmt.Sprintf(rolled, 0))
	if _, ds := engine.Excluded(p.options(), nil, false, "w9"); !ds.HasErrors() {
		t.Error("a host that does not exist was left out")
	}
	got, ds := engine.Excluded(p.options(), nil, false, "w2")
	if diff := cmp.Diff([]plan.Excluded{{Name: "w2"}}, got); diff != "" || ds.HasErrors() {
		t.Error(diff, ds)
	}
}

// fakeLease holds what it is told.
type fakeLease struct {
	away []lease.HostError
	lost chan lease.Loss
}

func (f *fakeLease) Unreachable() []lease.HostError { return f.away }
func (f *fakeLease) Lost() <-chan lease.Loss        { return f.lost }

// A host that the lease does not hold is not touched, even when it answers.
func TestHostWithoutLeaseIsUnreachable(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, fmt.Sprintf(rolled, 0))
	l := &fakeLease{away: []lease.HostError{{Host: "w2", Err: &sdk.Failure{Class: sdk.Unreachable, Summary: "no lease"}}}}
	r := process{project: p, store: p.store("s"), walk: func(w *engine.Walk) { w.Lease = l }}.run(false)
	if r.ExitCode != 5 && r.ExitCode != 4 || !slices.Equal(r.Hosts[event.Unreachable], []string{"w2"}) || w.file("w2", "/one") != "" {
		t.Errorf("exit %d, hosts %v", r.ExitCode, r.Hosts)
	}
}

// A host that is lost is not changed from then on, and the run stops and says who has it.
func TestLostLeaseStopsTheRun(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, fmt.Sprintf(rolled, 0))
	l := &fakeLease{lost: make(chan lease.Loss, 1)}
	l.lost <- lease.Loss{Host: "w1", Owner: &lease.Owner{Run: 7, User: "bob", Machine: "bastion2"}}
	r := process{project: p, store: p.store("s"), walk: func(w *engine.Walk) { w.Lease = l }, change: []func(*engine.Options){func(o *engine.Options) {
		interrupted := make(chan struct{}) // nobody is let in before the loss is known
		o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
			if e.Type == event.Interrupted {
				close(interrupted)
			}
		}))
		o.Dialer = transport.DialerFunc(func(ctx context.Context, to transport.Target) (transport.Transport, error) {
			<-interrupted
			return w.Dial(ctx, to)
		})
	}}}.run(false)
	if want := "w1 was taken over by run 7 of bob on bastion2"; r.ControlFailed != want {
		t.Errorf("control failed: %q, want %q", r.ControlFailed, want)
	}
	if len(r.Hosts[event.Failed]) > 0 || len(w.said()) > 0 || w.file("w1", "/one") != "" || w.file("w2", "/one") == "" {
		t.Errorf("hosts %v, said %v: %s", r.Hosts, w.said(), r.said())
	}
}

// What runs on a host whose lease is lost ends at once, and not at its own deadline.
func TestLostLeaseEndsWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("w1", "w2", "w3")
		p := newProject(t, w, `play "web" {
  hosts = "w1"
  task "hang_action" "long" {}
}`)
		l := &fakeLease{lost: make(chan lease.Loss, 1)}
		begin := time.Now()
		r := process{project: p, store: p.store("s"), walk: func(w *engine.Walk) { w.Lease = l }, change: []func(*engine.Options){func(o *engine.Options) {
			o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
				if e.Type == event.NodeStarted {
					l.lost <- lease.Loss{Host: "w1"}
				}
			}))
		}}}.run(false)
		if took := time.Since(begin); took > time.Minute || r.ControlFailed == "" || !strings.Contains(r.said(), "another run may have this host") {
			t.Errorf("after %v: %q, %s", took, r.ControlFailed, r.said())
		}
	})
}

func TestInputs(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	src := `
variable "port" { type = number }
variable "pass" {
  type      = string
  sensitive = true
}
locals { text = file("text.pem") }
play "web" {
  hosts = "web"
  task "note" "one" {
    path = "/one"
    text = local.text
  }
}
`
	p := newProject(t, w, src)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("text.pem", "a")
	key, err := secret.UserKey(filepath.Join(p.state, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	o := p.options()
	o.Vars = map[string]string{"port": "1", "pass": "hunter2-canary"}
	load := func(o engine.Options) (map[string]string, journal.Begin) {
		r, ds := engine.Load(t.Context(), o)
		defer r.Close()
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		return r.Inputs(key), r.Begin(key)
	}
	then, begin := load(o)
	if same, _ := load(o); len(engine.Changed(then, same)) > 0 {
		t.Errorf("nothing was changed: %v", engine.Changed(then, same))
	}
	again := engine.OptionsOf(begin)
	again.Modules, again.Dialer = o.Modules, o.Dialer
	again.Vars["pass"] = "hunter2-canary"
	if same, _ := load(again); len(engine.Changed(then, same)) > 0 {
		t.Errorf("its own options are other ones: %v", engine.Changed(then, same))
	}
	write("text.pem", "b")
	write("play.hcl", src+"\n")
	o.Vars = map[string]string{"port": "1", "pass": "hunter3-canary"}
	o.Limit = "w1"
	now, _ := load(o)
	want := []string{"the file text.pem was changed", "the limit was none and is w1", "the playbook play.hcl was changed", "variable pass has another value"}
	if diff := cmp.Diff(want, engine.Changed(then, now)); diff != "" {
		t.Error(diff)
	}
	if text := fmt.Sprint(then, begin); strings.Contains(text, "canary") {
		t.Errorf("the inputs show a sensitive value: %s", text)
	}
}
