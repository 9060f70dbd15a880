package event

import (
	"sync"
	"time"

	"github.com/muster-run/muster/engine/diag"
)

// Stream puts the events of a run in order and hands each to every sink. One goroutine does it, so a sink needs no lock;
// Emit may be called from any goroutine, and waits when the sinks are far behind.
type Stream struct {
	in    chan Event
	done  chan struct{}
	clean func(string) string
	now   func() time.Time
	once  sync.Once
}

// backlog is how many events may wait for a sink before Emit waits too.
const backlog = 1024

// NewStream starts a stream. clean is applied to every text that may hold what a host, a module or a file said: it
// removes secrets and makes the rest printable.
func NewStream(clean func(string) string, sinks ...Sink) *Stream {
	s := &Stream{in: make(chan Event, backlog), done: make(chan struct{}), clean: clean, now: time.Now}
	go s.run(sinks)
	return s
}

// Emit adds an event; Seq and Time are set here. It must not be called after Close.
func (s *Stream) Emit(e Event) { s.in <- e }

// Close returns when every sink has seen every event.
func (s *Stream) Close() {
	s.once.Do(func() { close(s.in) })
	<-s.done
}

func (s *Stream) run(sinks []Sink) {
	defer close(s.done)
	var seq uint64
	for e := range s.in {
		seq++
		e.Seq, e.Time = seq, s.now()
		s.scrub(&e)
		for _, sink := range sinks {
			sink.Handle(e)
		}
	}
}

// scrub cleans every free text of an event. Names of hosts and addresses are checked when they are read.
func (s *Stream) scrub(e *Event) {
	e.Text = s.clean(e.Text)
	e.Pending = s.clean(e.Pending)
	e.Notes = s.all(e.Notes)
	if len(e.Changes) > 0 {
		changes := make([]Change, len(e.Changes))
		for i, c := range e.Changes {
			changes[i] = Change{s.clean(c.What), s.clean(c.Before), s.clean(c.After)}
		}
		e.Changes = changes
	}
	if e.Diag != nil {
		d := s.diagnostic(*e.Diag)
		e.Diag = &d
	}
	if e.Summary != nil {
		for name, out := range e.Summary.Outputs {
			out.Value = s.clean(out.Value)
			e.Summary.Outputs[name] = out
		}
	}
}

func (s *Stream) diagnostic(d diag.Diagnostic) diag.Diagnostic {
	d.Summary, d.Detail, d.Advice = s.clean(d.Summary), s.clean(d.Detail), s.clean(d.Advice)
	d.What, d.State, d.Do = s.clean(d.What), s.clean(d.State), s.all(d.Do)
	return d
}

func (s *Stream) all(in []string) []string {
	if len(in) == 0 {
		return in
	}
	out := make([]string, len(in))
	for i, t := range in {
		out[i] = s.clean(t)
	}
	return out
}
