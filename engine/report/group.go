package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// Line is what one task or handler means for a host. Hosts for which it means the same share one Line.
type Line struct {
	Instance addr.Instance
	Module   string
	Status   event.Status
	Changes  []event.Change
	Pending  string // what is stored but not yet in effect
	Text     string // why, for a line that is unsure or not run

	id int
}

// Play is the hosts of one play, gathered by what the play means for them. The play of handlers at file level has no name.
type Play struct {
	Name   string
	Hosts  int
	Groups []Group
}

// Group is hosts for which a play means the same. Lines is empty where there is nothing to do.
type Group struct {
	Hosts []string
	Lines []*Line
	// Odd marks, in a plan, a single host that differs from a majority: the one to look at first. In an apply hosts differ
	// by how far they came.
	Odd bool
}

// oddBelow is how many times larger the largest group must be before a single host counts as odd.
const oddBelow = 4

// Plays gathers all hosts. Groups come with odd hosts first, then by size, and the hosts without a change last.
func (r *Report) Plays() []Play {
	var plays []Play
	for _, name := range r.playList {
		if len(r.plays[name].hosts) > 0 {
			plays = append(plays, r.groups(name))
		}
	}
	return plays
}

// HostsOf is how many hosts of a play were seen.
func (r *Report) HostsOf(play string) int {
	if p := r.plays[play]; p != nil {
		return len(p.hosts)
	}
	return 0
}

func (r *Report) groups(name string) Play {
	byKey := map[string]*Group{}
	hosts := r.plays[name].hosts
	shared := map[*Line]*Line{}
	if !r.Exact {
		shared = own(hosts)
	}
	for host, all := range hosts {
		lines := make([]*Line, len(all))
		for i, l := range all {
			lines[i] = l
			if s := shared[l]; s != nil {
				lines[i] = s
			}
		}
		slices.SortFunc(lines, r.compare)
		var key strings.Builder
		for _, l := range lines {
			key.WriteString(strconv.Itoa(l.id) + " ")
		}
		g, ok := byKey[key.String()]
		if !ok {
			g = &Group{Lines: lines}
			byKey[key.String()] = g
		}
		g.Hosts = append(g.Hosts, host)
	}
	p := Play{Name: name, Hosts: len(hosts)}
	for _, g := range byKey {
		r.sortHosts(g.Hosts)
		p.Groups = append(p.Groups, *g)
	}
	r.rank(p.Groups)
	return p
}

// compare orders the lines of a host: tasks as the run met them, then handlers.
func (r *Report) compare(a, b *Line) int {
	if ah, bh := a.Instance.Kind == addr.Handler, b.Instance.Kind == addr.Handler; ah != bh {
		if ah {
			return 1
		}
		return -1
	}
	return r.order[a.Instance] - r.order[b.Instance]
}

func (r *Report) rank(groups []Group) {
	largest := 0
	for _, g := range groups {
		largest = max(largest, len(g.Hosts))
	}
	for i := range groups {
		g := &groups[i]
		g.Odd = len(g.Hosts) == 1 && len(g.Lines) > 0 && largest >= oddBelow && r.Run.Mode != event.Apply
	}
	class := func(g Group) int {
		switch {
		case g.Odd:
			return 0
		case len(g.Lines) > 0:
			return 1
		}
		return 2
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(class(a)-class(b), len(b.Hosts)-len(a.Hosts), r.compareHosts(a.Hosts[0], b.Hosts[0]))
	})
}

// line returns the shared line of a node, or nil where it says nothing.
func (r *Report) line(e event.Event) *Line {
	switch e.Status {
	case event.WouldRun:
		if e.Node.Kind == addr.Health { // goes without saying where its handler would run
			return nil
		}
	case event.Changed, event.WouldChange, event.Unsure:
	case event.Failed, event.Unreachable, event.Unknown:
	case event.NotRun:
		if e.Node.Kind == addr.Health {
			return nil
		}
	default:
		if e.Pending == "" {
			return nil
		}
	}
	l := &Line{Instance: e.Node.Instance, Module: e.Module, Status: e.Status}
	l.Pending = r.alike(e.Pending, e.Node.Host)
	l.Text = r.alike(e.Text, e.Node.Host)
	if l.Text == "" && e.Diag != nil {
		l.Text = r.alike(e.Diag.Summary, e.Node.Host)
	}
	key := []string{l.Instance.String(), string(l.Status), l.Pending, l.Text}
	for _, c := range e.Changes {
		c.What, c.Before, c.After = r.alike(c.What, e.Node.Host), r.alike(c.Before, e.Node.Host), r.alike(c.After, e.Node.Host)
		l.Changes = append(l.Changes, c)
		key = append(key, c.What, c.Before, c.After)
	}
	k := strings.Join(key, "\x00")
	if have, ok := r.lines[k]; ok {
		return have
	}
	l.id = len(r.lines)
	r.lines[k] = l
	return l
}

func (r *Report) sortHosts(hosts []string) { slices.SortFunc(hosts, r.compareHosts) }

// compareHosts orders hosts as the inventory has them; hosts that the run did not name come last, by name.
func (r *Report) compareHosts(a, b string) int {
	place := func(host string) int {
		if i, ok := r.hostOf[host]; ok {
			return i
		}
		return len(r.hostOf)
	}
	return cmp.Or(place(a)-place(b), cmp.Compare(a, b))
}
