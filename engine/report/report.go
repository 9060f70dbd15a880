package report

import (
	"strings"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// Report gathers the events of one run. It starts anew with each run_started, so one sink may see a plan and then the
// apply that follows it. It is not safe for concurrent use: events come from one goroutine.
type Report struct {
	// Exact keeps values apart that each host has for itself, such as the digest of its own certificate; see Own.
	Exact bool

	Run     event.Run
	Summary event.Summary // as the last run_finished gave it

	order    map[addr.Instance]int // first seen, counted from 0: the playbook's order as the run went through it
	lines    map[string]*Line      // shared by all hosts, by what they say
	plays    map[string]*play
	playList []string
	failures []*Failure
	failed   map[string]*Failure
	notes    []*Note
	noted    map[string]*Note
	handlers map[addr.Block]*handler
	hostOf   map[string]int // position in Run.Hosts
}

// play is what is known of one play's hosts.
type play struct {
	hosts map[string][]*Line
}

// Handle takes in one event.
func (r *Report) Handle(e event.Event) {
	switch e.Type {
	case event.RunStarted:
		r.begin(e.Run)
	case event.NodeFinished:
		r.node(e)
	case event.RunFinished:
		if e.Summary != nil {
			r.Summary = *e.Summary
		}
	}
}

func (r *Report) begin(run *event.Run) {
	*r = Report{
		Exact:    r.Exact,
		order:    map[addr.Instance]int{},
		lines:    map[string]*Line{},
		plays:    map[string]*play{},
		failed:   map[string]*Failure{},
		noted:    map[string]*Note{},
		handlers: map[addr.Block]*handler{},
		hostOf:   map[string]int{},
	}
	if run == nil {
		return
	}
	r.Run = *run
	for _, p := range run.Plays { // "cti (xsp)": the name, and the hosts it is for
		name, _, _ := strings.Cut(p, " ")
		r.play(name)
	}
	for i, h := range run.Hosts {
		r.hostOf[h] = i
	}
}

func (r *Report) node(e event.Event) {
	if r.order == nil {
		r.begin(nil)
	}
	if _, seen := r.order[e.Node.Instance]; !seen {
		r.order[e.Node.Instance] = len(r.order)
	}
	for _, n := range e.Notes {
		r.note(e, n)
	}
	if e.Node.Kind == addr.Handler {
		r.handler(e)
	}
	switch e.Status {
	case event.Failed, event.Unreachable, event.Unknown:
		r.fail(e)
	}
	if e.Node.Host == "" {
		return
	}
	p := r.play(e.Node.Play)
	lines := p.hosts[e.Node.Host]
	// What was not run goes without saying behind what failed, but a host where nothing ran is not one without a change.
	unsaid := e.Status == event.NotRun && e.Node.Kind != addr.Handler && len(lines) > 0
	if l := r.line(e); l != nil && !unsaid {
		lines = append(lines, l)
	}
	p.hosts[e.Node.Host] = lines
}

func (r *Report) play(name string) *play {
	p, ok := r.plays[name]
	if !ok {
		p = &play{hosts: map[string][]*Line{}}
		r.plays[name] = p
		r.playList = append(r.playList, name)
	}
	return p
}

// alike takes a host's own name and address out of a text, so that texts that differ in nothing else count as equal.
func (r *Report) alike(text, host string) string {
	if host == "" {
		return text
	}
	text = strings.ReplaceAll(text, host, "${host.name}")
	if i, ok := r.hostOf[host]; ok && i < len(r.Run.Addresses) {
		text = replaceNumber(text, r.Run.Addresses[i], "${host.address}")
	}
	return text
}

// replaceNumber replaces what does not go on with a digit: 10.0.0.1 is no part of 10.0.0.12.
func replaceNumber(text, old, with string) string {
	if old == "" {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, old)
		b.WriteString(before)
		switch {
		case !found:
			return b.String()
		case after != "" && '0' <= after[0] && after[0] <= '9', before != "" && '0' <= before[len(before)-1] && before[len(before)-1] <= '9':
			b.WriteString(old)
		default:
			b.WriteString(with)
		}
		text = after
	}
}
