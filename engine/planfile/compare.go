package planfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// Drift is a host that is not any more as it was when the plan was reviewed.
type Drift struct {
	Host string
	What string // one line: each node's finding then and now
	Down bool   // it could not be reached now
}

// Compare finds the hosts on which another reading would do something else than what was reviewed, or may: in the order of
// now, then those that vanished. Remarks do not count, nor does the reason why something cannot be told.
func Compare(then, now *File) []Drift {
	before := map[string]*Host{}
	for i := range then.Hosts {
		before[then.Hosts[i].Name] = &then.Hosts[i]
	}
	var out []Drift
	for i := range now.Hosts {
		h := &now.Hosts[i]
		was := before[h.Name]
		delete(before, h.Name)
		switch {
		case was == nil:
			out = append(out, Drift{Host: h.Name, What: "it was not in the plan", Down: h.unreachable()})
		case h.unreachable():
			out = append(out, Drift{Host: h.Name, What: "it cannot be reached now", Down: true})
		case was.unreachable():
			out = append(out, Drift{Host: h.Name, What: "it could not be reached when the plan was made, so nothing of it was reviewed"})
		default:
			if what := differences(was, h); what != "" {
				out = append(out, Drift{Host: h.Name, What: what})
			}
		}
	}
	for _, h := range then.Hosts {
		if before[h.Name] != nil {
			out = append(out, Drift{Host: h.Name, What: "it is in the plan, and not in the inventory any more"})
		}
	}
	return out
}

func (h *Host) unreachable() bool {
	return h.Class == event.Unreachable || slices.ContainsFunc(h.Nodes, func(f Finding) bool { return f.Status == event.Unreachable })
}

// mostTold is how many nodes of a host are named; one says already that the host is not as it was.
const mostTold = 3

func differences(was, is *Host) string {
	var own, following []string
	note := func(node addr.Node, text string) {
		text = fmt.Sprintf("%s: %s", strings.TrimPrefix(node.String(), is.Name+": "), text)
		if node.Kind == addr.Handler { // it follows from its tasks
			following = append(following, text)
		} else {
			own = append(own, text)
		}
	}
	before := map[addr.Node]*Finding{}
	for i := range was.Nodes {
		before[was.Nodes[i].Node] = &was.Nodes[i]
	}
	for i := range is.Nodes {
		f := &is.Nodes[i]
		old := before[f.Node]
		delete(before, f.Node)
		switch {
		case old == nil:
			note(f.Node, fmt.Sprintf("is %s, and was not in the plan", f))
		case !old.same(f):
			note(f.Node, fmt.Sprintf("was %s, is %s", old, f))
		}
	}
	for _, f := range was.Nodes {
		if before[f.Node] != nil {
			note(f.Node, fmt.Sprintf("was %s, and is not any more", &f))
		}
	}
	if len(own) == 0 {
		own = following
	}
	if n := len(own) - mostTold; n > 0 {
		own = append(own[:mostTold], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(own, "; ")
}

// same reports whether an apply would do the same, as far as the two readings tell.
func (f *Finding) same(o *Finding) bool {
	return f.Status == o.Status && f.Pending == o.Pending && slices.Equal(f.Changes, o.Changes)
}

// String says what was found, in quotes: `"no change"`, `"change: alias  a -> b"`.
func (f *Finding) String() string {
	text := ""
	switch f.Status {
	case event.OK:
		text = "no change"
	case event.WouldChange:
		text = "change" + f.changes()
	case event.WouldRun:
		text = "would run"
	case event.Unsure:
		text = "not known before the run"
	default:
		text = strings.ReplaceAll(string(f.Status), "_", " ")
	}
	switch {
	case f.Problem != nil:
		text += ": " + f.Problem.Summary
	case f.Text != "" && f.Status != event.Unsure:
		text += ": " + f.Text
	}
	if f.Pending != "" {
		text += ", " + f.Pending
	}
	return `"` + text + `"`
}

func (f *Finding) changes() string {
	var parts []string
	for i, c := range f.Changes {
		if i == mostTold {
			parts = append(parts, "...")
			break
		}
		switch {
		case c.Before == "" && c.After == "":
			parts = append(parts, c.What)
		case c.Before == "":
			parts = append(parts, c.What+" "+c.After)
		case c.After == "":
			parts = append(parts, c.What+" without "+c.Before)
		default:
			parts = append(parts, c.What+" "+c.Before+" -> "+c.After)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}
