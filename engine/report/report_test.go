package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

func at(host string, kind addr.Kind, name string) addr.Node {
	return addr.Node{Host: host, Instance: addr.Instance{Block: addr.Block{Play: "p", Kind: kind, Name: name}}}
}

func begun(hosts ...string) *report.Report {
	r := &report.Report{}
	r.Handle(event.Event{Type: event.RunStarted, Run: &event.Run{Mode: event.Plan, Hosts: hosts}})
	return r
}

func ended(r *report.Report, host, name string, status event.Status, changes ...event.Change) {
	r.Handle(event.Event{Type: event.NodeFinished, Node: at(host, addr.Task, name), Status: status, Changes: changes})
}

// shape writes the groups of all plays, one a line: hosts, then what is done.
func shape(r *report.Report) string {
	var b strings.Builder
	for _, p := range r.Plays() {
		for _, g := range p.Groups {
			fmt.Fprint(&b, strings.Join(g.Hosts, " "), ":")
			for _, l := range g.Lines {
				fmt.Fprintf(&b, " %s=%s", l.Instance.Name, l.Status)
			}
			if g.Odd {
				fmt.Fprint(&b, " odd")
			}
			fmt.Fprintln(&b)
		}
	}
	return b.String()
}

func TestPlaysGatherHostsThatChangeAlike(t *testing.T) {
	r := begun("h1", "h2", "h3", "h4", "h5", "h6", "h7")
	for _, h := range []string{"h6", "h2", "h3", "h4"} {
		ended(r, h, "a", event.WouldChange, event.Change{What: "file of " + h, After: "x"})
		ended(r, h, "b", event.OK)
	}
	ended(r, "h1", "a", event.WouldChange, event.Change{What: "file of h1", After: "y"})
	for _, h := range []string{"h5", "h7"} {
		ended(r, h, "a", event.OK)
	}
	want := "h1: a=would_change odd\n" + // differs in one value
		"h2 h3 h4 h6: a=would_change\n" + // a text that differs only in the host's own name is the same; hosts as in the inventory
		"h5 h7:\n"
	if diff := cmp.Diff(want, shape(r)); diff != "" {
		t.Error(diff)
	}
}

// A host where nothing ran is not one without a change; behind a failure it goes without saying.
func TestWhatWasNotRunIsSaidOnce(t *testing.T) {
	r := begun("h1", "h2", "h3")
	ended(r, "h1", "a", event.Failed)
	ended(r, "h1", "b", event.NotRun)
	ended(r, "h2", "a", event.NotRun)
	ended(r, "h2", "b", event.NotRun)
	ended(r, "h3", "a", event.OK)
	if got, want := shape(r), "h1: a=failed\nh2: a=not_run\nh3:\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestOrderOfLinesDoesNotSplitAGroup(t *testing.T) {
	r := begun("h1", "h2") // tasks in a parallel block end in any order
	ended(r, "h1", "a", event.Changed)
	ended(r, "h1", "b", event.Changed)
	r.Handle(event.Event{Type: event.NodeFinished, Node: at("h2", addr.Handler, "h"), Status: event.WouldRun})
	ended(r, "h2", "b", event.Changed)
	ended(r, "h2", "a", event.Changed)
	r.Handle(event.Event{Type: event.NodeFinished, Node: at("h1", addr.Handler, "h"), Status: event.WouldRun})
	if diff := cmp.Diff("h1 h2: a=changed b=changed h=would_run\n", shape(r)); diff != "" {
		t.Error(diff)
	}
}

