package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

// mostFailures is how many different failures are told in full at the end; the recap counts all.
const mostFailures = 3

// end draws what stays on the screen after a run.
func (p *Plain) end() {
	if !p.Past {
		fmt.Fprintln(p.Err) // parts what happened from what came of it, where both are seen
	}
	if p.report.Run.Mode == event.Plan {
		p.planScreen()
		p.failures()
		return
	}
	p.kinds()
	p.notes()
	p.failures()
	p.recap()
}

// failures writes every different failure once more, last and in full.
func (p *Plain) failures() {
	failures := p.report.Failures()
	for i, f := range failures {
		if i == mostFailures && p.Verbose == 0 {
			fmt.Fprintf(p.Err, "\n%d more kinds of failure stand above.\n", len(failures)-i)
			return
		}
		p.failure(p.Err, f)
	}
}

// recap has the same size for any number of hosts.
func (p *Plain) recap() {
	s, rc := p.report.Summary, p.report.Recap()
	name := "Apply"
	if n := p.report.Run.Number; n > 0 {
		name = fmt.Sprintf("Run %d", n)
	}
	fmt.Fprintf(p.Out, "\n%s %s: %s, %s\n\n", styled(bold, name), p.verdict(s), count(rc.Total, "host"), lasted(s.Duration))
	p.row("hosts", counts(rc.Hosts))
	p.row("tasks", counts(rc.Tasks))
	for i, h := range rc.Handlers {
		if i == 2 && len(rc.Handlers) > 3 {
			p.row("", fmt.Sprintf("and %d more handlers", len(rc.Handlers)-i))
			break
		}
		since := ""
		if p.report.Run.Resumed {
			since = " since it was resumed"
		}
		p.row("handler", fmt.Sprintf("%s on %s%s, slowest %s %s", h.Block, count(h.Ran, "host"), since, h.SlowestHost, lasted(h.Slowest)))
	}
	for _, c := range rc.Hosts {
		if slices.Contains([]event.Status{event.Failed, event.Unreachable, event.Unknown, event.NotRun}, c.Status) {
			p.row(statuses[c.Status].word, p.hosts(c.Hosts))
		}
	}
	p.row("unfinished", p.some("changed, and not everything was run", s.Unfinished))
	p.row("down", p.some("well after its restart and down now", s.Down))
	p.row("held back", p.some("by the rollout's rule", s.HeldBack))
	p.leftOut(s.LeftOut)
	p.outputs(s.Outputs)
	p.row("stopped", s.ControlFailed)
	p.next(s)
	if s.ExitCode != 0 && !s.Paused {
		fmt.Fprintf(p.Out, "exit %d\n", s.ExitCode)
	}
}

func (p *Plain) verdict(s event.Summary) string {
	switch {
	case s.Aborted:
		return styled(yellow, "was aborted")
	case s.Interrupted:
		return styled(yellow, "was interrupted")
	case s.Paused:
		return styled(yellow, "is paused")
	case s.ControlFailed != "":
		return styled(red, "could not go on")
	case len(s.WaitsForPromotion) > 0 && s.ExitCode == exitPromotion:
		return styled(yellow, "waits for promotion")
	case p.drifted(s):
		return styled(yellow, "finished without "+count(len(s.LeftOut), "host")+" that changed since the plan")
	case s.ExitCode == exitFailed && len(s.LeftOut) > 0 && restIsWell(s):
		verb := "were"
		if len(s.LeftOut) == 1 {
			verb = "was"
		}
		return styled(yellow, fmt.Sprintf("finished without %s that %s left out", count(len(s.LeftOut), "host"), verb))
	case s.ExitCode != 0:
		return styled(red, "finished with failures")
	}
	return styled(green, "finished")
}

// Exit codes that a recap looks at: hosts failed, or were left out; nothing went wrong, and nobody could promote.
const (
	exitFailed    = 3
	exitPromotion = 6
)

// drifted reports whether nothing is the matter but hosts that are not as a saved plan has them.
func (p *Plain) drifted(s event.Summary) bool {
	return len(p.LeftOut) > 0 && s.ExitCode == exitFailed && restIsWell(s)
}

// restIsWell reports whether all is done and well on the hosts that were not left out.
func restIsWell(s event.Summary) bool {
	return len(s.Hosts[event.Failed])+len(s.Hosts[event.Unknown])+len(s.Hosts[event.Unreachable])+len(s.Hosts[event.NotRun])+len(s.Unfinished)+len(s.Down) == 0
}

// next says what to type; nothing where nothing is left.
func (p *Plain) next(s event.Summary) {
	n := p.report.Run.Number
	switch {
	case s.ExitCode == 0 && len(s.LeftOut) > 0 && n > 0:
		p.row("next", fmt.Sprintf("muster resume %d     does the hosts that were left out", n))
	case s.ExitCode == 0 || s.Paused: // or the process itself asks
	case n == 0:
		p.row("next", "mend what failed and run the same command again: it reads every host first and does what is left")
	case s.ControlFailed != "" && !strings.Contains(s.ControlFailed, "journal"):
		p.row("next", fmt.Sprintf("muster resume %d     when no other run has the hosts", n))
	case s.ControlFailed != "":
		p.row("next", fmt.Sprintf("mend this machine (free space, say), then: muster resume %d", n))
	case p.drifted(s):
		p.row("next", "plan again for the hosts that were left out: muster plan -o FILE")
	case s.Aborted:
		p.row("next", "it cannot be resumed; what is owed stays owed on the hosts, and the next apply does it")
	case len(s.WaitsForPromotion) > 0 && s.ExitCode == exitPromotion:
		p.row("next", fmt.Sprintf("muster promote %d    or: muster abort %d", n, n))
	default:
		p.row("next", fmt.Sprintf("muster resume %d     retry what failed, do what is left", n))
	}
	if n > 0 && s.ExitCode != 0 {
		p.row("record", fmt.Sprintf("muster show %d    muster logs %d --host HOST --task TASK", n, n))
	}
}

// leftOut names the hosts that were left out, a few of them with the reason.
func (p *Plain) leftOut(hosts []string) {
	const most = 2
	for i, h := range hosts {
		if len(hosts) > most || p.LeftOut[h] == "" {
			p.row("left out", p.some("", hosts[i:]))
			return
		}
		p.row("left out", fmt.Sprintf("%s (%s)", h, p.LeftOut[h]))
	}
}

// some names hosts and says what is the matter with them; empty where there are none.
func (p *Plain) some(what string, hosts []string) string {
	if len(hosts) == 0 {
		return ""
	}
	if what != "" {
		what = "  " + what
	}
	return p.hosts(hosts) + what
}

func (p *Plain) row(name, text string) {
	if text != "" {
		fmt.Fprintf(p.Out, " %-12s %s\n", name, text)
	}
}

// counts says how many stand where: "6 to change, 2 ok".
func counts(cs []report.Count) string {
	var parts []string
	for _, c := range cs {
		parts = append(parts, thousands(c.N)+" "+statuses[c.Status].word)
	}
	return strings.Join(parts, ", ")
}

func (p *Plain) outputs(outputs map[string]event.Output) {
	const most = 3
	names := slices.Sorted(maps.Keys(outputs))
	for i, name := range names {
		if i == most && len(names) > most+1 && p.Verbose == 0 {
			p.row("", fmt.Sprintf("and %d more outputs, -v or --json", len(names)-i))
			return
		}
		value := outputs[name].Value
		if len(value) > p.width && p.Verbose == 0 {
			value = value[:p.width] + "..."
		}
		p.row("output", name+" = "+value)
	}
}
