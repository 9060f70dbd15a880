package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/schedule"
)

// groups are made by the value of a host.data key, in the order of the inventory. A share of a group is one of all its
// hosts, those included that are left out of this run.
func (b *builder) groups(r *Rollout, hosts []int, leftOut []*inventory.Host) []schedule.Group {
	var groups []schedule.Group
	index := map[string]int{}
	var missing []string
	for _, host := range hosts {
		name, ok := r.groupOf(b.plan.Hosts[host])
		if !ok {
			missing = append(missing, b.plan.Hosts[host].Name)
			continue
		}
		g, ok := index[name]
		if !ok {
			g = len(groups)
			index[name] = g
			groups = append(groups, schedule.Group{Name: name})
		}
		groups[g].Hosts = append(groups[g].Hosts, host)
	}
	if len(missing) > 0 {
		b.groupByMissing(r, missing, hosts)
	}
	sizes := b.gone(r, groups, index, leftOut)
	for i := range groups {
		groups[i].MaxUnavailable = max(1, r.MaxUnavailable.Of(sizes[i]))
		for _, c := range r.Batches {
			groups[i].Batches = append(groups[i].Batches, max(1, c.Up(sizes[i])))
		}
	}
	return groups
}

// gone counts in each group the hosts that are left out because they are down, and returns how many hosts each has in all.
func (b *builder) gone(r *Rollout, groups []schedule.Group, index map[string]int, leftOut []*inventory.Host) []int {
	sizes := make([]int, len(groups))
	for i := range groups {
		sizes[i] = len(groups[i].Hosts)
	}
	down := map[string]bool{}
	for _, x := range b.in.Exclude {
		down[x.Name] = down[x.Name] || x.Down
	}
	for _, h := range leftOut {
		name, ok := r.groupOf(h)
		g, there := index[name]
		if !ok || !there {
			continue // nobody of its group is in the run
		}
		sizes[g]++
		if down[h.Name] {
			groups[g].Gone++
		}
	}
	return sizes
}

// groupOf names a host's group; not ok when it lacks the key.
func (r *Rollout) groupOf(h *inventory.Host) (string, bool) {
	if r.GroupBy == "" {
		return "", true
	}
	return dataText(h.Data[r.GroupBy])
}

// dataText is a host.data value as the name of a group.
func dataText(v cty.Value) (string, bool) {
	if v == cty.NilVal {
		return "", false
	}
	v, _ = v.Unmark()
	v, err := convert.Convert(v, cty.String)
	if err != nil || !v.IsKnown() || v.IsNull() {
		return "", false
	}
	return v.AsString(), true
}

func (b *builder) groupByMissing(r *Rollout, missing []string, hosts []int) {
	var keys []string
	for _, host := range hosts {
		for k := range b.plan.Hosts[host].Data {
			keys = appendOnce(keys, k)
		}
	}
	first := missing[0]
	advice := diag.DidYouMean(r.GroupBy, keys, fmt.Sprintf("Give it in the inventory: host %q { data = { %s = \"...\" } }, or in a group.", first, r.GroupBy))
	b.rolloutErrorCode(r, diag.GroupByMissing, fmt.Sprintf("no host.data.%s on %s", r.GroupBy, listSome(missing)),
		"The rollout goes group by group, and needs to know each host's.", advice)
}

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
	for _, host := range hosts {
		for _, h := range selected {
			if b.plan.Hosts[host] == h {
				spec.CanaryHosts = append(spec.CanaryHosts, host)
			}
		}
	}
	switch {
	case len(spec.CanaryHosts) > 0:
	case b.in.Limit != "" || b.leftOut > 0:
		spec.Canary = 1 // never none where the playbook wants one
		b.plan.Notes = append(b.plan.Notes, fmt.Sprintf("None of the canary hosts of %s (%s) is in this run: the first host that begins is the canary.", spec.Name, r.Canary))
	default:
		b.rolloutError(r, r.source.Canary, fmt.Sprintf("canary %q selects no host of the rollout", r.Canary),
			"The hosts that it selects are not among those that are rolled out.", "Choose a host of the play.")
	}
}

// listSome names the first hosts of a list: `xsp01, xsp02 and 3 more`.
func listSome(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
