package planfile

import (
	"cmp"
	"slices"

	"github.com/muster-run/muster/engine/event"
)

// Collector is a sink that gathers the hosts of a File from the events of a plan. Events are redacted before any sink sees
// them, so nothing sensitive comes to a file.
type Collector struct {
	file File
	host map[string]int
	seq  int
}

// Handle takes in one event; a run that starts begins anew.
func (c *Collector) Handle(e event.Event) {
	switch e.Type {
	case event.RunStarted:
		c.begin(e.Run)
	case event.NodeFinished:
		c.node(e)
	case event.RunFinished:
		if e.Summary == nil {
			return
		}
		c.file.Duration, c.file.ExitCode, c.file.Made = e.Summary.Duration, e.Summary.ExitCode, e.Time
		for class, hosts := range e.Summary.Hosts {
			for _, name := range hosts {
				c.file.Hosts[c.at(name)].Class = class
			}
		}
	}
}

// File returns what was gathered; the caller adds what no event says.
func (c *Collector) File() *File {
	f := c.file
	f.Hosts = slices.Clone(f.Hosts)
	return &f
}

func (c *Collector) begin(run *event.Run) {
	*c = Collector{host: map[string]int{}}
	if run == nil {
		return
	}
	c.file.Playbook, c.file.Plays = run.Playbook, run.Plays
	for i, name := range run.Hosts {
		h := &c.file.Hosts
		at := c.at(name)
		if i < len(run.Addresses) {
			(*h)[at].Address = run.Addresses[i]
		}
	}
}

// at is a host's place; one that the run did not name comes last.
func (c *Collector) at(name string) int {
	if c.host == nil {
		c.host = map[string]int{}
	}
	i, ok := c.host[name]
	if !ok {
		i = len(c.file.Hosts)
		c.host[name] = i
		c.file.Hosts = append(c.file.Hosts, Host{Name: name})
	}
	return i
}

func (c *Collector) node(e event.Event) {
	f := Finding{Seq: c.seq, Node: e.Node, Module: e.Module, Status: e.Status, Text: e.Text, Changes: e.Changes, Notes: e.Notes, Pending: e.Pending, Problem: problem(e.Diag)}
	c.seq++
	if e.Node.Host == "" {
		c.file.Checks = append(c.file.Checks, f)
		return
	}
	h := &c.file.Hosts[c.at(e.Node.Host)]
	h.Nodes = append(h.Nodes, f)
}

// Replay gives a sink the events that the file was gathered from, as far as it has them: so whatever shows a plan shows a
// saved one.
func (f *File) Replay(sink event.Sink) {
	run := &event.Run{Playbook: f.Playbook, Mode: event.Plan, Plays: f.Plays}
	summary := &event.Summary{ExitCode: f.ExitCode, Duration: f.Duration, Hosts: map[event.Status][]string{}, Nodes: map[event.Status]int{}}
	all := slices.Clone(f.Checks)
	for _, h := range f.Hosts {
		run.Hosts, run.Addresses = append(run.Hosts, h.Name), append(run.Addresses, h.Address)
		if h.Class != "" {
			summary.Hosts[h.Class] = append(summary.Hosts[h.Class], h.Name)
		}
		all = append(all, h.Nodes...)
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.Seq, b.Seq) })
	sink.Handle(event.Event{Type: event.RunStarted, Time: f.Made, Run: run})
	for _, n := range all {
		summary.Nodes[n.Status]++
		sink.Handle(event.Event{Type: event.NodeFinished, Time: f.Made, Node: n.Node, Module: n.Module, Status: n.Status, Text: n.Text,
			Changes: n.Changes, Notes: n.Notes, Pending: n.Pending, Diag: n.Problem.diagnostic()})
	}
	sink.Handle(event.Event{Type: event.RunFinished, Time: f.Made, Summary: summary})
}
