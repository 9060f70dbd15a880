package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

func TestPulse(t *testing.T) {
	var last event.Event
	p := &pulse{sinks: []event.Sink{event.SinkFunc(func(e event.Event) { last = e })}}
	node := func(host string) addr.Node {
		return addr.Node{Host: host, Instance: addr.Instance{Block: addr.Block{Play: "cti", Kind: addr.Handler, Name: "restart"}}}
	}
	p.Handle(event.Event{Type: event.RunStarted})
	if got := p.text(); got != "" {
		t.Errorf("nothing runs, and it says %q", got)
	}
	now := time.Now()
	p.Handle(event.Event{Type: event.NodeStarted, Node: node("xsp01"), Time: now})
	p.Handle(event.Event{Type: event.NodeStarted, Node: node("xsp02"), Time: now.Add(-2 * time.Hour)})
	p.Handle(event.Event{Type: event.NodeStarted, Node: node("xsp03"), Time: now.Add(-9 * time.Hour)})
	p.Handle(event.Event{Type: event.NodeFinished, Node: node("xsp03")})
	if got := p.text(); !strings.HasPrefix(got, ": 2 tasks, cti.handler.restart on xsp02 for 2h0m") {
		t.Errorf("it says %q", got)
	}
	sum := &event.Summary{ExitCode: exitInterrupted}
	p.under(func(*event.Summary) int { return exitTerminated })
	p.Handle(event.Event{Type: event.RunFinished, Summary: sum})
	if last.Summary.ExitCode != exitTerminated || sum.ExitCode != exitInterrupted {
		t.Errorf("the views say %d; the run's own summary is now %d", last.Summary.ExitCode, sum.ExitCode)
	}
}
