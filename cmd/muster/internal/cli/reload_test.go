package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/journal"
)

func TestAcceptedChangesAreNotAskedForAgain(t *testing.T) {
	begun := map[string]string{"playbook site.hcl": "1", "file old.pem": "2", "limit": ""}
	now := map[string]string{"playbook site.hcl": "3", "file new.pem": "4", "limit": ""}
	st := &journal.State{Begin: journal.Begin{Inputs: begun}}
	want := []string{"the file new.pem is new", "the file old.pem is gone", "the playbook site.hcl was changed"}
	if diff := cmp.Diff(want, engine.Changed(expected(st, now), now)); diff != "" {
		t.Fatal(diff)
	}
	st.Processes = []journal.Process{{}, {Accepted: accepted(expected(st, now), now)}}
	if again := engine.Changed(expected(st, now), now); again != nil {
		t.Errorf("asked for again: %q", again)
	}
	if back := engine.Changed(expected(st, begun), begun); len(back) != 3 {
		t.Errorf("put back, and told: %q", back)
	}
}
