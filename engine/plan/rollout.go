package plan

import (
	"context"
	"fmt"

	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/schedule"
)

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
		b.rollout(play.Rollout, fmt.Sprintf("play %q", play.Name), play.Hosts, play.leftOut, blocks)
	}
	for _, block := range b.plan.Blocks {
		if block.Rollout != nil && block.chosen {
			b.rollout(block.Rollout, block.Addr.String(), b.hostsOf(block), b.leftOutOf(block), append([]*Block{block}, b.healthOf(block)...))
		}
	}
	b.backstops()
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

// leftOutOf is the hosts that Input.Exclude keeps out of the run and that a handler could have been notified on.
func (b *builder) leftOutOf(handler *Block) []*inventory.Host {
	var out []*inventory.Host
	for _, t := range handler.notifiedBy {
		for _, h := range t.Play.leftOut {
			out = appendOnce(out, h)
		}
	}
	return out
}

func (b *builder) rollout(r *Rollout, name string, hosts []int, leftOut []*inventory.Host, blocks []*Block) {
	if len(hosts) == 0 {
		return
	}
	spec := schedule.Rollout{Name: name, Soak: r.Soak, Manual: r.Manual, GroupsAtOnce: r.GroupsAtOnce, MaxFailed: b.maxFailed(r)}
	spec.Groups = b.groups(r, hosts, leftOut)
	b.canary(r, &spec, hosts)
	index := len(b.plan.Spec.Rollouts)
	b.plan.Spec.Rollouts = append(b.plan.Spec.Rollouts, spec)
	b.plan.Rollouts = append(b.plan.Rollouts, r)
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

// maxFailed is a share of the run's hosts, rounded down: a share too small for one host bears none. A host that is left out
// of a resumed run still belongs to the run.
func (b *builder) maxFailed(r *Rollout) int {
	if r.MaxFailed.Percent {
		return r.MaxFailed.N * b.plan.runHosts / 100
	}
	return r.MaxFailed.N
}
