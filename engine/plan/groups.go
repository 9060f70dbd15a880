package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/schedule"
)

// groups are made by the value of a host.data key, in the order of the inventory.
func (b *builder) groups(r *Rollout, hosts []int) []schedule.Group {
	var groups []schedule.Group
	index := map[string]int{}
	var missing []string
	for _, host := range hosts {
		name := ""
		if r.GroupBy != "" {
			var ok bool
			if name, ok = dataText(b.plan.Hosts[host].Data[r.GroupBy]); !ok {
				missing = append(missing, b.plan.Hosts[host].Name)
				continue
			}
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
	for i := range groups {
		groups[i].MaxUnavailable = max(1, r.MaxUnavailable.Of(len(groups[i].Hosts)))
	}
	return groups
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
	if len(spec.CanaryHosts) == 0 && b.in.Limit == "" {
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
