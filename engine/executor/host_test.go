package executor

import (
	"testing"

	"github.com/muster-run/muster/engine/addr"
)

// Two nodes look for the markers of a host at the same time; what a task of this run leaves between is no debt of an earlier
// run, and what was removed between does not come back.
func TestMarkersAreReadOnce(t *testing.T) {
	own, old := addr.Block{Play: "web", Kind: addr.Handler, Name: "bounce"}, addr.Block{Play: "web", Kind: addr.Handler, Name: "old"}
	h := &hostState{}
	h.setMarkers([]string{old.String()})
	if got := h.owed(); len(got) != 1 {
		t.Errorf("owed by an earlier run: %v", got)
	}
	h.mark(old, false)
	h.mark(own, true)
	h.setMarkers([]string{old.String(), own.String()})
	if got := h.owed(); len(got) > 0 || h.marked(old) || !h.marked(own) {
		t.Errorf("owed by an earlier run: %v; on the host: %v", got, h.markers)
	}
}
