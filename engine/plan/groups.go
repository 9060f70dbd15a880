package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/schedule"
)

// member is a host that a rollout is for; number is its index in Plan.Hosts, or -1 when it is left out of this run.
type member struct {
	host   *inventory.Host
	number int
}

// members lists the hosts of a rollout in the order of the inventory, those included that are left out.
func (b *builder) members(hosts []int, leftOut []*inventory.Host) []member {
	number := map[*inventory.Host]int{}
	for _, h := range leftOut {
		number[h] = -1
	}
	for _, i := range hosts {
		number[b.plan.Hosts[i]] = i
	}
	list := make([]member, 0, len(number))
	for _, h := range b.in.Inventory.Hosts {
		if n, ok := number[h]; ok {
			list = append(list, member{h, n})
		}
	}
	return list
}

// groups are made by the value of a host.data key, in the order of the inventory. Their order, and what is a share of
// them, does not depend on which hosts are left out of this run; a group of which all are is none.
func (b *builder) groups(r *Rollout, hosts []int, leftOut []*inventory.Host) []schedule.Group {
	var groups []schedule.Group
	var sizes []int
	var missing []string
	index, down := map[string]int{}, b.excludedDown()
	for _, m := range b.members(hosts, leftOut) {
		name, ok := r.groupOf(m.host)
		if !ok {
			missing = append(missing, m.host.Name)
			continue
		}
		g, ok := index[name]
		if !ok {
			g = len(groups)
			index[name] = g
			groups, sizes = append(groups, schedule.Group{Name: name}), append(sizes, 0)
		}
		sizes[g]++
		switch {
		case m.number >= 0:
			groups[g].Hosts = append(groups[g].Hosts, m.number)
		case down[m.host.Name]:
			groups[g].Gone++
		}
	}
	if len(missing) > 0 {
		b.groupByMissing(r, missing, hosts)
	}
	for g := range groups {
		groups[g].MaxUnavailable = max(1, r.MaxUnavailable.Of(sizes[g]))
		for _, c := range r.Batches {
			groups[g].Batches = append(groups[g].Batches, max(1, c.Up(sizes[g])))
		}
	}
	return slices.DeleteFunc(groups, func(g schedule.Group) bool { return len(g.Hosts) == 0 })
}

// excludedDown names the hosts that are left out because they are down.
func (b *builder) excludedDown() map[string]bool {
	down := map[string]bool{}
	for _, x := range b.in.Exclude {
		down[x.Name] = down[x.Name] || x.Down
	}
	return down
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

// listSome names the first hosts of a list: `xsp01, xsp02 and 3 more`.
func listSome(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
