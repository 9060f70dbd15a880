package executor

import (
	"slices"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
)

// Exit codes of a run that began; docs/cli.md has them all. Where several fit, the first of this list is the run's: what a
// person did counts before what a rule did, that before what a host did, and a question that nobody answered comes last. A
// run that the control machine could not go on with has one of its own, which is the command line's.
const (
	exitInterrupted = 130 // a signal, or abort
	exitStopped     = 5   // a rollout's own rule held hosts back
	exitFailed      = 3   // hosts failed, are unknown, went down, were not run because of another, or are left out as they were: not well
	exitUnreachable = 4   // nothing failed, and some could not be reached
	exitPromotion   = 6   // nothing failed: the rest waits for a promotion, and nobody could be asked
)

// rank orders a host's ends: the host stands in the class of the highest of its nodes.
var rank = map[event.Status]int{
	event.OK: 1, event.Skipped: 1, event.Unsure: 2, event.WouldRun: 3, event.Changed: 3, event.WouldChange: 3,
	event.NotRun: 4, event.Unreachable: 5, event.Failed: 6, event.Unknown: 7,
}

// summary puts every host in exactly one class and finds the exit code.
func (e *Executor) summary() *event.Summary {
	s := &event.Summary{Hosts: map[event.Status][]string{}, Nodes: map[event.Status]int{}, Interrupted: e.stopped, Aborted: e.aborted, ControlFailed: e.lost}
	class, loose := e.classes(s)
	for _, h := range e.watch.down() {
		s.Down = append(s.Down, e.plan.Hosts[h].Name)
		if rank[event.Failed] > rank[class[h]] {
			class[h] = event.Failed
		}
	}
	changed := e.changed()
	for i, c := range class {
		if c == event.WouldRun {
			c = event.WouldChange
		}
		if c == event.NotRun && changed[i] {
			s.Unfinished = append(s.Unfinished, e.plan.Hosts[i].Name)
		}
		s.Hosts[c] = append(s.Hosts[c], e.plan.Hosts[i].Name)
	}
	unwell := e.left(s)
	stopped := e.heldBack(s)
	s.ExitCode = exitCode(s, loose || unwell, stopped)
	return s
}

// classes counts the nodes and says of every host what the worst of its nodes is; loose, whether a node without a host
// failed.
func (e *Executor) classes(s *event.Summary) (class []event.Status, loose bool) {
	class = slices.Repeat([]event.Status{event.OK}, len(e.hosts))
	for n := range e.results.last {
		status := e.end(n)
		if status == "" || status == event.NotNotified {
			continue
		}
		s.Nodes[status]++
		h := e.plan.Nodes[n].Host
		if h < 0 {
			loose = loose || status == event.Failed
			continue
		}
		if e.plan.Spec.Nodes[n].Role == schedule.Handler && (status == event.Changed || status == event.OK) {
			s.Restarts++
		}
		if rank[status] > rank[class[h]] {
			class[h] = status
		}
	}
	return class, loose
}

// changed says of every host whether a node changed it.
func (e *Executor) changed() []bool {
	out := make([]bool, len(e.hosts))
	for n := range e.results.last {
		if h := e.plan.Nodes[n].Host; h >= 0 && e.end(n) == event.Changed {
			out[h] = true
		}
	}
	return out
}

// end is how a node ended, over all processes of the run: one that was asked again and found nothing to do is what it was.
func (e *Executor) end(n int) event.Status {
	now := e.results.last[n].status
	if !e.past.outcome(n).Good() || e.past.done[n] {
		return now
	}
	switch now {
	case event.NotRun:
		return e.past.status(n)
	case event.OK, event.Skipped, event.NotNotified:
		if e.past.changed(n) {
			return event.Changed
		}
	}
	return now
}

// left adds the hosts that this process was told to leave out: in the class where earlier processes left them when they are
// done, else in LeftOut. It reports whether one of those is not well, by what this run did there.
func (e *Executor) left(s *event.Summary) (unwell bool) {
	seen := map[string]bool{}
	for _, h := range e.plan.Hosts {
		seen[h.Name] = true
	}
	names, ends := e.leftOut, map[string]HostEnd{}
	if e.earlier != nil {
		names, ends = slices.Concat(e.earlier.Begin.Hosts, e.leftOut), HostEnds(e.earlier)
	}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		end := ends[name]
		if !end.Done {
			s.LeftOut = append(s.LeftOut, name)
			unwell = unwell || end.Failed || end.Unproved
			continue
		}
		s.Hosts[end.Status] = append(s.Hosts[end.Status], name)
		s.Restarts += end.Restarts
	}
	return unwell
}

// heldBack names the hosts that rules held back, and reports whether a rule did that stops a rollout.
func (e *Executor) heldBack(s *event.Summary) (stopped bool) {
	held := map[int]bool{}
	for _, h := range e.halted {
		switch h.Reason {
		case schedule.NotPromoted:
			if name := e.plan.Spec.Rollouts[h.Rollout].Name; !slices.Contains(s.WaitsForPromotion, name) {
				s.WaitsForPromotion = append(s.WaitsForPromotion, name)
			}
		default:
			stopped = true
			s.Paused = s.Paused || e.attended && e.plan.Rollouts[h.Rollout].OnFailure == plan.Pause
		}
		for _, host := range h.Hosts {
			if !held[host] {
				held[host] = true
				s.HeldBack = append(s.HeldBack, e.plan.Hosts[host].Name)
			}
		}
	}
	s.Paused = s.Paused && !s.Interrupted && s.ControlFailed == ""
	return stopped
}

func exitCode(s *event.Summary, failed, stopped bool) int {
	switch {
	case s.Interrupted:
		return exitInterrupted
	case stopped:
		return exitStopped
	case failed || len(s.Hosts[event.Failed])+len(s.Hosts[event.Unknown]) > 0:
		return exitFailed
	case len(s.Hosts[event.Unreachable]) > 0:
		return exitUnreachable
	case len(s.WaitsForPromotion) > 0:
		return exitPromotion
	case len(s.Hosts[event.NotRun]) > 0, s.ControlFailed != "": // a run that this machine broke off is never done
		return exitFailed
	}
	return 0
}
