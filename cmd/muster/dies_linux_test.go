package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

const asked = `play "p" {
  hosts = "xsp"
  task "certificate_authentication" "client_app" {
    allow_client_app = true
    notify           = [handler.restart]
  }
  handler "restart" "restart" {
    rollout {
      health "wait_for" "there" {
        file   = "/var/broadworks/tmp"
        within = "1m"
      }
    }
  }
}
`

// TestHostDiesByItself takes a host off the network that was well after its restart, while the next one restarts. It takes a
// place: the third waits until it answers again. A host is asked twice a minute, so this takes a minute of waiting.
func TestHostDiesByItself(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for two questions that are half a minute apart")
	}
	t.Parallel()
	s := sit(t, 3, asked)
	dies := s.restarted(t, 1)
	dies.ClearFaults()
	second := s.restarted(t, 2)
	dies.Fault(bwsim.Fault{Kind: bwsim.Unreachable})
	s.hear(t, "DOWN "+dies.Name(), nil)
	second.ClearFaults()
	s.hear(t, "ok "+second.Name()+" p.handler.restart.health.there", nil)
	out := s.status(t)
	if !strings.HasPrefix(out, "Run 1 is running") || !strings.Contains(out, "\n down         "+dies.Name()+"\n") {
		t.Errorf("the status is %q", out)
	}
	for _, h := range s.xsps() {
		h.ClearFaults()
	}
	s.hear(t, "up "+dies.Name(), nil)
	third := s.restarted(t, 3)
	if out := s.left(t, 0); !strings.Contains(out, "Run 1 finished: 3 hosts") {
		t.Errorf("it said\n%s", out)
	}
	events := s.fleet.Record()
	back := slices.IndexFunc(events, func(e bwsim.Event) bool {
		return e.Host == dies.Name() && e.Kind == bwsim.Up && e.Text == "unreachable"
	})
	began := slices.IndexFunc(events, func(e bwsim.Event) bool { return e.Host == third.Name() && e.Kind == bwsim.RestartBegin })
	if back < 0 || began < back {
		t.Errorf("the third restart began at event %d, the host was back at %d", began, back)
	}
	if out := s.status(t); strings.Contains(out, "\n down ") {
		t.Errorf("the status is %q", out)
	}
}
