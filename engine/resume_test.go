package engine_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/transport"
)

// end is what a run left on the hosts.
func (w *world) end() map[string]map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]map[string]string{}
	for name, h := range w.hosts {
		files := maps.Clone(h.files)
		delete(files, "/started")
		out[name] = files
	}
	return out
}

// broken runs a playbook until record number at, and resumes it from what is left of the journal.
func broken(t *testing.T, w *world, src string, at int, lost bool) (first, second run, reached bool) {
	t.Helper()
	p := newProject(t, w, src)
	before, after := p.store("before"), filepath.Join(p.state, "after")
	store := p.store("after")
	var c *cut
	first = process{project: p, store: before, front: func(jw *journal.Writer) recorder {
		c = &cut{Writer: jw, world: w, path: before.Path(1), to: filepath.Join(after, "runs", "000001", "journal"), at: at, lost: lost}
		if lost {
			_ = jw.Wait(t.Context(), journal.Ticket{})
			c.synced = size(t, before.Path(1))
		}
		return c
	}}.run(false)
	if !c.dead {
		return first, first, false
	}
	w.revive()
	second = process{project: p, store: store}.run(true)
	if second.ExitCode == 0 {
		nothingLeft(t, store)
	}
	return first, second, true
}

// everyCut runs a playbook as often as its journal has records, dying before each, once with what stood in the file and once
// with what was synced only, and hands over each resumed run.
func everyCut(t *testing.T, src string, make func() *world, check func(where string, w *world, first, r run)) {
	t.Helper()
	for _, lost := range []bool{false, true} {
		for at := 1; ; at++ {
			w := make()
			first, r, reached := broken(t, w, src, at, lost)
			if !reached {
				if at < 8 {
					t.Errorf("only %d records were written", at)
				}
				break
			}
			check(fmt.Sprintf("before record %d, lost %v", at, lost), w, first, r)
			if strings.Contains(r.text(), "this process is dead") {
				t.Fatalf("before record %d: the second process heard of the first one's death", at)
			}
		}
	}
}

const rolledPlay = `
play "web" {
  hosts = "web"
  rollout {
    canary   = 1
    batches  = [1]
    health "alive" "well" {}
  }
  task "note" "one" {
    path   = "/one"
    text   = "for ${host.name}"
    notify = [handler.bounce]
  }
  task "note" "two" {
    when = task.one.changed
    path = "/two"
    text = "after ${task.one.now}"
  }
  handler "bounce" "bounce" {}
}
output "ones" { value = { for h, t in play.web.task.one : h => t.now } }
`

const hidden = `
play "web" {
  hosts = "web"
  task "vault" "token" {}
  task "note" "one" {
    path   = "/one"
    text   = "token ${task.token.token}"
    notify = [handler.bounce]
  }
  task "note" "two" {
    path = "/two"
    text = "and ${task.token.token}"
  }
  handler "bounce" "bounce" {
    rollout { max_unavailable = 3 }
  }
}
`

// A run that dies before any record of its journal, and is resumed, ends as one that did not: the hosts hold the same, were
// told the same, and the summary is of the whole run.
func TestResumeFromEveryRecord(t *testing.T) {
	fresh := func() *world { return newWorld("w1", "w2", "w3") }
	giver := func() *world {
		w := fresh()
		w.hosts["w2"].files["/key"] = "k"
		return w
	}
	for name, tc := range map[string]struct {
		src  string
		make func() *world
		// sharing repeats what has no effect: its offers, and what stages
		shares bool
	}{
		"restarts wave by wave": {fmt.Sprintf(rolled, 0), fresh, false},
		"a play wave by wave":   {rolledPlay, fresh, false},
		"secret outputs":        {hidden, fresh, false},
		"fan out":               {fmt.Sprintf(shared, ""), giver, true},
		"fan out, made anew":    {fmt.Sprintf(shared, ""), fresh, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := tc.make()
			unbroken := execute(t, whole, event.Apply, tc.src)
			everyCut(t, tc.src, tc.make, func(where string, w *world, first, r run) {
				if r.ExitCode != 0 {
					t.Fatalf("%s: exit %d: %v\n%s\nfirst: %s", where, r.ExitCode, r.Hosts, r.said(), first.said())
				}
				if diff := cmp.Diff(whole.end(), w.end()); diff != "" {
					t.Errorf("%s: the hosts are not as after an unbroken run: %s", where, diff)
				}
				told, want := w.said(), whole.said()
				if tc.shares {
					told, want = restarts(w), restarts(whole)
				}
				if diff := cmp.Diff(want, told); diff != "" {
					t.Errorf("%s: the hosts were told something else: %s", where, diff)
				}
				if diff := cmp.Diff(unbroken.Hosts, r.Hosts); diff != "" || r.Restarts != unbroken.Restarts {
					t.Errorf("%s: the summary is of another run: %d restarts, %s", where, r.Restarts, diff)
				}
				if diff := cmp.Diff(unbroken.Outputs, r.Outputs); diff != "" {
					t.Errorf("%s: other outputs: %s", where, diff)
				}
			})
		})
	}
}

