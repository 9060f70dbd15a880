package view

import (
	"fmt"
	"strings"
)

// Rollout is what a screen says of a rollout, counted by whoever made the plan.
type Rollout struct {
	Of          string // address of the handler, or `play "NAME"`
	CanaryCount int
	Canary      []string // the canary's hosts where they are named; then CanaryCount counts nothing
	Groups      []RolloutGroup
	Health      []string // modules that are asked
}

// RolloutGroup is a group of a rollout: Hosts in all, of which AtOnce may be down.
type RolloutGroup struct {
	Name   string
	Hosts  int
	AtOnce int
}

// rollout says in one clause how something is rolled out; empty when it has no rollout.
func (p *Plain) rollout(of string) string {
	for _, r := range p.Rollouts {
		if r.Of == of {
			return r.Clause()
		}
	}
	return ""
}

// Clause says how: `: canary 1; fra 3 (1 at once), then muc 3 (1 at once); each healthy by tls_probe`.
func (r Rollout) Clause() string {
	var parts []string
	switch {
	case len(r.Canary) > 0:
		parts = append(parts, "canary "+Hosts(r.Canary, 60))
	case r.CanaryCount > 0:
		parts = append(parts, fmt.Sprintf("canary %d", r.CanaryCount))
	}
	const most = 6
	var groups []string
	for i, g := range r.Groups {
		if i == most {
			groups = append(groups, fmt.Sprintf("%d more", len(r.Groups)-i))
			break
		}
		name := g.Name
		if name == "" {
			name = "all"
		}
		groups = append(groups, fmt.Sprintf("%s %s (%d at once)", name, thousands(g.Hosts), g.AtOnce))
	}
	parts = append(parts, strings.Join(groups, ", then "))
	if len(r.Health) > 0 {
		parts = append(parts, "each healthy by "+strings.Join(r.Health, ", "))
	}
	return ": " + strings.Join(parts, "; ")
}
