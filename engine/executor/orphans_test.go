package executor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/plan"
)

func TestOrphans(t *testing.T) {
	planned := addr.Node{Instance: addr.Instance{Block: addr.Block{Play: "web", Kind: addr.Handler, Name: "kept"}}, Host: "w1"}
	p := &plan.Plan{Hosts: []*inventory.Host{{Name: "w1"}, {Name: "w2"}}, Nodes: []plan.Node{{Addr: planned}}}
	changed := &journal.Node{Intents: 1, Outcome: "changed"}
	sick := &journal.Node{Intents: 1, Outcome: "failed", Begun: true}
	for name, tc := range map[string]struct {
		nodes map[string]*journal.Node
		want  []string
	}{
		"all is planned":                  {map[string]*journal.Node{planned.String(): {Notified: true, Once: true}}, nil},
		"it ended well":                   {map[string]*journal.Node{"w1: web.handler.x": changed}, nil},
		"owed":                            {map[string]*journal.Node{"w2: web.handler.x": {Notified: true}, "w1: web.handler.x": {Notified: true, Once: true}}, []string{"web.handler.x is owed on w1, w2, and is not planned there any more"}},
		"owed on a host that is left out": {map[string]*journal.Node{"w3: web.handler.x": {Notified: true}}, nil},
		"restarted and not proved": {map[string]*journal.Node{"w1: web.handler.x": changed, "w1: web.handler.x.health.h": sick},
			[]string{"web.handler.x is owed on w1, and is not planned there any more"}},
		"restarted and proved":      {map[string]*journal.Node{"w1: web.handler.x": changed, "w1: web.handler.x.health.h": {Intents: 1, Outcome: "ok"}}, nil},
		"health of what is planned": {map[string]*journal.Node{planned.String(): changed, planned.String() + ".health.h": sick}, nil},
		"sent, and nobody knows": {map[string]*journal.Node{`w1: web.task.x["a: b"]`: {Once: true, Sent: true, Begun: true}},
			[]string{`nobody knows whether web.task.x["a: b"] ran on w1, and it is not planned there any more`}},
		"half-way":   {map[string]*journal.Node{"w1: web.task.x": {Sent: true, Begun: true}}, []string{"web.task.x was begun on w1, and is not planned there any more"}},
		"only asked": {map[string]*journal.Node{"w1: web.task.x": {Begun: true}, "web.check.y": {Begun: true}}, nil},
	} {
		ds := Orphans(p, &journal.State{Nodes: tc.nodes})
		var got []string
		for _, d := range ds {
			got = append(got, d.Summary)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" || ds.HasErrors() == (len(got) == 0 || name == "half-way") {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
