package planfile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/planfile"
)

func found(name string, status event.Status, changes ...event.Change) planfile.Finding {
	n := addr.Node{Host: "h", Instance: addr.Instance{Block: addr.Block{Play: "p", Kind: addr.Task, Name: name}}}
	if status == event.WouldRun {
		n.Kind = addr.Handler
	}
	return planfile.Finding{Node: n, Status: status, Changes: changes}
}

func TestCompare(t *testing.T) {
	change := func(after string) event.Change { return event.Change{What: "text", Before: "a", After: after} }
	ok, would := found("x", event.OK), found("x", event.WouldChange, change("b"))
	owed := found("r", event.WouldRun)
	owed.Pending = "owed from an earlier run"
	remark, reason := ok, found("x", event.Unsure)
	remark.Notes, reason.Text = []string{"look"}, "because"
	pending := ok
	pending.Pending = "stored, not in effect"
	tests := map[string]struct {
		then, now []planfile.Finding
		what      string
	}{
		"the same":               {[]planfile.Finding{would}, []planfile.Finding{would}, ""},
		"a remark":               {[]planfile.Finding{ok}, []planfile.Finding{remark}, ""},
		"another reason":         {[]planfile.Finding{found("x", event.Unsure)}, []planfile.Finding{reason}, ""},
		"changed by hand":        {[]planfile.Finding{ok}, []planfile.Finding{would}, `p.task.x: was "no change", is "change: text a -> b"`},
		"done by somebody":       {[]planfile.Finding{would}, []planfile.Finding{ok}, `p.task.x: was "change: text a -> b", is "no change"`},
		"to something else":      {[]planfile.Finding{would}, []planfile.Finding{found("x", event.WouldChange, change("c"))}, `p.task.x: was "change: text a -> b", is "change: text a -> c"`},
		"from something else":    {[]planfile.Finding{would}, []planfile.Finding{found("x", event.WouldChange, event.Change{What: "text", Before: "z", After: "b"})}, `p.task.x: was "change: text a -> b", is "change: text z -> b"`},
		"not known any more":     {[]planfile.Finding{ok}, []planfile.Finding{reason}, `p.task.x: was "no change", is "not known before the run"`},
		"stored meanwhile":       {[]planfile.Finding{ok}, []planfile.Finding{pending}, `p.task.x: was "no change", is "no change, stored, not in effect"`},
		"its handler follows":    {[]planfile.Finding{ok}, []planfile.Finding{would, found("r", event.WouldRun)}, `p.task.x: was "no change", is "change: text a -> b"`},
		"a restart became owed":  {[]planfile.Finding{ok}, []planfile.Finding{ok, owed}, `p.handler.r: is "would run, owed from an earlier run", and was not in the plan`},
		"a task that is gone":    {[]planfile.Finding{ok, found("y", event.OK)}, []planfile.Finding{ok}, `p.task.y: was "no change", and is not any more`},
		"the order is different": {[]planfile.Finding{ok, found("y", event.OK)}, []planfile.Finding{found("y", event.OK), ok}, ""},
		"could not be reached":   {[]planfile.Finding{found("x", event.Unreachable)}, []planfile.Finding{ok}, "it could not be reached when the plan was made, so nothing of it was reviewed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := planfile.Compare(&planfile.File{Hosts: []planfile.Host{{Name: "h", Nodes: tt.then}}}, &planfile.File{Hosts: []planfile.Host{{Name: "h", Nodes: tt.now}}})
			var want []planfile.Drift
			if tt.what != "" {
				want = []planfile.Drift{{Host: "h", What: tt.what}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompareHosts(t *testing.T) {
	host := func(name string, class event.Status) planfile.Host { return planfile.Host{Name: name, Class: class} }
	then := &planfile.File{Hosts: []planfile.Host{host("gone", event.OK), host("same", event.OK), host("down", event.OK), host("still down", event.Unreachable)}}
	now := &planfile.File{Hosts: []planfile.Host{host("new", event.OK), host("same", event.OK), host("down", event.Unreachable), host("still down", event.Unreachable)}}
	want := []planfile.Drift{
		{Host: "new", What: "it was not in the plan"},
		{Host: "down", What: "it cannot be reached now", Down: true},
		{Host: "still down", What: "it cannot be reached now", Down: true},
		{Host: "gone", What: "it is in the plan, and not in the inventory any more"},
	}
	if diff := cmp.Diff(want, planfile.Compare(then, now)); diff != "" {
		t.Error(diff)
	}
}
