package executor

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

// A key holds anything, and a name may look like a word of ours.
func TestHostEndsByNames(t *testing.T) {
	ok, changed, begun := &journal.Node{Intents: 1, Outcome: "ok"}, &journal.Node{Intents: 1, Outcome: "changed"}, &journal.Node{Intents: 1}
	for name, tc := range map[string]struct {
		nodes    map[string]*journal.Node
		restarts int
		unproved bool
	}{
		"restarts":             {map[string]*journal.Node{"w1: web.handler.bounce": changed, "w1: handler.bounce": ok, "w1: web.handler.other": begun}, 2, false},
		"a key":                {map[string]*journal.Node{`w1: web.task.one["handler.x"]`: changed}, 0, false},
		"names of plays":       {map[string]*journal.Node{"w1: myhandler.task.one": changed, "w1: handler.task.one": changed, "w1: web.task.handler": changed}, 0, false},
		"a key without a host": {map[string]*journal.Node{`web.task.keys["a: b"] (produce)`: ok}, 0, false},
		"health":               {map[string]*journal.Node{"w1: web.handler.bounce": changed, "w1: web.handler.bounce.health.well": begun}, 1, true},
		"health of a play":     {map[string]*journal.Node{"w1: web.task.one": changed, "w1: web.health.well": begun}, 0, true},
		"health in a key":      {map[string]*journal.Node{"w1: web.task.one": changed, `w1: web.task.two["w1: web.task.one.health.x"]`: begun}, 0, false},
	} {
		s := &journal.State{Begin: journal.Begin{Hosts: []string{"w1"}}, Finish: &journal.Finish{}, Nodes: tc.nodes}
		ends := HostEnds(s)
		got := ends["w1"]
		want := HostEnd{Status: got.Status, Done: got.Done, Down: got.Down, Failed: got.Failed, Restarts: tc.restarts, Unproved: tc.unproved}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(HostEnd{})); diff != "" || len(ends) != 1 {
			t.Errorf("%s: %d hosts, %s", name, len(ends), diff)
		}
	}
	s := &journal.State{Begin: journal.Begin{Hosts: []string{"a.health.b"}}, Nodes: map[string]*journal.Node{"a.health.b: web.task.one": begun}}
	if end := HostEnds(s)["a.health.b"]; end.Unproved || end.Status != event.NotRun {
		t.Errorf("%+v", end)
	}
}
