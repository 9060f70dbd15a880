package report

import (
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// Failure is one problem and all hosts that met it.
type Failure struct {
	First event.Event // the end of the node on which it was first seen: Failed, Unreachable or Unknown
	Hosts []string
}

// Summary is the failure in one line.
func (f *Failure) Summary() string {
	switch {
	case f.First.Diag != nil:
		return f.First.Diag.Summary
	case f.First.Text != "":
		return f.First.Text
	}
	return string(f.First.Status)
}

// FailureKinds is how many distinct failures there are so far.
func (r *Report) FailureKinds() int { return len(r.failures) }

// Failures lists the distinct failures in the order they first happened, each with its hosts.
func (r *Report) Failures() []*Failure {
	for _, f := range r.failures {
		r.sortHosts(f.Hosts)
	}
	return r.failures
}

// Note is a remark that modules made, and the hosts it is about.
type Note struct {
	Block addr.Block
	Text  string
	Hosts []string
	// Idle is true when no node that it is about changed anything, or would.
	Idle bool

	on map[string]bool // hosts, so that two instances of a task count once
}

// Notes lists the distinct remarks in the order they were made.
func (r *Report) Notes() []*Note {
	for _, n := range r.notes {
		r.sortHosts(n.Hosts)
	}
	return r.notes
}

func (r *Report) fail(e event.Event) {
	f := &Failure{First: e}
	key := string(e.Status)
	if e.Status != event.Unreachable { // which task met it first says nothing about a host that is not there
		key += "\x00" + e.Node.Instance.String()
	}
	parts := []string{e.Text}
	if e.Diag != nil {
		parts = []string{e.Diag.Code, e.Diag.Summary, e.Diag.What, e.Diag.Detail, e.Diag.State}
	}
	for _, p := range parts {
		key += "\x00" + r.alike(p, e.Node.Host)
	}
	if have, ok := r.failed[key]; ok {
		have.Hosts = append(have.Hosts, e.Node.Host)
		return
	}
	if e.Node.Host != "" {
		f.Hosts = []string{e.Node.Host}
	}
	r.failed[key] = f
	r.failures = append(r.failures, f)
}

func (r *Report) note(e event.Event, text string) {
	n := e.Node
	text = r.alike(text, n.Host)
	key := n.Block.String() + "\x00" + text
	have, ok := r.noted[key]
	if !ok {
		have = &Note{Block: n.Block, Text: text, Idle: true, on: map[string]bool{}}
		r.noted[key] = have
		r.notes = append(r.notes, have)
	}
	have.Idle = have.Idle && (e.Status == event.OK || e.Status == event.Skipped)
	if n.Host != "" && !have.on[n.Host] {
		have.on[n.Host] = true
		have.Hosts = append(have.Hosts, n.Host)
	}
}
