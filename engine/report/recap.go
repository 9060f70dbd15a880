package report

import (
	"slices"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// Recap is the end of a run in numbers.
type Recap struct {
	Hosts    []Count // classes that have hosts, the good ones first
	Tasks    []Count
	Handlers []HandlerCount
	Total    int // hosts of the run
}

// Count is how many stand in a class. Hosts is set for classes of hosts only.
type Count struct {
	Status event.Status
	N      int
	Hosts  []string
}

// HandlerCount is one handler over the whole run.
type HandlerCount struct {
	Block   addr.Block
	Ran     int // ended well
	Would   int // in a plan
	Pending int // on how many hosts it is owed for something stored earlier
	// SlowestHost needed Slowest; empty when none ran.
	SlowestHost string
	Slowest     time.Duration
}

type handler struct{ HandlerCount }

// statuses is the order in which classes are told.
var statuses = []event.Status{
	event.Changed, event.WouldChange, event.WouldRun, event.OK, event.Unsure, event.Failed, event.Unreachable,
	event.Unknown, event.Skipped, event.NotRun,
}

// Recap computes the numbers from the summary and the events before it.
func (r *Report) Recap() Recap {
	rc := Recap{Total: len(r.Run.Hosts)}
	for _, s := range statuses {
		if hosts := r.Summary.Hosts[s]; len(hosts) > 0 {
			rc.Hosts = append(rc.Hosts, Count{Status: s, N: len(hosts), Hosts: hosts})
		}
		if n := r.Summary.Nodes[s]; n > 0 {
			rc.Tasks = append(rc.Tasks, Count{Status: s, N: n})
		}
	}
	for _, h := range r.handlerList() {
		rc.Handlers = append(rc.Handlers, h.HandlerCount)
	}
	return rc
}

func (r *Report) handler(e event.Event) {
	h, ok := r.handlers[e.Node.Block]
	if !ok {
		h = &handler{HandlerCount{Block: e.Node.Block}}
		r.handlers[e.Node.Block] = h
	}
	switch e.Status {
	case event.OK, event.Changed:
		h.Ran++
		if e.Duration > h.Slowest {
			h.Slowest, h.SlowestHost = e.Duration, e.Node.Host
		}
	case event.WouldRun:
		h.Would++
		if e.Pending != "" {
			h.Pending++
		}
	}
}

// handlerList is the handlers that ran or would run, in the order first met.
func (r *Report) handlerList() []*handler {
	var list []*handler
	for _, h := range r.handlers {
		if h.Ran+h.Would > 0 {
			list = append(list, h)
		}
	}
	first := func(h *handler) int { return r.order[addr.Instance{Block: h.Block}] }
	slices.SortFunc(list, func(a, b *handler) int { return first(a) - first(b) })
	return list
}