// An action that nobody can ask whether it ran is never sent twice: what was sent and not answered is unknown.
func TestUnknownActionIsNotRepeated(t *testing.T) {
	const src = `
play "web" {
  hosts = "w1"
  task "quiet" "look" {}
  task "note" "one" {
    path = "/one"
    text = "x"
  }
}
`
	unknown := 0
	everyCut(t, src, func() *world { return newWorld("w1", "w2", "w3") }, func(where string, w *world, _, r run) {
		looks := strings.Count(strings.Join(w.said(), "\n"), "look")
		switch {
		case looks > 1:
			t.Errorf("%s: it was sent %d times", where, looks)
		case len(r.Hosts[event.Unknown]) == 1:
			unknown++
			if r.ExitCode != 3 || !strings.Contains(r.said(), "nobody knows whether") || w.file("w1", "/one") != "" {
				t.Errorf("%s: exit %d: %s", where, r.ExitCode, r.said())
			}
		case r.ExitCode != 0 || looks != 1:
			t.Errorf("%s: exit %d, sent %d times: %s", where, r.ExitCode, looks, r.said())
		}
	})
	if unknown == 0 {
		t.Error("no cut left it unknown")
	}
}

// A probe that has no answer leaves the question open: what was sent once is not sent again by the process after it.
func TestProbeWithoutAnswer(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].dropAt = "bounce"
	p := newProject(t, w, `
play "web" {
  hosts = "w1"
  task "bounce" "now" {}
}
`)
	s := p.store("s")
	for i, want := range []event.Status{event.Unknown, event.Unknown, event.Changed} {
		w.with(func() { w.hosts["w1"].hide = map[int]string{1: "/started"}[i] })
		r := process{project: p, store: s}.run(i > 0)
		if got := r.ends()["w1: web.task.now"]; got != want {
			t.Errorf("process %d: %s, want %s: %s", i+1, got, want, r.said())
		}
		for _, e := range r.events {
			if i == 1 && e.Diag != nil && !strings.Contains(e.Diag.State, "nobody knows what became of it") {
				t.Errorf("process %d says of the host: %s", i+1, e.Diag.State)
			}
		}
	}
	if diff := cmp.Diff([]string{"w1: bounce"}, w.said()); diff != "" {
		t.Error(diff)
	}
	nothingLeft(t, s)
}

const sealedThenHealth = `
play "web" {
  hosts = "web"
  task "sealed" "one" {
    path   = "/one"
    text   = "x"
    notify = [handler.bounce]
  }
  handler "bounce" "bounce" {
    rollout {
      canary = 1
      %s
      health "alive" "well" { within = "20ms" }
    }
  }
}
output "ones" {
  value     = [for h in play.web.task.one : h.now]
  sensitive = true
}
`

// What is checked again and changes its host owes a restart, also where one was done and only its health is left.
func TestRestartAfterWhatIsCheckedAgain(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].files["/health"] = "sick"
	p := newProject(t, w, fmt.Sprintf(sealedThenHealth, ""))
	s := p.store("s")
	if r := (process{project: p, store: s}).run(false); r.ExitCode != 5 || r.Restarts != 1 {
		t.Fatalf("exit %d, %d restarts", r.ExitCode, r.Restarts)
	}
	w.with(func() {
		w.hosts["w1"].files["/health"] = "ok"
		delete(w.hosts["w1"].files, "/one")
	})
	r := process{project: p, store: s}.run(true)
	if diff := cmp.Diff([]string{"w1: bounce", "w1: bounce", "w2: bounce", "w3: bounce"}, w.said()); diff != "" || r.ExitCode != 0 {
		t.Errorf("exit %d: %s", r.ExitCode, diff)
	}
	nothingLeft(t, s)
}

