package engine

import (
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/executor"
	"github.com/muster-run/muster/engine/journal"
)

// Orphans is what earlier processes left open and this Run, for which changes were accepted, does not have any more. One with
// an error must not be walked: what is owed would be lost.
func (r *Run) Orphans(earlier *journal.State) diag.Diagnostics {
	return r.clean(executor.Orphans(r.plan, earlier))
}
