package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/executor"
	"github.com/muster-run/muster/engine/journal"
)

const promoted = `
play "web" {
  hosts = "web"
  task "note" "one" {
    path   = "/one"
    text   = "x"
    notify = [handler.bounce]
  }
  handler "bounce" "bounce" {
    rollout {
      canary  = 1
      promote = "manual"
      health "alive" "well" {}
    }
  }
}
`

// on sends a steering when an event comes; replies go to the channel.
func on(typ event.Type, steer chan<- executor.Steering, s executor.Steering) func(*engine.Options) {
	return func(o *engine.Options) {
		o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
			if e.Type == typ {
				steer <- s
			}
		}))
	}
}

func (r run) types() []event.Type {
	var out []event.Type
	for _, e := range r.events {
		if !strings.HasPrefix(string(e.Type), "node_") {
			out = append(out, e.Type)
		}
	}
	return out
}

func TestPromote(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, promoted)
	steer, reply := make(chan executor.Steering, 1), make(chan error, 1)
	r := process{project: p, store: p.store("s"), walk: func(w *engine.Walk) { w.Attended, w.Steer = true, steer },
		change: []func(*engine.Options){on(event.RolloutWaits, steer, executor.Steering{What: "promote", By: "ada@desk", Reply: reply})}}.run(false)
	if r.ExitCode != 0 || r.Restarts != 3 || <-reply != nil {
		t.Errorf("exit %d, %d restarts", r.ExitCode, r.Restarts)
	}
	want := []event.Type{event.RunStarted, event.RolloutWave, event.RolloutWaits, event.Promoted, event.RolloutWave, event.RunFinished}
	if diff := cmp.Diff(want, r.types()); diff != "" {
		t.Error(diff)
	}
	i := slices.IndexFunc(r.events, func(e event.Event) bool { return e.Type == event.RolloutWaits })
	if !slices.Equal(r.events[i].Hosts, []string{"w1"}) {
		t.Errorf("the canary that waits is %v", r.events[i].Hosts)
	}
}

// Where nobody can be asked, the run ends with 6 after its canary; the next process goes on from there, asks for no canary
// again, and once it was promoted asks nothing.
func TestPromotionByResume(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, promoted)
	s := p.store("s")
	first := process{project: p, store: s}.run(false)
	if first.ExitCode != 6 || !slices.Equal(first.WaitsForPromotion, []string{"web.handler.bounce"}) || first.Restarts != 1 || len(first.HeldBack) != 2 {
		t.Errorf("exit %d, waits %v, %d restarts, held back %v", first.ExitCode, first.WaitsForPromotion, first.Restarts, first.HeldBack)
	}
	again := process{project: p, store: s}.run(true)
	if again.ExitCode != 6 || again.Restarts != 1 || len(w.said()) != 1 {
		t.Errorf("again: exit %d, %d restarts, said %v", again.ExitCode, again.Restarts, w.said())
	}
	steer := make(chan executor.Steering, 1)
	r := process{project: p, store: s, walk: func(w *engine.Walk) { w.Attended, w.Steer = true, steer },
		change: []func(*engine.Options){on(event.RolloutWaits, steer, executor.Steering{What: "promote"})}}.run(true)
	if r.ExitCode != 0 || r.Restarts != 3 {
		t.Errorf("promoted: exit %d, %d restarts: %s", r.ExitCode, r.Restarts, r.text())
	}
	st, err := s.Read(1)
	if err != nil || !st.Promoted["web.handler.bounce"] || st.Finish == nil || st.Finish.ExitCode != 0 {
		t.Errorf("the journal says %+v, %v", st, err)
	}
	nothingLeft(t, s)
}

// nothingLeft holds a journal against a run that came to its good end: nothing is owed, begun or in doubt.
func nothingLeft(t *testing.T, s *journal.Store) {
	t.Helper()
	st, err := s.Read(1)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range st.Nodes {
		if n.Notified || n.Begun || n.Once || n.Outcome == "" {
			t.Errorf("the journal of a run that is done says of %s: %+v", name, *n)
		}
	}
}

func TestAbort(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, promoted)
	s := p.store("s")
	steer := make(chan executor.Steering, 1)
	r := process{project: p, store: s, walk: func(w *engine.Walk) { w.Attended, w.Steer = true, steer },
		change: []func(*engine.Options){on(event.RolloutWaits, steer, executor.Steering{What: "abort", By: "ada"})}}.run(false)
	if r.ExitCode != 130 || !r.Aborted || r.Restarts != 1 {
		t.Errorf("exit %d, aborted %v, %d restarts", r.ExitCode, r.Aborted, r.Restarts)
	}
	if st, err := s.Read(1); err != nil || !st.Aborted || st.Finish == nil || !st.Finish.Aborted {
		t.Errorf("the journal says %+v, %v", st, err)
	}
}

