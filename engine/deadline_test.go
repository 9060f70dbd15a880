package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/plugins/sdk"
)

// hang answers nothing until it is told to give up: a task, a handler and a probe.
type hang struct{ kind sdk.Kind }

func (h hang) Describe() sdk.Description {
	return sdk.Description{Name: "hang_" + string(h.kind), Kind: h.kind, Summary: "hangs"}
}

func (h hang) Check(ctx context.Context, _ *sdk.Request) (*sdk.CheckResult, error) {
	if h.kind == sdk.Action {
		return &sdk.CheckResult{Verdict: sdk.Change}, nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (hang) Apply(ctx context.Context, _ *sdk.Request) (*sdk.ApplyResult, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func init() {
	for _, k := range []sdk.Kind{sdk.State, sdk.Action, sdk.Probe} {
		testModules["hang_"+string(k)] = hang{kind: k}
	}
}

// What a playbook sets no deadline for has one: nothing hangs for ever.
func TestDeadlinesByDefault(t *testing.T) {
	for name, tc := range map[string]struct {
		src  string
		node string
		took time.Duration
	}{
		"a task": {`play "web" {
  hosts = "w1"
  task "hang_state" "it" {}
}`, "w1: web.task.it", 10 * time.Minute},
		"a handler": {`play "web" {
  hosts = "w1"
  task "note" "one" {
    path   = "/one"
    text   = "x"
    notify = [handler.it]
  }
  handler "hang_action" "it" {}
}`, "w1: web.handler.it", 20 * time.Minute},
		"health": {`play "web" {
  hosts = "w1"
  task "note" "one" {
    path = "/one"
    text = "x"
  }
  rollout {
    health "hang_probe" "it" {}
  }
}`, "w1: web.health.it", 5 * time.Minute},
		"health that has little time": {`play "web" {
  hosts = "w1"
  task "note" "one" {
    path = "/one"
    text = "x"
  }
  rollout {
    health "hang_probe" "it" { within = "3s" }
  }
}`, "w1: web.health.it", 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := execute(t, newWorld("w1", "w2", "w3"), event.Apply, tc.src)
				for _, e := range r.events {
					if e.Type != event.NodeFinished || e.Node.String() != tc.node {
						continue
					}
					if e.Status != event.Failed || e.Duration < tc.took-time.Minute || e.Duration > tc.took+time.Second {
						t.Errorf("%s after %v, want failed after %v", e.Status, e.Duration, tc.took)
					}
					if e.Diag != nil && e.Diag.Code != diag.NodeTimeout && !strings.Contains(name, "health") {
						t.Errorf("told as %+v", e.Diag)
					}
					return
				}
				t.Errorf("it did not end: %v", r.ends())
			})
		})
	}
}
