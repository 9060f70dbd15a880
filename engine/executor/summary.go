package executor

import (
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/schedule"
)

// Exit codes of a run that began; docs/cli.md has them all.
const (
	exitFailed      = 3
	exitUnreachable = 4
	exitStopped     = 5
	exitInterrupted = 130
)

// rank orders a host's ends: the host stands in the class of the highest of its nodes.
var rank = map[event.Status]int{
	event.OK: 1, event.Skipped: 1, event.Unsure: 2, event.WouldRun: 3, event.Changed: 3, event.WouldChange: 3,
	event.NotRun: 4, event.Unreachable: 5, event.Failed: 6, event.Unknown: 7,
}

// summary puts every host in exactly one class and finds the exit code.
func (e *Executor) summary() *event.Summary {
	s := &event.Summary{Hosts: map[event.Status][]string{}, Nodes: map[event.Status]int{}, Interrupted: e.stopped}
	class := make([]event.Status, len(e.hosts))
	for i := range class {
		class[i] = event.OK
	}
	loose := false // a node without a host failed
	for n, out := range e.results.last {
		if out.status == "" || out.status == event.NotNotified {
			continue
		}
		s.Nodes[out.status]++
		h := e.plan.Nodes[n].Host
		if h < 0 {
			loose = loose || out.status == event.Failed
			continue
		}
		if e.plan.Spec.Nodes[n].Role == schedule.Handler && (out.status == event.Changed || out.status == event.OK) {
			s.Restarts++
		}
		if rank[out.status] > rank[class[h]] {
			class[h] = out.status
		}
	}
	for i, c := range class {
		if c == event.WouldRun {
			c = event.WouldChange
		}
		s.Hosts[c] = append(s.Hosts[c], e.plan.Hosts[i].Name)
	}
	held := map[int]bool{}
	for _, h := range e.halted {
		for _, host := range h.Hosts {
			if !held[host] {
				held[host] = true
				s.HeldBack = append(s.HeldBack, e.plan.Hosts[host].Name)
			}
		}
	}
	s.ExitCode = exitCode(s, loose)
	return s
}

func exitCode(s *event.Summary, loose bool) int {
	switch {
	case s.Interrupted:
		return exitInterrupted
	case len(s.HeldBack) > 0:
		return exitStopped
	case loose || len(s.Hosts[event.Failed])+len(s.Hosts[event.Unknown]) > 0:
		return exitFailed
	case len(s.Hosts[event.Unreachable]) > 0:
		return exitUnreachable
	case len(s.Hosts[event.NotRun]) > 0:
		return exitFailed
	}
	return 0
}
