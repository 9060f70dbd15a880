package plan

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/schedule"
)

// RolloutView is how a rollout goes if every host has something to do and none fails: the arithmetic, for screens.
type RolloutView struct {
	Of       string // address of the handler, or `play "NAME"`
	Hosts    int    // that are rolled out
	RunHosts int    // that the budget of failures is of
	// Canary is the hosts that go first, one after another. Each stands for the next in order that has something to do,
	// unless CanaryNamed says that the playbook names them.
	Canary       []string
	CanaryNamed  bool
	Soak         time.Duration
	Manual       bool // somebody promotes the canary
	GroupBy      string
	GroupsAtOnce int
	Groups       []GroupView
	MaxFailed    int // failed hosts of the run that it bears: one more stops it
	OnFailure    string
	Health       []HealthView
}

// GroupView is one group of a rollout.
type GroupView struct {
	Name   string // empty where there is no group_by
	Hosts  int
	AtOnce int // of them that may be down at once
	Gone   int // hosts besides that are left out of this run because they are down; they take places
	// Waves are the hosts of each wave, those of the canary left out. Without batches it is one.
	Waves   [][]string
	Batches bool          // the playbook cuts the group into waves
	Within  time.Duration // a wave that takes longer is given up
}

// HealthView is a question that every host has to answer well before its place is free again.
type HealthView struct {
	Name, Module   string
	Within, Stable time.Duration
}

// RolloutViews says how each of Spec.Rollouts goes.
func (p *Plan) RolloutViews() []RolloutView {
	views := make([]RolloutView, len(p.Rollouts))
	for i, r := range p.Rollouts {
		spec := &p.Spec.Rollouts[i]
		v := RolloutView{Of: spec.Name, RunHosts: p.runHosts, Soak: r.Soak, Manual: r.Manual, GroupBy: r.GroupBy, GroupsAtOnce: r.GroupsAtOnce,
			MaxFailed: spec.MaxFailed, OnFailure: r.OnFailure, CanaryNamed: len(spec.CanaryHosts) > 0, Health: p.healthViews(r)}
		canary := canaryOf(spec)
		v.Canary = p.names(canary)
		first := make([]bool, len(p.Hosts))
		for _, h := range canary {
			first[h] = true
		}
		for _, g := range spec.Groups {
			v.Hosts += len(g.Hosts)
			left := slices.DeleteFunc(slices.Clone(g.Hosts), func(h int) bool { return first[h] })
			gv := GroupView{Name: g.Name, Hosts: len(g.Hosts), AtOnce: g.MaxUnavailable, Gone: g.Gone, Batches: len(g.Batches) > 0, Within: g.Within}
			for _, wave := range cut(left, g.Batches) {
				gv.Waves = append(gv.Waves, p.names(wave))
			}
			v.Groups = append(v.Groups, gv)
		}
		views[i] = v
	}
	return views
}

// canaryOf is the hosts that prove a rollout, if all have something to do.
func canaryOf(r *schedule.Rollout) []int {
	if len(r.CanaryHosts) > 0 {
		return r.CanaryHosts
	}
	var first []int
	for _, g := range r.Groups {
		first = append(first, g.Hosts...)
	}
	return first[:min(len(first), r.Canary)]
}

// cut makes waves of the sizes given, of which the last repeats.
func cut(hosts []int, sizes []int) [][]int {
	var waves [][]int
	for i := 0; len(hosts) > 0; i++ {
		n := len(hosts)
		if len(sizes) > 0 {
			n = min(n, sizes[min(i, len(sizes)-1)])
		}
		waves, hosts = append(waves, hosts[:n]), hosts[n:]
	}
	return waves
}

func (p *Plan) healthViews(r *Rollout) []HealthView {
	var out []HealthView
	for _, b := range p.Blocks {
		if b.Addr.Kind == addr.Health && b.chosen && b.rollout() == r {
			out = append(out, HealthView{Name: b.Addr.Name, Module: b.ModuleName, Within: b.within, Stable: b.stable})
		}
	}
	return out
}

// rollout is the one that a health block is part of.
func (b *Block) rollout() *Rollout {
	if b.of != nil {
		return b.of.Rollout
	}
	return b.Play.Rollout
}

func (p *Plan) names(hosts []int) []string {
	var out []string
	for _, h := range hosts {
		out = append(out, p.Hosts[h].Name)
	}
	return out
}

// sizes writes the sizes of waves, many equal ones that follow each other once: `1`, `5`, `40 (17 times)`, `12`.
func sizes(waves [][]string) []string {
	var out []string
	for i := 0; i < len(waves); {
		n := i + 1
		for n < len(waves) && len(waves[n]) == len(waves[i]) {
			n++
		}
		text := strconv.Itoa(len(waves[i]))
		if n-i > 2 {
			out = append(out, fmt.Sprintf("%s (%d times)", text, n-i))
		} else {
			out = append(out, slices.Repeat([]string{text}, n-i)...)
		}
		i = n
	}
	return out
}
