package journal

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

func TestProgressIsThinned(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	one, two := addr.Node{Host: "xsp01"}, addr.Node{Host: "xsp02"}
	var kept thinning
	var got []string
	for _, e := range []struct {
		after int
		node  addr.Node
		typ   event.Type
		text  string
	}{
		{0, one, event.NodeProgress, "waiting"},
		{2, one, event.NodeProgress, "too soon"},
		{2, two, event.NodeProgress, "another node"},
		{31, one, event.NodeProgress, "waiting"},
		{32, one, event.NodeProgress, "ports answer"},
		{33, one, event.NodeLog, "a log is kept"},
		{34, one, event.NodeFinished, "end"},
		{35, one, event.NodeProgress, "begins anew"},
	} {
		if kept.keeps(event.Event{Time: begin.Add(time.Duration(e.after) * time.Second), Type: e.typ, Node: e.node, Text: e.text}) {
			got = append(got, e.text)
		}
	}
	want := []string{"waiting", "another node", "ports answer", "a log is kept", "end", "begins anew"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