// A canary that was proved stays the canary, also when its host is checked again: nobody else is restarted before somebody
// promotes, however often the run is resumed.
func TestProvedCanaryIsNotForgotten(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, fmt.Sprintf(sealedThenHealth, `promote = "manual"`))
	s := p.store("s")
	for i := range 4 {
		if r := (process{project: p, store: s}).run(i > 0); r.ExitCode != 6 || r.Restarts != 1 {
			t.Errorf("process %d: exit %d, %d restarts: %s", i+1, r.ExitCode, r.Restarts, r.said())
		}
	}
	if diff := cmp.Diff([]string{"w1: bounce"}, w.said()); diff != "" {
		t.Error(diff)
	}
}

// A canary host that is restarted again by a resume is one of the canary, not two.
func TestCanaryIsCountedOnce(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, strings.Replace(fmt.Sprintf(sealedThenHealth, `promote = "manual"`), "canary = 1", "canary = 2", 1))
	s := p.store("s")
	stop := make(chan struct{})
	process{project: p, store: s, walk: func(w *engine.Walk) { w.Stop = stop }, change: []func(*engine.Options){func(o *engine.Options) {
		slow := o.Dialer // nobody but w1 gets far before the run is stopped
		o.Dialer = transport.DialerFunc(func(ctx context.Context, to transport.Target) (transport.Transport, error) {
			if to.Host != "w1" {
				<-stop
			}
			return slow.Dial(ctx, to)
		})
		o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
			if e.Type == event.NodeFinished && e.Node.Kind == addr.Health && e.Node.Host == "w1" {
				close(stop)
			}
		}))
	}}}.run(false)
	w.with(func() { delete(w.hosts["w1"].files, "/one") })
	if r := (process{project: p, store: s}).run(true); r.ExitCode != 6 {
		t.Errorf("exit %d: %s", r.ExitCode, r.said())
	}
	if diff := cmp.Diff([]string{"w1: bounce", "w1: bounce", "w2: bounce"}, w.said()); diff != "" {
		t.Error(diff)
	}
}

// A restart that was sent and not answered, and turns out to be done, is not the restart for what was changed after it.
func TestRestartAfterALaterChange(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].dropAt = "bounce"
	p := newProject(t, w, fmt.Sprintf(sealedThenHealth, ""))
	s := p.store("s")
	if r := (process{project: p, store: s}).run(false); r.ends()["w1: web.handler.bounce"] != event.Unknown {
		t.Fatalf("exit %d, %v", r.ExitCode, r.ends())
	}
	w.with(func() { delete(w.hosts["w1"].files, "/one") })
	r := process{project: p, store: s}.run(true)
	if diff := cmp.Diff([]string{"w1: bounce", "w1: bounce", "w2: bounce", "w3: bounce"}, w.said()); diff != "" || r.ExitCode != 0 {
		t.Errorf("exit %d: %s %s", r.ExitCode, diff, r.said())
	}
	nothingLeft(t, s)
}

// What was done under another playbook is checked again once the change was accepted, and what it changes is restarted for.
func TestAcceptedChangesAreCarriedOut(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w3"].deny = "/two"
	p := newProject(t, w, fmt.Sprintf(rolled, 0))
	s := p.store("s")
	if r := (process{project: p, store: s}).run(false); r.ExitCode == 0 {
		t.Fatal("nothing failed")
	}
	w.with(func() { w.hosts["w3"].deny = "" })
	p.write("play.hcl", strings.Replace(fmt.Sprintf(rolled, 0), "for ${host.name}", "now for ${host.name}", 1))
	r := process{project: p, store: s, walk: func(walk *engine.Walk) {
		walk.Earlier.Processes = append(walk.Earlier.Processes, journal.Process{Accepted: map[string]string{"playbook play.hcl": "another"}})
	}}.run(true)
	for host, files := range w.end() {
		if files["/one"] != "now for "+host || r.ExitCode != 0 {
			t.Errorf("exit %d, %s has %q", r.ExitCode, host, files["/one"])
		}
	}
	nothingLeft(t, s)
}
