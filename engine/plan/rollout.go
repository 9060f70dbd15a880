package plan

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/engine/schedule"
)

const rolloutWhy = "A rollout is planned before the run, for all hosts together."

// Rollout is how a play or a handler is rolled out, as the playbook says it.
type Rollout struct {
	Canary         string // a number of hosts, or a pattern; empty: none
	GroupBy        string // a host.data key; empty: one group
	GroupsAtOnce   int
	MaxUnavailable lang.Count
	MaxFailed      lang.Count

	source *playbook.Rollout
	in     string
}

// rolloutOf reads a rollout's settings, which need no host.
func (b *builder) rolloutOf(r *playbook.Rollout, in string) *Rollout {
	if r == nil {
		return nil
	}
	s := b.settings(in+", rollout", rolloutWhy)
	out := &Rollout{
		Canary: s.text(r.Canary), GroupBy: s.text(r.GroupBy), GroupsAtOnce: s.integer(r.GroupsAtOnce, 1, 1, 1_000_000),
		MaxUnavailable: s.count(r.MaxUnavailable, lang.Count{N: 1}), MaxFailed: s.count(r.MaxFailed, lang.Count{}), source: r, in: in,
	}
	if out.MaxUnavailable.N == 0 {
		b.rolloutError(out, r.MaxUnavailable, "max_unavailable is zero", "Then no host may ever be down, and none could be changed.", "Write at least 1.")
	}
	if n, err := strconv.Atoi(out.Canary); err == nil && n < 0 {
		b.rolloutError(out, r.Canary, "canary is negative", "It is the number of hosts of the first wave, or a pattern.", "Write 0 or more.")
	}
	return out
}

func (b *builder) rolloutError(r *Rollout, at hcl.Expression, summary, detail, advice string) {
	b.add(diag.Diagnostics{diag.At(at.Range(), diag.BadRollout, summary, detail, advice)}.Within(r.in + ", rollout")...)
}

// rollouts makes the units and groups of each rollout, and says which nodes are in which.
func (b *builder) rollouts(context.Context) error {
	for _, play := range b.plan.Plays {
		if play.Rollout == nil {
			continue
		}
		var blocks []*Block
		for _, block := range play.blocks {
			if block.Check == nil && block.chosen {
				blocks = append(blocks, block)
			}
		}
		b.rollout(play.Rollout, fmt.Sprintf("play %q", play.Name), play.Hosts, blocks)
	}
	for _, block := range b.plan.Blocks {
		if block.Rollout != nil && block.chosen {
			b.rollout(block.Rollout, block.Addr.String(), b.hostsOf(block), append([]*Block{block}, b.healthOf(block)...))
		}
	}
	return nil
}

func (b *builder) healthOf(handler *Block) []*Block {
	var out []*Block
	for _, block := range b.plan.Blocks {
		if block.of == handler {
			out = append(out, block)
		}
	}
	return out
}

func (b *builder) rollout(r *Rollout, name string, hosts []int, blocks []*Block) {
	if len(hosts) == 0 {
		return
	}
	spec := schedule.Rollout{Name: name, GroupsAtOnce: r.GroupsAtOnce, MaxFailed: b.maxFailed(r)}
	spec.Groups = b.groups(r, hosts)
	b.canary(r, &spec, hosts)
	index := len(b.plan.Spec.Rollouts)
	b.plan.Spec.Rollouts = append(b.plan.Spec.Rollouts, spec)
	for g, group := range spec.Groups {
		for _, host := range group.Hosts {
			for _, block := range blocks {
				if block.at == nil {
					continue
				}
				for _, node := range block.at[host].append(nil) {
					b.plan.Spec.Nodes[node].Rollout, b.plan.Spec.Nodes[node].Group = index, g
				}
			}
		}
	}
}

// maxFailed is a share of the run's hosts, rounded down: a share too small for one host bears none.
func (b *builder) maxFailed(r *Rollout) int {
	if r.MaxFailed.Percent {
		return r.MaxFailed.N * len(b.plan.Hosts) / 100
	}
	return r.MaxFailed.N
}

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

func (b *builder) rolloutErrorCode(r *Rollout, code, summary, detail, advice string) {
	b.add(diag.Diagnostics{diag.At(r.source.GroupBy.Range(), code, summary, detail, advice)}.Within(r.in + ", rollout")...)
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
