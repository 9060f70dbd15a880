package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

// How much a screen shows before it says how much more there is; -v shows all.
const (
	mostGroups  = 6 // kinds of change per play
	mostChanges = 4 // lines of one task's diff
	mostNotes   = 5
)

// planScreen is the answer of `muster plan`.
func (p *Plain) planScreen() {
	p.groups("Identical changes are shown once.")
	p.notes()
	rc := p.report.Recap()
	fmt.Fprintf(p.Out, "\n%s %s in %s.\n", styled(bold, "Plan:"), hostCounts(rc), lasted(p.report.Summary.Duration))
	for _, h := range rc.Handlers {
		fmt.Fprintf(p.Out, "  > %s on %s%s\n", h.Block, count(h.Would, "host"), p.rollout(h.Block.String()))
	}
	fmt.Fprint(p.Out, "Nothing was changed.")
	if p.Next != "" && p.pendingChanges() {
		fmt.Fprintf(p.Out, " Next: %s", p.Next)
	}
	fmt.Fprintln(p.Out)
}

// hostCounts is "2,117 hosts to change, 22 ok".
func hostCounts(rc report.Recap) string {
	if len(rc.Hosts) == 0 {
		return "no host"
	}
	first, rest, _ := strings.Cut(counts(rc.Hosts), " ")
	noun := " hosts "
	if first == "1" {
		noun = " host "
	}
	return first + noun + rest
}

// pendingChanges reports whether an apply would have anything to do.
func (p *Plain) pendingChanges() bool {
	s := p.report.Summary
	return s.Nodes[event.WouldChange]+s.Nodes[event.WouldRun]+s.Nodes[event.Unsure] > 0
}

// groups writes the kinds of change of every play.
func (p *Plain) groups(hint string) {
	for i, play := range p.report.Plays() {
		if i > 0 {
			fmt.Fprintln(p.Out)
		}
		kinds := 0
		for _, g := range play.Groups {
			if len(g.Lines) > 0 {
				kinds++
			}
		}
		name := "Play " + play.Name
		if play.Name == "" {
			name = "Handlers of several plays"
		}
		fmt.Fprintf(p.Out, "%s: %s", styled(bold, name), count(play.Hosts, "host"))
		if kinds > 1 {
			fmt.Fprintf(p.Out, ", %d kinds of change. %s", kinds, hint)
		}
		fmt.Fprintln(p.Out)
		p.play(play)
	}
}

func (p *Plain) play(play report.Play) {
	base := baseOf(play.Groups)
	letters := map[int]string{}
	for i := range play.Groups {
		letters[i] = letter(i)
	}
	shown := 0
	for i, g := range play.Groups {
		if len(g.Lines) == 0 {
			p.unchanged(g)
			continue
		}
		if shown++; shown > mostGroups && p.Verbose == 0 {
			hosts := 0
			for _, rest := range play.Groups[i:] {
				if len(rest.Lines) > 0 {
					hosts += len(rest.Hosts)
				}
			}
			fmt.Fprintf(p.Out, "  and more kinds of change on %s: -v\n", count(hosts, "host"))
			if last := play.Groups[len(play.Groups)-1]; len(last.Lines) == 0 {
				p.unchanged(last)
			}
			return
		}
		like := ""
		lines := g.Lines
		if base >= 0 && base != i && related(g, play.Groups[base]) && p.Verbose == 0 {
			like = letters[base]
			lines = differing(g.Lines, play.Groups[base].Lines)
		}
		p.group(letters[i], g, like, lines, missing(g, play.Groups, base, like))
	}
}

func (p *Plain) unchanged(g report.Group) {
	fmt.Fprintf(p.Out, "= %s %s  no change\n", pad("   "+count(len(g.Hosts), "host"), 16), p.hosts(g.Hosts))
}

// group writes one kind of change.
func (p *Plain) group(letter string, g report.Group, like string, lines []*report.Line, without []*report.Line) {
	flag := ""
	if g.Odd {
		flag = styled(yellow, "  DIFFERS FROM ALL OTHERS")
	}
	relation := ""
	if like != "" {
		relation = "  as " + like + ", and"
		if len(lines) == 0 {
			relation = "  as " + like + ", but"
		}
	}
	fmt.Fprintf(p.Out, "%s %s %s%s%s\n", styled(bold, sign(g)), pad(letter+"  "+count(len(g.Hosts), "host"), 16), p.hosts(g.Hosts), relation, flag)
	for _, l := range lines {
		p.planLine(l)
	}
	for _, l := range without {
		fmt.Fprintf(p.Out, "    = %s  no change\n", short(l))
	}
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

// notes writes the modules' remarks, each once. After an apply, those about what was right already say nothing new.
func (p *Plain) notes() {
	var notes []*report.Note
	for _, n := range p.report.Notes() {
		if !n.Idle || p.report.Run.Mode == event.Plan || p.Verbose > 0 {
			notes = append(notes, n)
		}
	}
	if len(notes) > 0 {
		fmt.Fprintln(p.Out)
	}
	for i, n := range notes {
		if i == mostNotes && len(notes) > mostNotes+1 && p.Verbose == 0 {
			fmt.Fprintf(p.Out, "Note: %d more, -v\n", len(notes)-i)
			return
		}
		fmt.Fprintf(p.Out, "Note: %s: %s (%s)\n", n.Block, n.Text, p.some(n.Hosts, p.report.HostsOf(n.Block.Play)))
	}
}

// some names hosts, unless they are all there are.
func (p *Plain) some(hosts []string, all int) string {
	if len(hosts) == all && all > 1 {
		return fmt.Sprintf("all %s hosts", thousands(all))
	}
	return Hosts(hosts, p.width/2)
}

func (p *Plain) hosts(hosts []string) string { return Hosts(hosts, p.width-30) }

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

// baseOf is the largest kind of change, to which the others are compared; -1 when there is none.
func baseOf(groups []report.Group) int {
	base := -1
	for i, g := range groups {
		if len(g.Lines) > 1 && (base < 0 || len(g.Hosts) > len(groups[base].Hosts)) {
			base = i
		}
	}
	return base
}

// related reports whether a kind of change is shorter to tell as a difference.
func related(g, base report.Group) bool {
	return len(differing(g.Lines, base.Lines))+len(differing(base.Lines, g.Lines)) < len(g.Lines)
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

// missing is the tasks that do something in the base and nothing here.
func missing(g report.Group, groups []report.Group, base int, like string) []*report.Line {
	if like == "" {
		return nil
	}
	var out []*report.Line
	for _, l := range differing(groups[base].Lines, g.Lines) {
		if !slices.ContainsFunc(g.Lines, func(own *report.Line) bool { return own.Instance == l.Instance }) {
			out = append(out, l)
		}
	}
	return out
}
