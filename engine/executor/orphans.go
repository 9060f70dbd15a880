package executor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/plan"
)

// Orphans are the nodes that earlier processes of a run left open on hosts of its plan, and that the plan, since changes were
// accepted, does not have any more. What is owed, or may have been done and must not be done twice, is an error: nothing of
// the run would ever come back to it. What was begun only is a note. A host that the run leaves out is not looked at.
func Orphans(p *plan.Plan, s *journal.State) diag.Diagnostics {
	planned, hosts := map[string]bool{}, map[string]bool{}
	for _, n := range p.Nodes {
		planned[n.Addr.String()] = true
	}
	for _, h := range p.Hosts {
		hosts[h.Name] = true
	}
	owed, unknown, begun := map[string][]string{}, map[string][]string{}, map[string][]string{}
	for name, n := range s.Nodes {
		host, node := placed(name)
		if planned[name] || !hosts[host] {
			continue
		}
		of, unproved := unprovedOf(s, host, node)
		switch {
		case n.Notified:
			owed[node] = append(owed[node], host)
		case unproved && !planned[host+": "+of]:
			owed[of] = append(owed[of], host)
		case n.Once:
			unknown[node] = append(unknown[node], host)
		case n.Sent:
			begun[node] = append(begun[node], host)
		}
	}
	return slices.Concat(each(owed, owedNoMore), each(unknown, unknownForGood), each(begun, halfWay))
}

// unprovedOf is the handler that a node is health of, where it ran on the host and its health has no good end.
func unprovedOf(s *journal.State, host, node string) (handler string, yes bool) {
	block, _, _ := strings.Cut(node, "[")
	of, _, health := strings.Cut(block, healthOf)
	ran := s.Nodes[host+": "+of]
	return of, health && isHandler(of) && ran != nil && didRun(ran) && rank[statuses[s.Nodes[host+": "+node].Outcome]] != rank[event.OK]
}

// each makes a diagnostic for every node, in the order of their names.
func each(nodes map[string][]string, make func(node, hosts string) diag.Diagnostic) diag.Diagnostics {
	var out diag.Diagnostics
	for _, node := range slices.Sorted(maps.Keys(nodes)) {
		slices.Sort(nodes[node])
		out = append(out, make(node, diag.List(slices.Compact(nodes[node]))))
	}
	return out
}

func owedNoMore(handler, hosts string) diag.Diagnostic {
	return diag.Diagnostic{Code: diag.InputsChanged, Summary: fmt.Sprintf("%s is owed on %s, and is not planned there any more", handler, hosts),
		Detail: "It was notified there and did not run to its end, or its health was not proved since. The tasks that notified it are done: they would notify nobody again, and what they changed would never take effect.",
		Advice: fmt.Sprintf("Put %s back, and rename or remove it once the run is done. If it has to be gone: restart these hosts by hand, remove %s/%[1]s there, "+
			"and begin anew: muster apply. An apply whose playbook does not have the handler restarts nothing for that file.", handler, pendingDir)}
}

func unknownForGood(node, hosts string) diag.Diagnostic {
	return diag.Diagnostic{Code: diag.InputsChanged, Summary: fmt.Sprintf("nobody knows whether %s ran on %s, and it is not planned there any more", node, hosts),
		Detail: "It was sent before this run was interrupted, and its answer never came.",
		Advice: "Put it back; or look at these hosts, and begin anew: muster apply. Or go on without them: muster resume --exclude."}
}

func halfWay(node, hosts string) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Note, Code: diag.LeftHalfWay, Summary: fmt.Sprintf("%s was begun on %s, and is not planned there any more", node, hosts),
		Detail: "What it did there stays as it is."}
}
