package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const fleet = `
defaults { user = "admin" }
group "web" { hosts = ["w[1:3]"] }
host "w1" { data = { site = "fra" } }
host "w2" { data = { site = "fra" } }
host "w3" { data = { site = "muc" } }
`

const rolled = `
play "web" {
  hosts = "web"
  task "note" "one" {
    path   = "/one"
    text   = "for ${host.name}"
    notify = [handler.bounce]
  }
  task "note" "two" {
    path = "/two"
    text = "after ${task.one.now}"
  }
  handler "bounce" "bounce" {
    rollout {
      canary   = 1
      group_by = "site"
      max_failed = %d
      health "alive" "well" { within = "5m" }
    }
  }
}
`

// run is a playbook on a world, with what came of it.
type run struct {
	*event.Summary
	events []event.Event
}

func execute(t *testing.T, w *world, mode event.Mode, src string, change ...func(*engine.Options)) run {
	t.Helper()
	dir := t.TempDir()
	book, inv := filepath.Join(dir, "play.hcl"), filepath.Join(dir, "fleet.inv.hcl")
	for name, text := range map[string]string{book: src, inv: fleet} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var r run
	o := engine.Options{Playbook: book, Inventories: []string{inv}, WorkDir: dir, Modules: testModules, Dialer: w,
		Sinks: []event.Sink{event.SinkFunc(func(e event.Event) { r.events = append(r.events, e) })}}
	for _, c := range change {
		c(&o)
	}
	loaded, ds := engine.Load(t.Context(), o)
	defer loaded.Close()
	if ds.HasErrors() {
		t.Fatalf("load: %+v", ds)
	}
	s, err := loaded.Execute(t.Context(), mode, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Summary = s
	return r
}

// ends is the status of every node that finished, by address.
func (r run) ends() map[string]event.Status {
	out := map[string]event.Status{}
	for _, e := range r.events {
		if e.Type == event.NodeFinished {
			out[e.Node.String()] = e.Status
		}
	}
	return out
}

func (r run) text() string { return fmt.Sprintf("%+v", r.events) }

func TestApplyThenNothing(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	src := fmt.Sprintf(rolled, 0)
	first := execute(t, w, event.Apply, src)
	if first.ExitCode != 0 || first.Restarts != 3 {
		t.Errorf("first run: exit %d, %d restarts, want 0 and 3", first.ExitCode, first.Restarts)
	}
	if diff := cmp.Diff([]string{"w1: bounce", "w2: bounce", "w3: bounce"}, w.said()); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(first.text(), "earlier run") {
		t.Error("the first run says that something is owed from an earlier one")
	}
	if got := w.file("w2", "/one"); got != "for w2" {
		t.Errorf("w2 /one = %q", got)
	}
	second := execute(t, w, event.Apply, src)
	if second.ExitCode != 0 || second.Restarts != 0 || len(second.Hosts[event.OK]) != 3 {
		t.Errorf("second run: exit %d, %d restarts, %v", second.ExitCode, second.Restarts, second.Hosts)
	}
}

func TestPlanChangesNothing(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	r := execute(t, w, event.Plan, fmt.Sprintf(rolled, 0))
	if got := w.file("w1", "/one"); got != "" || len(w.said()) > 0 {
		t.Errorf("a plan wrote %q and said %v", got, w.said())
	}
	want := map[string]event.Status{}
	for _, h := range []string{"w1", "w2", "w3"} {
		want[h+": web.task.one"] = event.WouldChange
		want[h+": web.task.two"] = event.Unsure
		want[h+": web.handler.bounce"] = event.WouldRun
	}
	if diff := cmp.Diff(want, r.ends()); diff != "" {
		t.Error(diff)
	}
	if r.ExitCode != 0 {
		t.Errorf("exit %d", r.ExitCode)
	}
}

// One host fails before its restart: by ADR 0004 the others are configured, and restart only if max_failed allows it.
func TestFailedHostAndBudget(t *testing.T) {
	for _, tc := range []struct{ maxFailed, exit, restarts int }{{0, 5, 0}, {1, 3, 2}} {
		t.Run(fmt.Sprint(tc.maxFailed), func(t *testing.T) {
			w := newWorld("w1", "w2", "w3")
			w.hosts["w1"].deny = "/one"
			r := execute(t, w, event.Apply, fmt.Sprintf(rolled, tc.maxFailed))
			if tc.maxFailed == 1 {
				// w1 holds the one place of its site, so w2 waits for a later run; w3 restarts.
				tc.exit, tc.restarts = 5, 1
			}
			if r.ExitCode != tc.exit || r.Restarts != tc.restarts {
				t.Errorf("exit %d, %d restarts, want %d and %d", r.ExitCode, r.Restarts, tc.exit, tc.restarts)
			}
			if r.ends()["w1: web.task.one"] != event.Failed || r.ends()["w1: web.task.two"] != event.NotRun {
				t.Errorf("w1: %v", r.ends())
			}
			if w.file("w2", "/two") == "" {
				t.Error("w2 did not finish its tasks")
			}
			w.with(func() { w.hosts["w1"].deny = "" })
			again := execute(t, w, event.Apply, fmt.Sprintf(rolled, 0))
			if again.ExitCode != 0 || again.Restarts != 3-tc.restarts {
				t.Errorf("the rerun: exit %d, %d restarts, want 0 and %d: what is owed must be paid", again.ExitCode, again.Restarts, 3-tc.restarts)
			}
		})
	}
}

func TestUnhealthyHostStaysOwed(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].files["/health"] = "sick"
	impatient := strings.Replace(fmt.Sprintf(rolled, 0), "5m", "10ms", 1)
	r := execute(t, w, event.Apply, impatient)
	if r.ExitCode != 5 || r.Restarts != 1 {
		t.Errorf("exit %d after %d restarts, want 5 after the canary's", r.ExitCode, r.Restarts)
	}
	w.with(func() { w.hosts["w1"].files["/health"] = "ok" })
	plan := execute(t, w, event.Plan, fmt.Sprintf(rolled, 0))
	if plan.ends()["w1: web.handler.bounce"] != event.WouldRun {
		t.Errorf("the plan does not show what is owed: %v", plan.ends())
	}
	if !slices.ContainsFunc(plan.events, func(e event.Event) bool { return strings.Contains(e.Pending, "owed") }) {
		t.Error("no event says that it is owed from an earlier run")
	}
}

