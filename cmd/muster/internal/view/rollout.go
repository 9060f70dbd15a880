package view

import (
	"fmt"
	"strings"
)

// Rollout is what a plan screen says of a rollout: numbers only, counted by whoever made the plan.
type Rollout struct {
	Of           string // address of the handler, or "play.NAME"
	Canary       []string
	CanaryCount  int
	Groups       []RolloutGroup
	GroupsAtOnce int
	MaxFailed    int
	GroupedBy    string
	Health       []string
}

// RolloutGroup is a group of a rollout.
type RolloutGroup struct {
	Name           string
	Hosts          int
	MaxUnavailable int
}

// rollout says in one clause how something is rolled out: canary 1, then at most 1 down at once in fra (3), muc (3).
func (p *Plain) rollout(of string) string {
	for _, r := range p.Rollouts {
		if r.Of == of {
			return r.clause()
		}
	}
	return ""
}

func (r Rollout) clause() string {
	var parts []string
	switch {
	case len(r.Canary) > 0:
		parts = append(parts, "canary "+Hosts(r.Canary, 60))
	case r.CanaryCount > 0:
		parts = append(parts, fmt.Sprintf("canary %d", r.CanaryCount))
	}
	const mostGroups = 6
	var groups []string
	for i, g := range r.Groups {
		if i == mostGroups {
			groups = append(groups, fmt.Sprintf("and %d more", len(r.Groups)-i))
			break
		}
		name := g.Name
		if name == "" {
			name = "all"
		}
		groups = append(groups, fmt.Sprintf("%s %s (%d at once)", name, thousands(g.Hosts), g.MaxUnavailable))
	}
	parts = append(parts, strings.Join(groups, ", then "))
	if len(r.Health) > 0 {
		parts = append(parts, "each healthy by "+strings.Join(r.Health, ", "))
	}
	return ": " + strings.Join(parts, "; ")
}
