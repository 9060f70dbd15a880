package plan

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2"

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

func (b *builder) rolloutErrorCode(r *Rollout, code, summary, detail, advice string) {
	b.add(diag.Diagnostics{diag.At(r.source.GroupBy.Range(), code, summary, detail, advice)}.Within(r.in + ", rollout")...)
}
