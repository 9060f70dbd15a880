package view

import (
	"fmt"
	"slices"
	"strings"

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
	p.kinds()
	p.notes()
	rc := p.report.Recap()
	fmt.Fprintf(p.Out, "\n%s %s in %s.\n", styled(bold, "Plan:"), hostCounts(rc), lasted(p.report.Summary.Duration))
	for _, r := range p.Rollouts {
		if strings.HasPrefix(r.Name, "play ") {
			fmt.Fprintf(p.Out, "  > %s", r.Name)
			p.rollout(p.Out, r)
		}
	}
	for _, h := range rc.Handlers {
		p.handler(h)
	}
	fmt.Fprint(p.Out, "Nothing was changed.")
	if p.Next != "" && p.pendingChanges() {
		fmt.Fprintf(p.Out, " Next: %s", p.Next)
	}
	fmt.Fprintln(p.Out)
}

// handler writes on how many hosts a handler would run, how many of them owe it from an earlier run, and how.
func (p *Plain) handler(h report.HandlerCount) {
	fmt.Fprintf(p.Out, "  > %s on %s", h.Block, count(h.Would, "host"))
	if h.Pending > 0 {
		fmt.Fprintf(p.Out, " (%s owed by an earlier run)", thousands(h.Pending))
	}
	for _, r := range p.Rollouts {
		if r.Name == h.Block.String() {
			p.rollout(p.Out, r)
			return
		}
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
		fmt.Fprintf(p.Out, "Note: %s: %s (%s)\n", n.Block, n.Text, p.among(n.Hosts, p.report.HostsOf(n.Block.Play)))
	}
}

// among names hosts, unless they are all there are.
func (p *Plain) among(hosts []string, all int) string {
	if len(hosts) == all && all > 1 {
		return fmt.Sprintf("all %s hosts", thousands(all))
	}
	return Hosts(hosts, p.width/2)
}

func (p *Plain) hosts(hosts []string) string {
	if p.WholeHosts {
		return strings.Join(Fold(hosts), ",")
	}
	return Hosts(hosts, p.width-30)
}

// Group gives the hosts of the kinds of change with a letter, in whatever play, and all letters there are.
func (p *Plain) Group(wanted string) (hosts, letters []string) {
	for _, play := range p.report.Plays() {
		for i, g := range play.Groups[:changing(play.Groups)] {
			if l := letter(i); !slices.Contains(letters, l) {
				letters = append(letters, l)
			}
			if strings.EqualFold(letter(i), wanted) {
				hosts = append(hosts, g.Hosts...)
			}
		}
	}
	return hosts, letters
}
