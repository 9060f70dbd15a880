package plan

import (
	"fmt"
	"strconv"

	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/schedule"
)

// canary is a number of units, or the hosts of a pattern.
func (b *builder) canary(r *Rollout, spec *schedule.Rollout, hosts []int) {
	if r.Canary == "" {
		return
	}
	if n, err := strconv.Atoi(r.Canary); err == nil {
		spec.Canary = n
		return
	}
	selected, ds := b.selectAt(r.Canary, r.source.Canary.Range())
	b.add(ds.Within(r.in + ", rollout")...)
	if ds.HasErrors() {
		return
	}
	named := map[*inventory.Host]bool{}
	for _, h := range selected {
		named[h] = true
	}
	for _, host := range hosts {
		if named[b.plan.Hosts[host]] {
			spec.CanaryHosts = append(spec.CanaryHosts, host)
		}
	}
	switch {
	case len(spec.CanaryHosts) > 0:
	case b.in.Limit != "" || b.leftOut > 0 || len(b.in.Tags)+len(b.in.Targets) > 0:
		spec.Canary = 1 // never none where the playbook wants one
		b.plan.Notes = append(b.plan.Notes, fmt.Sprintf("None of the canary hosts of %s (%s) is in this run: the first host that begins is the canary.", spec.Name, r.Canary))
	default:
		b.rolloutError(r, r.source.Canary, fmt.Sprintf("canary %q selects no host of the rollout", r.Canary),
			"The hosts that it selects are not among those that are rolled out.", "Choose a host of the play.")
	}
}
