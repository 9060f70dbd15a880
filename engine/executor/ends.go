package executor

import (
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

// HostEnd is how far a run has come on a host, as its journal says.
type HostEnd struct {
	Status   event.Status // the highest class of its nodes, as in a summary; NotRun where something was begun and has no end
	Done     bool         // every node ended well
	Down     bool         // it counts as down: something failed there, is unknown or may be half-way, or it could not be reached
	Failed   bool         // something failed there, has no end or is not known, or it could not be reached
	Restarts int          // handlers that ran

	// Unproved says that something was restarted there, or changed wave by wave, and its health was not proved.
	Unproved bool

	begun bool // something was started there
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
		if host, node := placed(name); host != "" {
			end := out[host]
			end.add(node, n)
			out[host] = end
		}
	}
	unproved := unproved(s)
	for host, end := range out {
		// What was begun may be half-way, such as a restart that nothing has proved. Which nodes are of one unit only the
		// plan knows, so such a host counts as down, which is the safe side.
		end.Down, end.Unproved = end.Failed || end.begun && !end.Done, unproved[host]
		out[host] = end
	}
	return out
}

// add takes in the end of one of the host's nodes.
func (end *HostEnd) add(node string, n *journal.Node) {
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
	end.begun = end.begun || n.Intents > 0
	end.Failed = end.Failed || n.Begun || n.Once || rank[status] > rank[event.NotRun]
	if didRun(n) && isHandler(node) {
		end.Restarts++
	}
}

// placed is the host of a node's name, empty where it has none, and the rest of the name. Keys hold anything, so nothing
// behind the first is looked at; names of hosts and blocks have no bracket.
func placed(name string) (host, node string) {
	before, _, _ := strings.Cut(name, "[")
	if host, _, ok := strings.Cut(before, ": "); ok {
		return host, name[len(host)+len(": "):]
	}
	return "", name
}

// isHandler reports whether a node's name, without its host, is a handler's: `play.handler.name`, or one at file level.
func isHandler(node string) bool {
	block, _, _ := strings.Cut(node, "[")
	parts := strings.Split(block, ".")
	return len(parts) == 2 && parts[0] == string(addr.Handler) || len(parts) == 3 && parts[1] == string(addr.Handler)
}

func didRun(n *journal.Node) bool { return n.Outcome == "ok" || n.Outcome == "changed" }

// healthOf stands in a node's name between what a health block follows, a handler or a play, and its own name.
const healthOf = "." + string(addr.Health) + "."

// unproved are the hosts where something ran whose health has no good end.
func unproved(s *journal.State) map[string]bool {
	ran := map[string]bool{} // nodes, and plays on a host
	for name, n := range s.Nodes {
		if host, node := placed(name); host != "" && didRun(n) {
			play, _, _ := strings.Cut(node, ".")
			ran[name], ran[host+": "+play] = true, true
		}
	}
	out := map[string]bool{}
	for name, n := range s.Nodes {
		host, node := placed(name)
		block, _, _ := strings.Cut(node, "[")
		of, _, health := strings.Cut(block, healthOf)
		if health && rank[statuses[n.Outcome]] != rank[event.OK] && ran[host+": "+of] {
			out[host] = true
		}
	}
	return out
}
