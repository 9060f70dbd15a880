package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

// kinds writes what changes, play by play, and each kind of change once with all its hosts.
func (p *Plain) kinds() {
	for i, play := range p.report.Plays() {
		if i > 0 {
			fmt.Fprintln(p.Out)
		}
		name := "Play " + play.Name
		if play.Name == "" {
			name = "Handlers of several plays"
		}
		fmt.Fprintf(p.Out, "%s: %s", styled(bold, name), count(play.Hosts, "host"))
		if n := changing(play.Groups); n > 1 {
			fmt.Fprintf(p.Out, ", %d kinds of change. Identical changes are shown once.", n)
		}
		fmt.Fprintln(p.Out)
		p.play(play.Groups)
	}
}

// changing is how many groups do something. They come before the one that does nothing.
func changing(groups []report.Group) int {
	n := 0
	for n < len(groups) && len(groups[n].Lines) > 0 {
		n++
	}
	return n
}

func (p *Plain) play(groups []report.Group) {
	n := changing(groups)
	for i, g := range groups[:n] {
		if i == mostGroups && p.Verbose == 0 {
			hosts := 0
			for _, rest := range groups[i:n] {
				hosts += len(rest.Hosts)
			}
			fmt.Fprintf(p.Out, "  and %d more kinds of change on %s: -v\n", n-i, count(hosts, "host"))
			break
		}
		p.kind(letter(i), g, p.compared(i, groups[:n]))
	}
	for _, g := range groups[n:] {
		fmt.Fprintf(p.Out, "= %s %s  no change\n", pad("   "+count(len(g.Hosts), "host"), 16), p.hosts(g.Hosts))
	}
}

// kind writes one kind of change, as a difference from another one where that is shorter.
func (p *Plain) kind(letter string, g report.Group, c comparison) {
	relation, flag := "", ""
	switch {
	case c.like != "" && len(c.lines) == 0:
		relation = "  as " + c.like + ", but"
	case c.like != "":
		relation = "  as " + c.like + ", and"
	}
	if g.Odd {
		flag = styled(yellow, "  DIFFERS FROM ALL OTHERS")
	}
	fmt.Fprintf(p.Out, "%s %s %s%s%s\n", styled(bold, sign(g)), pad(letter+"  "+count(len(g.Hosts), "host"), 16), p.hosts(g.Hosts), relation, flag)
	for _, l := range c.lines {
		p.planLine(p.own(l, g.Hosts))
	}
	for _, l := range c.without {
		fmt.Fprintf(p.Out, "    = %s  no change\n", short(l))
	}
}

// own is a line with what stands for a host's own name and address put back, where it is about one host only.
func (p *Plain) own(l *report.Line, hosts []string) *report.Line {
	if len(hosts) != 1 {
		return l
	}
	words := []string{"${host.name}", hosts[0]}
	if i := slices.Index(p.report.Run.Hosts, hosts[0]); i >= 0 && i < len(p.report.Run.Addresses) {
		words = append(words, "${host.address}", p.report.Run.Addresses[i])
	}
	back := strings.NewReplacer(words...).Replace
	out := *l
	out.Text, out.Pending = back(l.Text), back(l.Pending)
	out.Changes = slices.Clone(l.Changes)
	for i, c := range out.Changes {
		out.Changes[i] = event.Change{What: back(c.What), Before: back(c.Before), After: back(c.After)}
	}
	return &out
}

// planLine writes what one task means for the hosts of a group.
func (p *Plain) planLine(l *report.Line) {
	s := statuses[l.Status]
	if l.Instance.Kind == addr.Handler && s.style != red {
		s.sign = ">"
	}
	fmt.Fprintf(p.Out, "    %s %s", styled(s.style, s.sign), short(l))
	if l.Module != "" && l.Instance.Kind != addr.Handler {
		fmt.Fprintf(p.Out, "  %s", styled(dim, l.Module))
	}
	if l.Text != "" {
		fmt.Fprintf(p.Out, "  %s", l.Text)
	}
	fmt.Fprintln(p.Out)
	for i, c := range l.Changes {
		if i == mostChanges && len(l.Changes) > mostChanges+1 && p.Verbose == 0 {
			fmt.Fprintf(p.Out, "        (%d more, -v)\n", len(l.Changes)-i)
			break
		}
		fmt.Fprintf(p.Out, "        %s\n", change(c))
	}
	if l.Pending != "" {
		fmt.Fprintf(p.Out, "        %s %s\n", styled(yellow, "!"), l.Pending)
	}
}

// short is a line's address under the heading of its play, in a form that --target takes.
func short(l *report.Line) string {
	return strings.TrimPrefix(l.Instance.String(), l.Instance.Play+".")
}

// change writes one line of a diff.
func change(c event.Change) string {
	switch {
	case c.Before == "" && c.After == "":
		return "~ " + c.What
	case c.Before == "":
		return styled(green, "+") + " " + c.What + "  " + c.After
	case c.After == "":
		return styled(red, "-") + " " + c.What + "  " + c.Before
	}
	return styled(yellow, "~") + " " + c.What + "  " + c.Before + " -> " + c.After
}

// sign is the strongest of a group's lines.
func sign(g report.Group) string {
	for _, s := range []event.Status{event.Failed, event.Unknown, event.Unreachable, event.WouldChange, event.Changed, event.Unsure} {
		if slices.ContainsFunc(g.Lines, func(l *report.Line) bool { return l.Status == s }) {
			return statuses[s].sign
		}
	}
	return ">"
}

func letter(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return fmt.Sprint(i + 1)
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-len(s))) }
