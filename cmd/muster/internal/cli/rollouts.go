package cli

import (
	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/plan"
)

// rollouts is what screens say of a plan's rollouts.
func rollouts(p *plan.Plan) []view.Rollout {
	var out []view.Rollout
	for _, r := range p.RolloutViews() {
		v := view.Rollout{Name: r.Of, CanaryCount: len(r.Canary), Soak: r.Soak, Manual: r.Manual, GroupsAtOnce: r.GroupsAtOnce,
			MaxFailed: r.MaxFailed, Of: r.RunHosts, Pauses: r.OnFailure == plan.Pause}
		if r.CanaryNamed {
			v.Canary = r.Canary
		}
		for _, g := range r.Groups {
			v.Groups = append(v.Groups, view.RolloutGroup{Name: g.Name, Hosts: g.Hosts, AtOnce: g.AtOnce, Gone: g.Gone, Waves: g.Waves})
		}
		for _, h := range r.Health {
			v.Health = append(v.Health, h.Module)
		}
		out = append(out, v)
	}
	return out
}
