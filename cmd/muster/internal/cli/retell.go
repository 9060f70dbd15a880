package cli

import (
	"slices"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// retold is a run as its journal tells it, all its processes together: of each node, how it ended last.
type retold struct {
	run     event.Run
	began   time.Time
	course  []event.Event // rollouts, hosts that went down, what people asked
	nodes   []event.Event // node_finished, the last of each node
	running map[addr.Node]event.Event
	summary *event.Summary // of the last process; nil when it has not come to an end
	ended   time.Time
}

func (rs *records) retell(run int) (*retold, error) {
	r := &retold{running: map[addr.Node]event.Event{}}
	at := map[addr.Node]int{}
	err := rs.store.Events(run, func(e event.Event) error {
		switch e.Type {
		case event.RunStarted:
			r.start(e)
		case event.NodeStarted:
			r.running[e.Node] = e
		case event.NodeFinished:
			delete(r.running, e.Node)
			if i, seen := at[e.Node]; seen {
				r.nodes[i] = e
				break
			}
			at[e.Node] = len(r.nodes)
			r.nodes = append(r.nodes, e)
		case event.RunFinished:
			r.summary, r.ended = e.Summary, e.Time
		case event.NodeProgress, event.NodeLog, event.NodeRetrying:
		default:
			r.course = append(r.course, e)
		}
		return nil
	})
	if err != nil {
		return nil, unreadable(run, err)
	}
	return r, nil
}

// start takes in that a process begins: of what the one before it had under way, nothing runs any more.
func (r *retold) start(e event.Event) {
	r.summary, r.running = nil, map[addr.Node]event.Event{}
	if e.Run == nil {
		return
	}
	if e.Run.Resumed {
		r.course = append(r.course, event.Event{Type: event.RunStarted, Time: e.Time, Text: "resumed"})
	}
	if r.began.IsZero() {
		r.run, r.began = *e.Run, e.Time
		return
	}
	for i, h := range e.Run.Hosts {
		if !slices.Contains(r.run.Hosts, h) {
			r.run.Hosts = append(r.run.Hosts, h)
			if i < len(e.Run.Addresses) {
				r.run.Addresses = append(r.run.Addresses, e.Run.Addresses[i])
			}
		}
	}
}

// replay gives a sink the run as if it had been one.
func (r *retold) replay(sink event.Sink) {
	sink.Handle(event.Event{Type: event.RunStarted, Time: r.began, Run: &r.run})
	for _, e := range slices.Concat(r.course, r.nodes) {
		if e.Type != event.RunStarted { // to whoever looks back, it is one run
			sink.Handle(e)
		}
	}
	sink.Handle(event.Event{Type: event.RunFinished, Time: r.ended, Summary: r.end()})
}

// end is the summary, or what is known without one.
func (r *retold) end() *event.Summary {
	if r.summary != nil {
		return r.summary
	}
	s := &event.Summary{ExitCode: exitUnknown, Hosts: map[event.Status][]string{}, Nodes: map[event.Status]int{}}
	for _, e := range r.nodes {
		s.Nodes[e.Status]++
	}
	classes := r.classes()
	for _, h := range r.run.Hosts {
		s.Hosts[classes[h]] = append(s.Hosts[classes[h]], h)
	}
	return s
}

// exitUnknown stands for the exit code of a process that gave none: it runs, or was killed.
const exitUnknown = -1

// badness orders what became of a host's nodes: the worst is what became of the host.
var badness = []event.Status{event.NotNotified, event.Skipped, event.OK, event.Changed, event.NotRun, event.Unreachable, event.Failed, event.Unknown}

// classes is what became of each host so far, judged by its nodes.
func (r *retold) classes() map[string]event.Status {
	out := map[string]event.Status{}
	for _, h := range r.run.Hosts {
		out[h] = event.NotRun
	}
	worst := map[string]int{}
	for _, e := range r.nodes {
		if e.Node.Host == "" {
			continue
		}
		if n := slices.Index(badness, e.Status); n >= worst[e.Node.Host] {
			worst[e.Node.Host] = n
		}
	}
	for h, n := range worst {
		out[h] = badness[max(n, slices.Index(badness, event.OK))]
	}
	for node := range r.running {
		if class := out[node.Host]; class == event.OK || class == event.Changed {
			out[node.Host] = event.NotRun
		}
	}
	return out
}
