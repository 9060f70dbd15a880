package schedule

import "time"

// Defaults of a health probe.
const (
	defaultWithin = 5 * time.Minute
	defaultEvery  = 2 * time.Second
)

// probe is what is known of a health node that has been asked.
type probe struct {
	asked time.Duration // when first
	held  time.Duration // since when every answer was good, or never
}

// answered weighs an answer. Whatever is not good, silence included, is a bad one; a good one must be followed by good
// ones for as long as Stable, and all of it must be over within Within. A probe that is skipped is not asked again.
func (m *Machine) answered(n int32) {
	nd, spec := &m.nodes[n], &m.spec.Nodes[n]
	p := &m.probes[nd.probe]
	switch {
	case !nd.outcome.Good():
		p.held = never
	case p.held == never:
		p.held = m.now
	}
	holds := p.held != never && m.now-p.held >= spec.Stable && m.now <= deadline(p, spec)
	switch {
	case nd.outcome == Skipped:
		m.end(n, Skipped, none, NoReason)
	case holds:
		m.end(n, OK, none, NoReason)
	case m.overdue(n):
		m.end(n, Failed, none, NoReason)
	case m.stopped:
		m.end(n, Unknown, none, StoppedByUser)
	case !m.goesOn(nd):
		m.end(n, Unknown, m.hosts[nd.host].stop, EarlierFailed)
	default:
		m.pause(n, m.nextQuestion(p, spec))
	}
}

// nextQuestion comes after Every, or sooner when the answer would settle it; at the end of Within nothing is asked.
func (m *Machine) nextQuestion(p *probe, spec *Node) time.Duration {
	due := min(after(m.now, every(spec)), deadline(p, spec))
	if p.held != never {
		due = min(due, after(p.held, spec.Stable))
	}
	return due
}

func (m *Machine) overdue(n int32) bool {
	return m.now >= deadline(&m.probes[m.nodes[n].probe], &m.spec.Nodes[n])
}

func deadline(p *probe, s *Node) time.Duration {
	if s.Within <= 0 {
		return after(p.asked, defaultWithin)
	}
	return after(p.asked, s.Within)
}

func every(s *Node) time.Duration {
	if s.Every <= 0 {
		return defaultEvery
	}
	return s.Every
}
