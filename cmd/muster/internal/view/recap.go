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
	fmt.Fprintln(p.Err) // parts what happened from what came of it, where both are seen
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
	verdict := styled(green, "finished")
	switch {
	case s.Interrupted:
		verdict = styled(yellow, "was interrupted")
	case s.ExitCode != 0:
		verdict = styled(red, "finished with failures")
	}
	fmt.Fprintf(p.Out, "\n%s %s: %s, %s\n\n", styled(bold, "Apply"), verdict, count(rc.Total, "host"), lasted(s.Duration))
	p.row("hosts", counts(rc.Hosts))
	p.row("tasks", counts(rc.Tasks))
	for i, h := range rc.Handlers {
		if i == 3 {
			p.row("", fmt.Sprintf("and %d more handlers", len(rc.Handlers)-i))
			break
		}
		p.row("handler", fmt.Sprintf("%s on %s, slowest %s %s", h.Block, count(h.Ran, "host"), h.SlowestHost, lasted(h.Slowest)))
	}
	for _, c := range rc.Hosts {
		if slices.Contains([]event.Status{event.Failed, event.Unreachable, event.Unknown, event.NotRun}, c.Status) {
			p.row(statuses[c.Status].word, p.hosts(c.Hosts))
		}
	}
	if len(s.HeldBack) > 0 {
		p.row("held back", p.hosts(s.HeldBack)+" by the rollout's rule")
	}
	p.outputs(s.Outputs)
	if s.ExitCode != 0 {
		p.row("next", "mend what failed and run the same command again: it reads every host first and does what is left")
		fmt.Fprintf(p.Out, "exit %d\n", s.ExitCode)
	}
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
	const most = 5
	names := slices.Sorted(maps.Keys(outputs))
	for i, name := range names {
		if i == most && p.Verbose == 0 {
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
