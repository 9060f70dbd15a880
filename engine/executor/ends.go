package executor

import (
	"strings"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

// HostEnd is how far a run has come on a host, as its journal says.
type HostEnd struct {
	Status   event.Status // the highest class of its nodes, as in a summary; NotRun where something was begun and has no end
	Done     bool         // every node ended well
	Down     bool         // it counts as down: something failed there, is unknown or half-way, or it could not be reached
	Restarts int          // handlers that ran
}

// statuses are the classes of the journal's words.
var statuses = map[string]event.Status{
	"ok": event.OK, "skipped": event.OK, "not_notified": event.OK, "changed": event.Changed, "failed": event.Failed,
	"unreachable": event.Unreachable, "lost": event.Unknown, "unknown": event.Unknown, "not_run": event.NotRun,
}

// HostEnds reads them for all hosts of a run. A host is Done only when the process that worked on it came to its end, since
// nothing is recorded of a node whose turn never came.
func HostEnds(s *journal.State) map[string]HostEnd {
	out := make(map[string]HostEnd, len(s.Begin.Hosts))
	for _, h := range s.Begin.Hosts {
		out[h] = HostEnd{Status: event.OK, Done: s.Finish != nil}
	}
	for name, n := range s.Nodes {
		host, node, ok := strings.Cut(name, ": ")
		if !ok {
			continue // a node without a host
		}
		end := out[host]
		status, ended := statuses[n.Outcome]
		if !ended {
			status = event.NotRun
		}
		if n.Once {
			status = event.Unknown // it was sent, and nobody knows more
		}
		if rank[status] > rank[end.Status] {
			end.Status = status
		}
		end.Done = end.Done && rank[status] <= rank[event.Changed]
		end.Down = end.Down || n.Begun || n.Once || rank[status] > rank[event.NotRun]
		if strings.Contains(node, "handler.") && !strings.Contains(node, ".health.") && (n.Outcome == "ok" || n.Outcome == "changed") {
			end.Restarts++
		}
		out[host] = end
	}
	return out
}