func TestValuesOfEachHostsOwnAreTakenTogether(t *testing.T) {
	fill := func(r *report.Report, digests ...string) *report.Report {
		for i, d := range digests {
			ended(r, fmt.Sprintf("h%d", i+1), "a", event.WouldChange, event.Change{What: "certificate", After: "issued by Lab, SHA-256 " + d})
		}
		return r
	}
	cases := map[string]struct {
		digests []string
		exact   bool
		groups  int
	}{
		"each its own":        {[]string{"aa", "bb", "cc"}, false, 1},
		"two are too few":     {[]string{"aa", "bb"}, false, 2},
		"two share one":       {[]string{"aa", "bb", "cc", "aa"}, false, 3},
		"one has other words": {[]string{"aa", "bb", "c c"}, false, 3},
		"asked to be exact":   {[]string{"aa", "bb", "cc"}, true, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := fill(begun("h1", "h2", "h3", "h4"), c.digests...)
			r.Exact = c.exact
			groups := r.Plays()[0].Groups
			if len(groups) != c.groups {
				t.Fatalf("%d groups, want %d:\n%s", len(groups), c.groups, shape(r))
			}
			if got := groups[0].Lines[0].Changes[0].After; c.groups == 1 && got != "issued by Lab, SHA-256 "+report.Own {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestOneHostAmongFewIsNotOdd(t *testing.T) {
	r := begun("h1", "h2", "h3")
	ended(r, "h1", "a", event.WouldChange, event.Change{What: "x"})
	ended(r, "h2", "a", event.WouldChange, event.Change{What: "y"})
	ended(r, "h3", "a", event.WouldChange, event.Change{What: "y"})
	if strings.Contains(shape(r), "odd") {
		t.Errorf("one of three hosts is not odd:\n%s", shape(r))
	}
}

// In an apply the canary differs from all others, which were held back: that is no reason to look at it first.
func TestNobodyIsOddInAnApply(t *testing.T) {
	for mode, odd := range map[event.Mode]bool{event.Plan: true, event.Apply: false} {
		r := &report.Report{}
		r.Handle(event.Event{Type: event.RunStarted, Run: &event.Run{Mode: mode, Hosts: []string{"h1"}}})
		ended(r, "h1", "a", event.Changed)
		for i := range 5 {
			ended(r, fmt.Sprintf("h%d", i+2), "a", event.NotRun)
		}
		if got := strings.Contains(shape(r), "odd"); got != odd {
			t.Errorf("%s: odd %v\n%s", mode, got, shape(r))
		}
	}
}

func TestEqualFailuresAreOne(t *testing.T) {
	r := begun("h1", "h2", "h3", "h4")
	fail := func(host, task string, status event.Status, what string) {
		r.Handle(event.Event{Type: event.NodeFinished, Node: at(host, addr.Task, task), Status: status,
			Diag: &diag.Diagnostic{Code: "E1001", Summary: "could not", What: what}})
	}
	fail("h2", "a", event.Failed, "set name h2 -> refused")
	fail("h1", "a", event.Failed, "set name h1 -> refused")
	fail("h3", "a", event.Failed, "set name h3 -> disk full")
	fail("h4", "a", event.Unreachable, "")
	var got []string
	for _, f := range r.Failures() {
		got = append(got, strings.Join(f.Hosts, " "))
	}
	if diff := cmp.Diff([]string{"h1 h2", "h3", "h4"}, got); diff != "" {
		t.Error(diff)
	}
	if r.FailureKinds() != 3 {
		t.Errorf("%d kinds, want 3", r.FailureKinds())
	}
}

func TestNotesAreSaidOnce(t *testing.T) {
	r := begun("h1", "h2")
	for _, h := range []string{"h2", "h1", "h1"} {
		r.Handle(event.Event{Type: event.NodeFinished, Node: at(h, addr.Task, "a"), Status: event.OK, Notes: []string{"assumed on " + h}})
	}
	notes := r.Notes()
	if len(notes) != 1 || notes[0].Text != "assumed on ${host.name}" || strings.Join(notes[0].Hosts, " ") != "h1 h2" {
		t.Errorf("got %+v", notes)
	}
}

func TestAddressesDoNotKeepFailuresApart(t *testing.T) {
	r := &report.Report{}
	hosts, addresses := []string{"h1", "h2", "h3"}, []string{"10.0.0.1", "10.0.0.12", "10.0.0.3"}
	r.Handle(event.Event{Type: event.RunStarted, Run: &event.Run{Hosts: hosts, Addresses: addresses}})
	for i, h := range hosts {
		d := &diag.Diagnostic{Code: diag.HostUnreachable, Summary: "host unreachable", What: "cannot log in to " + h + " (" + addresses[i] + ":22)"}
		r.Handle(event.Event{Type: event.NodeFinished, Node: at(h, addr.Task, "a"), Status: event.Unreachable, Diag: d, Notes: []string{"marker cti-" + addresses[i] + ".sha256"}})
	}
	if f := r.Failures(); len(f) != 1 || len(f[0].Hosts) != 3 {
		t.Errorf("failures %+v, want one for all hosts", f)
	}
	if n := r.Notes(); len(n) != 1 || n[0].Text != "marker cti-${host.address}.sha256" {
		t.Errorf("notes %+v, want one for all hosts", n)
	}
	r.Handle(event.Event{Type: event.RunStarted, Run: &event.Run{Hosts: hosts, Addresses: addresses}})
	r.Handle(event.Event{Type: event.NodeFinished, Node: at("h1", addr.Task, "a"), Status: event.OK, Notes: []string{"not 10.0.0.12, but 10.0.0.1"}})
	if n := r.Notes(); n[0].Text != "not 10.0.0.12, but ${host.address}" {
		t.Errorf("note %q", n[0].Text)
	}
}

func TestRecapCountsHandlersAndClasses(t *testing.T) {
	r := begun("h1", "h2")
	for i, h := range []string{"h1", "h2"} {
		r.Handle(event.Event{Type: event.NodeFinished, Node: at(h, addr.Handler, "restart"), Status: event.OK, Duration: time.Duration(i+1) * time.Second})
	}
	r.Handle(event.Event{Type: event.RunFinished, Summary: &event.Summary{
		Hosts: map[event.Status][]string{event.Failed: {"h2"}, event.Changed: {"h1"}}, Nodes: map[event.Status]int{event.OK: 2}}})
	rc := r.Recap()
	if diff := cmp.Diff([]report.Count{{Status: event.Changed, N: 1, Hosts: []string{"h1"}}, {Status: event.Failed, N: 1, Hosts: []string{"h2"}}}, rc.Hosts); diff != "" {
		t.Error(diff)
	}
	want := []report.HandlerCount{{Block: at("", addr.Handler, "restart").Block, Ran: 2, SlowestHost: "h2", Slowest: 2 * time.Second}}
	if diff := cmp.Diff(want, rc.Handlers); diff != "" {
		t.Error(diff)
	}
}

func TestARunStartsAnew(t *testing.T) {
	r := begun("h1")
	ended(r, "h1", "a", event.Failed)
	r.Handle(event.Event{Type: event.RunStarted, Run: &event.Run{Hosts: []string{"h1"}}})
	if len(r.Failures())+len(r.Plays()) != 0 {
		t.Error("the run before is still there")
	}
}
