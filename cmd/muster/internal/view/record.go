package view

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

// Failures are the distinct failures of the run that was shown.
func (p *Plain) Failures() []*report.Failure { return p.report.Failures() }

// Problem writes a failure in full.
func (p *Plain) Problem(w io.Writer, f *report.Failure) { p.failure(w, f) }

// Log writes an event as a line of a log: everything is worth one.
func (p *Plain) Log(e event.Event) {
	switch e.Type {
	case event.RunStarted:
		p.started(e)
	case event.NodeStarted:
		p.line(e, "begins", "")
	case event.NodeFinished:
		p.finished(e)
		for _, c := range e.Changes {
			p.line(e, styled(dim, "|"), change(c))
		}
		for _, n := range e.Notes {
			p.line(e, styled(dim, "|"), "note: "+n)
		}
		if e.Diag != nil {
			p.failure(p.Err, &report.Failure{First: e, Hosts: []string{e.Node.Host}})
		}
	case event.NodeProgress, event.NodeLog:
		p.line(e, styled(dim, "|"), e.Text)
	case event.NodeRetrying:
		p.retrying(e)
	case event.RunFinished, event.Diagnostic:
	default:
		p.course(e)
	}
}

// order is the order in which classes of hosts are told.
var order = []event.Status{event.Changed, event.OK, event.Failed, event.Unreachable, event.Unknown, event.Skipped, event.NotRun}

// Classes says how many hosts are how: "3 changed, 1 failed".
func Classes(hosts map[event.Status][]string) string {
	counts := map[event.Status]int{}
	for status, names := range hosts {
		counts[status] = len(names)
	}
	return Counts(counts)
}

// Counts says how many are how, leaving out what says nothing.
func Counts(n map[event.Status]int) string {
	var parts []string
	for _, s := range order {
		if n[s] > 0 {
			parts = append(parts, thousands(n[s])+" "+statuses[s].word)
		}
	}
	return strings.Join(parts, ", ")
}

// Outputs are outputs as JSON values; a sensitive one is "(sensitive)".
func Outputs(in map[string]event.Output) map[string]json.RawMessage { return outputs(in) }

// Changes are the lines of a diff for programs.
func Changes(in []event.Change) []Change {
	var out []Change
	for _, c := range in {
		out = append(out, Change(c))
	}
	return out
}

// Select keeps of a plan's events those of the hosts named, for a screen about them alone.
func Select(sink event.Sink, hosts ...string) event.Sink {
	return event.SinkFunc(func(e event.Event) {
		switch e.Type {
		case event.RunStarted:
			run := *e.Run
			run.Hosts, run.Addresses = nil, nil
			for i, h := range e.Run.Hosts {
				if slices.Contains(hosts, h) {
					run.Hosts = append(run.Hosts, h)
					if i < len(e.Run.Addresses) {
						run.Addresses = append(run.Addresses, e.Run.Addresses[i])
					}
				}
			}
			e.Run = &run
		case event.RunFinished:
			e.Summary = selected(e.Summary, hosts)
		default:
			if e.Node.Host != "" && !slices.Contains(hosts, e.Node.Host) {
				return
			}
		}
		sink.Handle(e)
	})
}

func selected(s *event.Summary, hosts []string) *event.Summary {
	out := *s
	out.Hosts = map[event.Status][]string{}
	for class, names := range s.Hosts {
		for _, h := range names {
			if slices.Contains(hosts, h) {
				out.Hosts[class] = append(out.Hosts[class], h)
			}
		}
	}
	return &out
}
