package cli

import (
	"fmt"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/plan"
)

// rollouts counts what a plan's rollouts say, for screens.
func rollouts(p *plan.Plan) []view.Rollout {
	var out []view.Rollout
	for _, r := range p.Spec.Rollouts {
		v := view.Rollout{Of: r.Name, CanaryCount: r.Canary, Soak: r.Soak, Manual: r.Manual, GroupsAtOnce: r.GroupsAtOnce, MaxFailed: r.MaxFailed}
		v.Canary = names(p, r.CanaryHosts)
		for _, g := range r.Groups {
			v.Groups = append(v.Groups, view.RolloutGroup{Name: g.Name, Hosts: names(p, g.Hosts), AtOnce: g.MaxUnavailable, Batches: g.Batches})
		}
		for _, b := range p.Blocks {
			if b.Addr.Kind == addr.Health && healthOf(b.Addr) == r.Name {
				v.Health = append(v.Health, b.ModuleName)
			}
		}
		out = append(out, v)
	}
	return out
}

func names(p *plan.Plan, hosts []int) []string {
	var out []string
	for _, h := range hosts {
		out = append(out, p.Hosts[h].Name)
	}
	return out
}

// healthOf names what a health block belongs to as rollouts are named.
func healthOf(b addr.Block) string {
	switch {
	case b.Of == "":
		return fmt.Sprintf("play %q", b.Play)
	case b.Play == "":
		return b.Of
	}
	return b.Play + "." + b.Of
}