func TestUnreachableAndRefused(t *testing.T) {
	simple := `play "web" {
  hosts = "web"
  task "note" "one" {
    path = "/one"
    text = "x"
  }
}`
	for _, tc := range []struct {
		err    error
		exit   int
		status event.Status
	}{
		{transport.ErrUnreachable, 4, event.Unreachable},
		{transport.ErrAuth, 3, event.Failed},
		{transport.ErrHostKey, 3, event.Failed},
	} {
		for _, mode := range []event.Mode{event.Plan, event.Apply} {
			t.Run(tc.err.Error()+" "+string(mode), func(t *testing.T) {
				w := newWorld("w1", "w2", "w3")
				w.hosts["w2"].dialErr = fmt.Errorf("%w: says so", tc.err)
				r := execute(t, w, mode, simple)
				if r.ExitCode != tc.exit || !slices.Equal(r.Hosts[tc.status], []string{"w2"}) {
					t.Errorf("exit %d, hosts %v", r.ExitCode, r.Hosts)
				}
				if mode == event.Apply && w.file("w3", "/one") != "x" {
					t.Error("w3 did not finish")
				}
			})
		}
	}
}

func TestLostWhileRestarting(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].cutAt = "bounce"
	r := execute(t, w, event.Apply, fmt.Sprintf(rolled, 0))
	if r.ends()["w1: web.handler.bounce"] != event.Unknown {
		t.Errorf("a restart that was sent and not answered is unknown, got %v", r.ends()["w1: web.handler.bounce"])
	}
	if r.ExitCode != 5 || len(r.HeldBack) != 2 {
		t.Errorf("exit %d, held back %v", r.ExitCode, r.HeldBack)
	}
	if w.file("w1", "~/.muster/pending/web.handler.bounce") == "" {
		t.Error("the marker is gone although nobody knows whether w1 restarted")
	}
}

func TestSensitiveValuesAreNotShown(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	r := execute(t, w, event.Apply, `
variable "pass" {
  type      = string
  sensitive = true
}
play "web" {
  hosts = "web"
  task "note" "one" {
    path = "/one"
    text = "pw ${var.pass}"
  }
  task "lie" "two" { text = var.pass }
}`, func(o *engine.Options) { o.Vars = map[string]string{"pass": "hunter2-canary"} })
	if w.file("w1", "/one") != "pw hunter2-canary" {
		t.Error("the value did not reach the host")
	}
	if strings.Contains(r.text(), "hunter2-canary") {
		t.Errorf("an event shows a sensitive value: %s", r.text())
	}
}

