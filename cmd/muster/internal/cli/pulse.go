package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// pulse stands between a run and its views. It knows what runs at the moment, and lets all views say the exit code that
// the process will end with: which signal stopped a run is nothing that the run itself could know.
type pulse struct {
	sinks []event.Sink

	mu      sync.Mutex
	running map[addr.Node]time.Time
	code    func(*event.Summary) int // nil: as the run says
}

// add hands events to further sinks from now on.
func (p *pulse) add(sinks ...event.Sink) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sinks = append(p.sinks, sinks...)
}

// under gives the exit code another meaning from now on.
func (p *pulse) under(code func(*event.Summary) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.code = code
}

// Handle takes in one event and hands it on.
func (p *pulse) Handle(e event.Event) {
	e, sinks := p.note(e)
	for _, s := range sinks {
		s.Handle(e)
	}
}

func (p *pulse) note(e event.Event) (event.Event, []event.Sink) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Type {
	case event.RunStarted:
		p.running = map[addr.Node]time.Time{}
	case event.NodeStarted:
		p.running[e.Node] = e.Time
	case event.NodeFinished:
		delete(p.running, e.Node)
	case event.RunFinished:
		if e.Summary != nil && p.code != nil {
			s := *e.Summary
			s.ExitCode = p.code(&s)
			e.Summary = &s
		}
	}
	return e, p.sinks
}

// text says how much runs now, for somebody who stops it: `: 3 tasks, cti.handler.restart on xsp01.fra for 2m10s the longest`.
func (p *pulse) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var longest addr.Node
	var since time.Time
	for node, at := range p.running {
		if since.IsZero() || at.Before(since) {
			longest, since = node, at
		}
	}
	if since.IsZero() {
		return ""
	}
	on := ""
	if longest.Host != "" {
		on = " on " + longest.Host
	}
	return fmt.Sprintf(": %s, %s%s for %s the longest", plural(len(p.running), "task"), longest.Instance, on, time.Since(since).Round(time.Second))
}
