package engine

import (
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/executor"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/plan"
)

// Excluded are the hosts that a run leaves out, for Options.Exclude: with onlyFailed those on which nothing failed, and in
// any case those that a pattern names; empty: none. A host that is not known to be well, by what earlier processes of the run
// left, takes a place of its group all the same; with onlyFailed, where most hosts are left out because their turn has not
// come, those do whose restart was done and not proved. earlier is nil for a run that begins.
func Excluded(o Options, earlier *journal.State, onlyFailed bool, pattern string) ([]plan.Excluded, diag.Diagnostics) {
	var hosts []*inventory.Host
	named := map[string]bool{}
	if pattern != "" {
		inv, ds := inventory.Load(o.Inventories)
		if inv == nil || ds.HasErrors() {
			return nil, ds
		}
		hosts, ds = inv.Select(pattern, inventory.PatternAt{Source: "command line, --exclude '" + pattern + "'"})
		if ds.HasErrors() {
			return nil, ds
		}
		for _, h := range hosts {
			named[h.Name] = true
		}
	}
	var out []plan.Excluded
	ends := map[string]executor.HostEnd{}
	if earlier != nil {
		ends = executor.HostEnds(earlier)
		for _, name := range earlier.Begin.Hosts {
			if end := ends[name]; onlyFailed && !end.Failed && !named[name] {
				out = append(out, plan.Excluded{Name: name, Down: end.Unproved})
			}
		}
	}
	for _, h := range hosts {
		out = append(out, plan.Excluded{Name: h.Name, Down: ends[h.Name].Down})
	}
	return out, nil
}

// leftOut names the hosts of Options.Exclude.
func (r *Run) leftOut() []string {
	var names []string
	for _, x := range r.options.Exclude {
		names = append(names, x.Name)
	}
	return names
}
