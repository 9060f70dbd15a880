package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/transport"
)

// A plan contacts every host, also where only actions stand, which have nothing to read: it shows what is owed there, by this
// playbook or another one.
func TestPlanLooksForWhatIsOwed(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].files["~/.muster/pending/other.handler.restart"] = "{}"
	w.hosts["w2"].files["~/.muster/pending/web.handler.bounce"] = "{}"
	w.hosts["w3"].dialErr = fmt.Errorf("%w: no route", transport.ErrUnreachable)
	r := execute(t, w, event.Plan, `
play "web" {
  hosts = "web"
  task "quiet" "look" { when = var.run }
  task "quiet" "again" {}
  handler "bounce" "bounce" {}
  task "note" "one" {
    when   = var.run
    path   = "/one"
    text   = "x"
    notify = [handler.bounce]
  }
}
variable "run" {
  type    = bool
  default = false
}
`)
	ends := r.ends()
	if ends["w2: web.handler.bounce"] != event.WouldRun || ends["w1: web.handler.bounce"] != "" || r.ExitCode != 4 {
		t.Errorf("exit %d, %v", r.ExitCode, ends)
	}
	if !strings.Contains(r.text(), "owed here by another playbook: other.handler.restart") {
		t.Errorf("what another playbook left is not told: %s", r.text())
	}
}

// What cannot be told before the run may notify: the plan says of the handler on what it depends.
func TestPlanIsUnsureOfHandlers(t *testing.T) {
	r := execute(t, newWorld("w1", "w2", "w3"), event.Plan, `
play "web" {
  hosts = "w1"
  task "note" "one" {
    path = "/one"
    text = "x"
  }
  task "note" "two" {
    path   = "/two"
    text   = "after ${task.one.now}"
    notify = [handler.bounce]
  }
  handler "bounce" "bounce" {}
}
`)
	for _, e := range r.events {
		if e.Type == event.NodeFinished && e.Node.String() == "w1: web.handler.bounce" {
			if e.Status != event.Unsure || e.Text != "runs if web.task.two changes something" {
				t.Errorf("%s: %q", e.Status, e.Text)
			}
			return
		}
	}
	t.Errorf("the handler is not in the plan: %v", r.ends())
}
