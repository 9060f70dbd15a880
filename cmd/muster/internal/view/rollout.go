package view

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Rollout is what a screen says of a rollout, counted by whoever made the plan.
type Rollout struct {
	Name         string // address of the handler, or `play "NAME"`
	CanaryCount  int
	Canary       []string // the canary's hosts where they are named; then CanaryCount counts nothing
	Soak         time.Duration
	Manual       bool // somebody has to promote
	Groups       []RolloutGroup
	GroupsAtOnce int
	MaxFailed    int      // failed hosts that it bears, of
	Of           int      // this many
	Pauses       bool     // and waits, where it would stop
	Health       []string // modules that are asked
}

// RolloutGroup is a group of a rollout: AtOnce of its hosts may be down. Waves are its hosts, those of the canary left out,
// in the order in which they go; one wave is no wave. Gone is hosts besides that are down, so that they take places.
type RolloutGroup struct {
	Name   string
	Hosts  int
	AtOnce int
	Gone   int
	Waves  [][]string
}

// How much of a rollout's arithmetic a screen shows; -v shows all.
const (
	mostRolloutGroups = 6
	mostWaves         = 4 // of a group, with their hosts
)

// rollout writes how something is rolled out: what stands behind its name, and the lines below it.
func (p *Plain) rollout(w io.Writer, r Rollout) {
	fmt.Fprintln(w, r.clause())
	for i, g := range r.Groups {
		if i == mostRolloutGroups && len(r.Groups) > mostRolloutGroups+1 && p.Verbose == 0 {
			hosts := 0
			for _, rest := range r.Groups[i:] {
				hosts += rest.Hosts
			}
			fmt.Fprintf(w, "      and %d more groups with %s, -v\n", len(r.Groups)-i, count(hosts, "host"))
			return
		}
		p.group(w, g)
	}
}

// clause is what holds for the whole rollout: `: canary 1 for 10m, then waits for promotion; 2 groups at once; each
// healthy by tls_probe; pauses after the 1st failure of 6`.
func (r Rollout) clause() string {
	var parts []string
	if canary := r.canary(); canary != "" {
		parts = append(parts, canary)
	}
	if r.GroupsAtOnce > 1 && len(r.Groups) > 1 {
		parts = append(parts, fmt.Sprintf("%d groups at once", min(r.GroupsAtOnce, len(r.Groups))))
	}
	if len(r.Health) > 0 {
		parts = append(parts, "each healthy by "+strings.Join(r.Health, ", "))
	}
	verb := "stops"
	if r.Pauses {
		verb = "pauses"
	}
	if r.MaxFailed < r.Of {
		parts = append(parts, fmt.Sprintf("%s after the %s failure of %s", verb, ordinal(r.MaxFailed+1), thousands(r.Of)))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, "; ")
}

func (r Rollout) canary() string {
	text := ""
	switch {
	case len(r.Canary) > 0:
		text = "canary " + Hosts(r.Canary, 60)
	case r.CanaryCount > 0:
		text = fmt.Sprintf("canary %d", r.CanaryCount)
	default:
		return ""
	}
	if r.Soak > 0 {
		text += " for " + span(r.Soak)
	}
	if r.Manual {
		text += ", then waits for promotion"
	}
	return text
}

// group is one line of a rollout; with -v, and waves, a line for each wave more.
func (p *Plain) group(w io.Writer, g RolloutGroup) {
	name := g.Name
	if name == "" {
		name = "all"
	}
	line := fmt.Sprintf("      %s  %s, %d down at once", pad(name, 4), count(g.Hosts, "host"), g.AtOnce)
	if g.Gone > 0 {
		line += fmt.Sprintf(" with the %d left out", g.Gone)
	}
	switch {
	case len(g.Waves) == 0:
		fmt.Fprintln(w, line)
		return
	case len(g.Waves) == 1:
		fmt.Fprintf(w, "%s  %s\n", line, Hosts(g.Waves[0], max(20, p.width-len(line)-2)))
		return
	case p.Verbose > 0:
		fmt.Fprintf(w, "%s, %d waves\n", line, len(g.Waves))
		for i, hosts := range g.Waves {
			fmt.Fprintf(w, "        wave %d of %d  %s  %s\n", i+1, len(g.Waves), count(len(hosts), "host"), p.hosts(hosts))
		}
		return
	}
	var parts []string
	for i, hosts := range g.Waves {
		if i == mostWaves && len(g.Waves) > mostWaves+1 {
			parts = append(parts, fmt.Sprintf("and %d more", len(g.Waves)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s", thousands(len(hosts)), Hosts(hosts, 24)))
	}
	fmt.Fprintf(w, "%s, %d waves: %s\n", line, len(g.Waves), strings.Join(parts, ", "))
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return thousands(n) + suffix
}

// span is a duration as a playbook writes it: 10m, 1h30m, 45s.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
