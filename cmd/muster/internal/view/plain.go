package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

// Options of the views for people.
type Options struct {
	Out, Err io.Writer
	// Verbose 1 shows unchanged tasks and whole diffs, 2 also what modules log.
	Verbose int
	// Width is how long lines may be where that can be chosen; 0 means 100.
	Width int
	// Rollouts say how handlers and plays are rolled out, for the plan screen.
	Rollouts []Rollout
	// Next is the command that a plan screen ends with; empty for none.
	Next string
	// Past says that the events are of the past: only what came of them is drawn.
	Past bool
	// WholeHosts writes sets of hosts in full, however many they are.
	WholeHosts bool
	// LeftOut says why hosts were left out, where more is known of it than that somebody wanted it.
	LeftOut map[string]string
	// Printer writes diagnostics.
	Printer diag.Printer
}

// Plain writes lines that stay: one per change as it happens, failures at once and again at the end, then a recap. A plan
// ends with the plan screen instead. It is a sink.
type Plain struct {
	Options
	width  int
	report *report.Report
	first  map[string]string // change, and the host that was the first to have it
}

// NewPlain returns the sink.
func NewPlain(o Options) *Plain {
	p := &Plain{Options: o, width: o.Width, report: &report.Report{Exact: o.Verbose > 0}, first: map[string]string{}}
	if p.width == 0 {
		p.width = 100
	}
	return p
}

// Handle takes in one event and draws what it means.
func (p *Plain) Handle(e event.Event) {
	known := p.report.FailureKinds()
	p.report.Handle(e)
	if p.Past && e.Type != event.RunFinished {
		return
	}
	switch e.Type {
	case event.RunStarted:
		p.started(e)
	case event.NodeFinished:
		p.finished(e)
		if p.report.FailureKinds() > known {
			p.failure(p.Err, p.report.Failures()[known])
			fmt.Fprintln(p.Err)
		}
	case event.NodeRetrying:
		p.retrying(e)
	case event.NodeProgress, event.NodeLog:
		if p.Verbose > 1 || (p.Verbose > 0 && e.Type == event.NodeProgress) {
			p.line(e, styled(dim, "|"), e.Text)
		}
	case event.Diagnostic:
		if e.Diag != nil {
			p.problem(p.Err, *e.Diag)
		}
	case event.RunFinished:
		p.end()
	default:
		p.course(e)
	}
}

// course writes what concerns the course of a run and no single task.
func (p *Plain) course(e event.Event) {
	switch e.Type {
	case event.RolloutWave:
		p.line(e, styled(bold, "rollout"), Wave(e.Text, e.Hosts, p.width-30))
	case event.RolloutSoaks:
		p.line(e, styled(bold, "soaks"), fmt.Sprintf("%s until %s", e.Text, e.Due.Format("15:04:05")))
	case event.RolloutWaits:
		p.line(e, styled(bold+yellow, "WAITS"), e.Text+hostsOf(e.Hosts, p.width-30)+p.typed("promote"))
	case event.Promoted:
		p.line(e, styled(bold, "promoted"), e.Text)
	case event.RolloutStopped:
		p.line(e, styled(bold+red, "STOPPED"), e.Text+hostsOf(e.Hosts, p.width-30))
	case event.HostDown:
		p.line(e, styled(red, "DOWN"), e.Text)
	case event.HostUp:
		p.line(e, styled(green, "up"), e.Text)
	case event.Paused:
		p.line(e, styled(bold+yellow, "STEERED"), e.Text+p.typed("resume"))
	case event.Continued:
		p.line(e, styled(bold, "steered"), e.Text)
	case event.Interrupted:
		p.line(e, styled(yellow, "interrupted"), strings.TrimPrefix(e.Text, "interrupted: "))
	}
}

// typed is what to type, in any terminal: `: muster promote 43`.
func (p *Plain) typed(verb string) string {
	if p.report.Run.Number == 0 {
		return ""
	}
	return fmt.Sprintf(": muster %s %d", verb, p.report.Run.Number)
}

func (p *Plain) started(e event.Event) {
	p.first = map[string]string{}
	if e.Run == nil {
		return
	}
	verb := "apply"
	switch {
	case e.Run.Mode == event.Plan:
		verb = "reading"
	case e.Run.Resumed:
		verb = fmt.Sprintf("run %d goes on:", e.Run.Number)
	case e.Run.Number > 0:
		verb = fmt.Sprintf("run %d: apply", e.Run.Number)
	}
	fmt.Fprintf(p.Err, "%s %s %s: %s, %s\n", e.Time.Format("15:04:05"), verb, e.Run.Playbook, count(len(e.Run.Hosts), "host"),
		Hosts(e.Run.Hosts, p.width-40))
}

// finished writes the line of a node that ended, if it is worth one.
func (p *Plain) finished(e event.Event) {
	s := statuses[e.Status]
	text := ""
	switch e.Status {
	case event.Failed, event.Unreachable, event.Unknown:
		if e.Diag != nil {
			text = e.Diag.Summary
		}
	case event.Changed:
		text = p.changed(e)
	case event.OK:
		if e.Node.Kind != addr.Handler && e.Node.Kind != addr.Health && p.Verbose == 0 {
			return
		}
		text = "after " + lasted(e.Duration)
	default:
		if p.Verbose == 0 {
			return
		}
	}
	if p.report.Run.Mode == event.Plan && p.Verbose == 0 && s.style != red {
		return
	}
	if text == "" {
		text = e.Text
	}
	p.line(e, styled(s.style, s.shout()), text)
}

// line writes one line of progress: when, what became of it, where, what.
func (p *Plain) line(e event.Event, word, text string) {
	where := ""
	if e.Node.Host != "" {
		where = " " + e.Node.Host
	}
	if e.Node.Name != "" {
		where += " " + e.Node.Instance.String()
	}
	if text != "" && where != "" {
		text = ": " + text
	} else if text != "" {
		text = " " + text
	}
	fmt.Fprintf(p.Err, "%s %s%s%s\n", e.Time.Format("15:04:05"), word, where, text)
}

func (p *Plain) retrying(e event.Event) {
	p.line(e, styled(yellow, "again"), fmt.Sprintf("attempt %d at %s: %s", e.Attempt, e.Due.Format("15:04:05"), e.Text))
}

// Wave is a wave with its hosts, unless the text names the only one itself.
func Wave(text string, hosts []string, width int) string {
	if len(hosts) == 1 && strings.HasSuffix(text, hosts[0]) {
		return text
	}
	return text + hostsOf(hosts, width)
}

func hostsOf(hosts []string, width int) string {
	if len(hosts) == 0 {
		return ""
	}
	return " (" + Hosts(hosts, width) + ")"
}

// changed tells a change in full on the first host that has it, and names that host on all others.
func (p *Plain) changed(e event.Event) string {
	text := changesLine(e.Changes)
	key := e.Node.Instance.String() + "\x00" + text
	if first, told := p.first[key]; told && text != "" {
		return "as on " + first
	}
	p.first[key] = e.Node.Host
	return text
}

// changesLine is the first change, and how many more there are.
func changesLine(changes []event.Change) string {
	if len(changes) == 0 {
		return ""
	}
	text := change(changes[0])
	if len(changes) > 1 {
		text += fmt.Sprintf(" (+%d)", len(changes)-1)
	}
	return text
}