// An effect that turns out to be no change notifies nobody, now or in a later run; one that fails stays owed.
func TestNoChangeOwesNothing(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	const src = `
play "web" {
  hosts = "web"
  task "quiet" "look" { notify = [handler.bounce] }
  handler "bounce" "bounce" {}
}
`
	w.hosts["w3"].cutAt = "look"
	first := execute(t, w, event.Apply, src)
	if first.Restarts != 0 || first.ExitCode != 3 || w.file("w1", "~/.muster/pending/web.handler.bounce") != "" {
		t.Errorf("exit %d, %d restarts", first.ExitCode, first.Restarts)
	}
	if w.file("w3", "~/.muster/pending/web.handler.bounce") == "" {
		t.Error("the marker of an unknown outcome is gone")
	}
}

// A module whose effect ends the connection goes on over a new one, within the node and after it.
func TestConnectionIsMadeAnew(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].dropAt = "reboot"
	r := execute(t, w, event.Apply, `
play "web" {
  hosts = "w1"
  task "reboot" "now" {}
  task "note" "one" {
    path = "/one"
    text = "x"
  }
}
`)
	if r.ExitCode != 0 || w.file("w1", "/one") != "x" {
		t.Errorf("exit %d: %s", r.ExitCode, r.said())
	}
}

// A check compares the hosts that are there, and holds back everybody when it does not hold.
func TestCheckSparesUnreachableHosts(t *testing.T) {
	for _, tc := range []struct {
		text string
		exit int
		want string
	}{{"same", 4, "x"}, {"for ${host.name}", 3, ""}} {
		w := newWorld("w1", "w2", "w3")
		w.hosts["w2"].dialErr = fmt.Errorf("%w: no route", transport.ErrUnreachable)
		r := execute(t, w, event.Apply, fmt.Sprintf(`
play "web" {
  hosts = "web"
  task "note" "name" {
    path = "/name"
    text = "%s"
  }
  check "one_name" {
    condition     = length(toset([for h in play.web.task.name : h.now])) == 1
    error_message = "They differ: ${jsonencode({ for n, h in play.web.task.name : n => h.now })}"
  }
  task "note" "one" {
    path = "/one"
    text = "x"
  }
}
`, tc.text))
		if r.ExitCode != tc.exit || w.file("w3", "/one") != tc.want {
			t.Errorf("%s: exit %d, w3 holds %q: %s", tc.text, r.ExitCode, w.file("w3", "/one"), r.said())
		}
		if tc.exit == 3 && !strings.Contains(r.said(), `"w1":"for w1"`) {
			t.Errorf("it does not say who has what: %s", r.said())
		}
	}
}

// A plan does not wait for what only an apply would bring about.
func TestPlanDoesNotAskProbesBehindChanges(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].files["/health"] = "sick"
	r := execute(t, w, event.Plan, `
play "web" {
  hosts = "w1"
  task "note" "one" {
    path = "/one"
    text = "x"
  }
  task "alive" "well" {}
}
`)
	if got := r.ends()["w1: web.task.well"]; got != event.Unsure {
		t.Errorf("the probe is %s", got)
	}
}

// What a module marks in its outputs stays hidden wherever the playbook puts it.
func TestSensitiveOutputsStaySo(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	r := execute(t, w, event.Apply, `
play "web" {
  hosts = "w1"
  task "vault" "token" {}
  task "note" "one" {
    path = "/one"
    text = "token ${task.token.token}"
  }
}
output "token" { value = play.web.task.token["w1"].token }
`)
	if w.file("w1", "/one") != "token made-canary" || strings.Contains(r.text(), "made-canary") || strings.Contains(r.Outputs["token"].Value, "canary") {
		t.Errorf("host holds %q, output %q, events %s", w.file("w1", "/one"), r.Outputs["token"].Value, r.text())
	}
}

func TestStopBeginsNothingNew(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	stop := make(chan struct{})
	close(stop)
	dir := t.TempDir()
	book, inv := filepath.Join(dir, "play.hcl"), filepath.Join(dir, "fleet.inv.hcl")
	_ = os.WriteFile(book, []byte(fmt.Sprintf(rolled, 0)), 0o600)
	_ = os.WriteFile(inv, []byte(fleet), 0o600)
	loaded, ds := engine.Load(context.Background(), engine.Options{Playbook: book, Inventories: []string{inv}, WorkDir: dir, Modules: testModules, Dialer: w})
	defer loaded.Close()
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	s, err := loaded.Execute(t.Context(), event.Apply, stop)
	if err != nil {
		t.Fatal(err)
	}
	if s.ExitCode != 130 || s.Restarts != 0 {
		t.Errorf("exit %d after %d restarts, want 130 and none", s.ExitCode, s.Restarts)
	}
}
