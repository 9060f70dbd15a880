package report_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/report"
)

var update = flag.Bool("update", false, "write what the test got as what it wants")

// TestTwoThousandHosts: five kinds of change, with certificates that each host has for itself and that run out on different
// days, stay few lines: the odd host first, then by size. A line of the text is a line of a screen.
func TestTwoThousandHosts(t *testing.T) {
	hosts := fleet(2000)
	r := &report.Report{}
	run := &event.Run{Mode: event.Plan, Hosts: hosts, Plays: []string{"cti (xsp)"}}
	for i := range hosts {
		run.Addresses = append(run.Addresses, fmt.Sprintf("10.8.%d.%d", i/250, 1+i%250))
	}
	r.Handle(event.Event{Type: event.RunStarted, Run: run})
	for i, h := range hosts {
		reading(r, i, h, run.Addresses[i])
	}
	got := lines(r)
	if n := strings.Count(got, "\n"); n > 40 {
		t.Errorf("%d lines, at most 40 are readable", n)
	}
	if *update {
		if err := os.WriteFile("testdata/fleet.golden", []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/fleet.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
	r.Exact = true
	if n := len(r.Plays()[0].Groups); n < 1900 {
		t.Errorf("asked to be exact, %d groups: nothing may be lost", n)
	}
}

func fleet(n int) []string {
	hosts := make([]string, n)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("xsp%04d.%s", i/2+1, []string{"fra", "muc"}[i%2])
	}
	return hosts
}

// reading is what a plan finds on a host: most get two anchors and a certificate, some protocols besides; one has another
// anchor of that name; a few cannot be told, cannot be reached, or are as they should be.
func reading(r *report.Report, i int, host, address string) {
	node := func(kind addr.Kind, name, key string, status event.Status, changes ...event.Change) {
		n := addr.Node{Host: host, Instance: addr.Instance{Block: addr.Block{Play: "cti", Kind: kind, Name: name}, Key: key, Keyed: key != ""}}
		r.Handle(event.Event{Type: event.NodeFinished, Node: n, Status: status, Changes: changes})
	}
	digest := func(of string) string { return fmt.Sprintf("%x…", sha256.Sum256([]byte(of)))[:19] }
	root := event.Change{What: "trust anchor webexclientroot2023 (cti)", After: "Internal Private Root, issued by Internal Private Root, valid until 2033-07-18, SHA-256 " + digest("root")}
	switch {
	case i < 10:
		n := addr.Node{Host: host, Instance: addr.Instance{Block: addr.Block{Play: "cti", Kind: addr.Task, Name: "anchors"}, Key: "root", Keyed: true}}
		d := &diag.Diagnostic{Code: diag.HostUnreachable, Summary: "host unreachable", What: "cannot log in to " + address + ":22"}
		r.Handle(event.Event{Type: event.NodeFinished, Node: n, Status: event.Unreachable, Diag: d})
		return
	case i < 20:
		for _, key := range []string{"issuing", "root"} {
			node(addr.Task, "anchors", key, event.OK)
		}
		node(addr.Task, "cti", "", event.OK)
		return
	case i < 30:
		node(addr.Task, "anchors", "root", event.OK)
		n := addr.Node{Host: host, Instance: addr.Instance{Block: addr.Block{Play: "cti", Kind: addr.Task, Name: "cti"}}}
		r.Handle(event.Event{Type: event.NodeFinished, Node: n, Status: event.Unsure, Text: "not known before the run: waits for task.release"})
		return
	case i == 833:
		root.Before = "Lab Root, issued by Lab Root"
		node(addr.Task, "anchors", "root", event.WouldChange, root)
		node(addr.Handler, "restart", "", event.WouldRun)
		return
	}
	node(addr.Task, "anchors", "root", event.WouldChange, root)
	certificate := event.Change{What: "server certificate", Before: host + ", issued by Lab CA",
		After: fmt.Sprintf("%s, issued by Lab CA, valid until 2027-01-%02d, SHA-256 %s", host, 1+i/1000, digest(host))}
	changes := []event.Change{certificate}
	if i%10 == 0 {
		changes = append(changes, event.Change{What: "protocols", Before: "TLSv1, TLSv1.2", After: "TLSv1.2"})
	}
	node(addr.Task, "cti", "", event.WouldChange, changes...)
	node(addr.Handler, "restart", "", event.WouldRun)
}

// lines writes groups as a screen does: a line for the hosts, one for each task and each of its changes.
func lines(r *report.Report) string {
	var b strings.Builder
	for _, p := range r.Plays() {
		fmt.Fprintf(&b, "play %s: %d hosts\n", p.Name, p.Hosts)
		for _, g := range p.Groups {
			fmt.Fprintf(&b, "%d hosts, %s first", len(g.Hosts), g.Hosts[0])
			if g.Odd {
				fmt.Fprint(&b, ", odd")
			}
			fmt.Fprintln(&b)
			for _, l := range g.Lines {
				fmt.Fprintf(&b, "  %s %s %s\n", l.Status, l.Instance, l.Text)
				for _, c := range l.Changes {
					fmt.Fprintf(&b, "    %s: %s -> %s\n", c.What, c.Before, c.After)
				}
			}
		}
	}
	return b.String()
}
