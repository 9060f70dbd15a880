package view

import (
	"slices"

	"github.com/muster-run/muster/engine/report"
)

// comparison is a kind of change told as a difference from the largest one: what it does besides, and what it does not.
// Where that would be longer, like is empty and lines is all that it does.
type comparison struct {
	like           string // letter of the other one
	lines, without []*report.Line
}

// compared tells groups[i] against the largest group, if they are related and nobody wants to see everything.
func (p *Plain) compared(i int, groups []report.Group) comparison {
	g, base := groups[i], largest(groups)
	more, less := differing(g.Lines, groups[base].Lines), differing(groups[base].Lines, g.Lines)
	if i == base || p.Verbose > 0 || len(more)+len(less) >= len(g.Lines) {
		return comparison{lines: g.Lines}
	}
	c := comparison{like: letter(base), lines: more}
	for _, l := range less {
		sameTask := func(own *report.Line) bool { return own.Instance == l.Instance }
		if !slices.ContainsFunc(g.Lines, sameTask) {
			c.without = append(c.without, l)
		}
	}
	return c
}

func largest(groups []report.Group) int {
	base := 0
	for i, g := range groups {
		if len(g.Hosts) > len(groups[base].Hosts) {
			base = i
		}
	}
	return base
}

// differing is the lines that are not among the others.
func differing(lines, others []*report.Line) []*report.Line {
	var out []*report.Line
	for _, l := range lines {
		if !slices.Contains(others, l) {
			out = append(out, l)
		}
	}
	return out
}