// A paused run lets what is under way go to its end and begins nothing, until it is told to go on.
func TestPauseAndContinue(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, fmt.Sprintf(rolled, 0))
	steer := make(chan executor.Steering, 4)
	var between []string
	count := 0
	r := process{project: p, store: p.store("s"), walk: func(w *engine.Walk) { w.Attended, w.Steer = true, steer },
		change: []func(*engine.Options){func(o *engine.Options) {
			o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
				switch {
				case e.Type == event.NodeStarted && e.Node.String() == "w1: web.handler.bounce":
					steer <- executor.Steering{What: "pause", By: "ada"}
				case e.Type == event.NodeFinished && e.Node.String() == "w1: web.handler.bounce.health.well":
					between = w.said() // the canary's unit went to its end although the run was paused
					steer <- executor.Steering{What: "continue"}
				case e.Type == event.Paused || e.Type == event.Continued:
					count++
				}
			}))
		}}}.run(false)
	if r.ExitCode != 0 || r.Restarts != 3 || count != 2 {
		t.Errorf("exit %d, %d restarts, %d events: %s", r.ExitCode, r.Restarts, count, r.text())
	}
	if !slices.Equal(between, []string{"w1: bounce"}) {
		t.Errorf("while it was paused: %v", between)
	}
}

// A canary that fails after the question was asked cannot be promoted any more, and the next process knows of no promotion.
func TestPromotionThatComesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("w1", "w2", "w3")
		p := newProject(t, w, strings.Replace(promoted, `hosts = "web"`, `hosts = "w1:w2"`, 1)+`
play "other" {
  hosts = "w3"
  task "hang_state" "long" {}
}
`)
		s := p.store("s")
		steer, reply := make(chan executor.Steering, 1), make(chan error, 1)
		r := process{project: p, store: s, walk: func(w *engine.Walk) { w.Attended, w.Steer = true, steer },
			change: []func(*engine.Options){on(event.HostDown, steer, executor.Steering{What: "promote", Reply: reply}), func(o *engine.Options) {
				o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
					if e.Type == event.RolloutWaits {
						w.with(func() { w.hosts["w1"].files["/health"] = "sick" })
					}
				}))
			}}}.run(false)
		if err := <-reply; err == nil || r.Restarts != 1 || r.ExitCode != 5 {
			t.Errorf("%v, exit %d, %d restarts", err, r.ExitCode, r.Restarts)
		}
		if st, err := s.Read(1); err != nil || len(st.Promoted) > 0 {
			t.Errorf("promoted %v, %v", st.Promoted, err)
		}
	})
}

func TestSteeringWithoutEffect(t *testing.T) {
	for what, want := range map[string]string{"promote": "no rollout waits", "jump": "nothing that a run can be asked"} {
		w := newWorld("w1", "w2", "w3")
		p := newProject(t, w, fmt.Sprintf(rolled, 0))
		steer, reply := make(chan executor.Steering, 1), make(chan error, 1)
		steer <- executor.Steering{What: what, Reply: reply}
		r := process{project: p, store: p.store("s"), walk: func(w *engine.Walk) { w.Attended, w.Steer = true, steer }}.run(false)
		if err := <-reply; err == nil || !strings.Contains(err.Error(), want) || r.ExitCode != 0 {
			t.Errorf("%s: %v, exit %d", what, err, r.ExitCode)
		}
	}
}

// A rollout that pauses on failure ends the walk; the same process goes on with another one once the cause is gone.
func TestPausedRunIsWalkedAgain(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].files["/health"] = "sick"
	p := newProject(t, w, strings.Replace(fmt.Sprintf(rolled, 0), "5m", "10ms", 1))
	s := p.store("s")
	loaded, ds := engine.Load(t.Context(), p.options())
	defer loaded.Close()
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	jw := p.begin(s, loaded)
	defer jw.Close()
	walk := engine.Walk{Mode: event.Apply, Number: 1, Attended: true, Journal: jw}
	first, err := loaded.Walk(t.Context(), walk)
	if err != nil || !first.Paused || first.ExitCode != 5 {
		t.Fatalf("paused %v, exit %d, %v", first.Paused, first.ExitCode, err)
	}
	w.with(func() { w.hosts["w1"].files["/health"] = "ok" })
	if walk.Earlier, err = s.Read(1); err != nil {
		t.Fatal(err)
	}
	second, err := loaded.Walk(t.Context(), walk)
	if err != nil || second.Paused || second.ExitCode != 0 || second.Restarts != 3 {
		t.Errorf("paused %v, exit %d, %d restarts, %v", second.Paused, second.ExitCode, second.Restarts, err)
	}
	if diff := cmp.Diff([]string{"w1: bounce", "w2: bounce", "w3: bounce"}, w.said()); diff != "" {
		t.Error(diff)
	}
}
