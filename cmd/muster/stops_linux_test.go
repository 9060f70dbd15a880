package main

import (
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

const stops = `play "p" {
  hosts = "xsp"
  task "certificate_authentication" "client_app" {
    allow_client_app = true
    notify           = [handler.restart]
  }
  handler "restart" "restart" {
    rollout {
      canary     = 1
      on_failure = "stop"
    }
  }
}
`

// TestStopAsksNobody has a rollout fail that is to stop: although somebody sits there, the run ends, and is resumed later.
func TestStopAsksNobody(t *testing.T) {
	t.Parallel()
	w := waiterOf(t, 2, stops)
	w.xsps()[0].Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "restartbw", Times: 1, Text: "[Error] Not now."})
	w.start(t)
	w.ends(t, 5, "next         muster resume 1")
	if strings.Contains(w.log.String(), asksPaused) {
		t.Errorf("it asked\n%s", w.log.String())
	}
	if out := w.status(t); !strings.HasPrefix(out, "Run 1 has ended (exit 5)") {
		t.Errorf("the status is %q", out)
	}
	if out, err := command(t.Context(), w.lab, "resume").CombinedOutput(); err != nil || !strings.Contains(string(out), "Run 1 finished: 2 hosts") {
		t.Errorf("resume: %v\n%s", err, out)
	}
}
