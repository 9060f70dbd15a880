package view

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a screen, without its colours, with testdata/NAME.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(got, "")
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), -update writes it anew:\n%s", file, diff)
	}
}

// stream makes the events of a run by hand.
type stream struct {
	sink event.Sink
	seq  uint64
	at   time.Time
}

func newStream(sink event.Sink) *stream {
	return &stream{sink: sink, at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
}

func (s *stream) emit(e event.Event) {
	s.seq++
	s.at = s.at.Add(time.Second)
	e.Seq, e.Time = s.seq, s.at
	s.sink.Handle(e)
}

// fleet names n hosts over the sites fra and muc.
func fleet(n int) []string {
	var hosts []string
	for i := range n {
		hosts = append(hosts, fmt.Sprintf("xsp%04d.%s", i/2+1, []string{"fra", "muc"}[i%2]))
	}
	return hosts
}

// site is the hosts of one of them.
func site(name string) []string {
	return slices.DeleteFunc(fleet(2000), func(h string) bool { return !strings.HasSuffix(h, name) })
}

func waves(hosts []string, sizes ...int) (out [][]string) {
	for len(hosts) > 0 {
		n := min(sizes[min(len(out), len(sizes)-1)], len(hosts))
		out, hosts = append(out, hosts[:n]), hosts[n:]
	}
	return out
}

func task(host, name, key string) addr.Node {
	return node(host, addr.Task, name, key)
}

func node(host string, kind addr.Kind, name, key string) addr.Node {
	return addr.Node{Host: host, Instance: addr.Instance{Block: addr.Block{Play: "cti", Kind: kind, Name: name}, Key: key, Keyed: key != ""}}
}

func anchors(s *stream, host string, status event.Status) {
	for _, key := range []string{"root", "issuing"} {
		s.emit(event.Event{Type: event.NodeFinished, Node: task(host, "anchors", key), Module: "trust_anchor", Status: status,
			Changes: []event.Change{{What: "trust anchor webexclient" + key + "2023", After: "sha256 9f1c"}},
			Notes:   []string{"compared by the digest left beside the uploaded file on " + host}})
	}
}

func unchanged(s *stream, host string) {
	for _, key := range []string{"root", "issuing"} {
		s.emit(event.Event{Type: event.NodeFinished, Node: task(host, "anchors", key), Module: "trust_anchor", Status: event.OK})
	}
	s.emit(event.Event{Type: event.NodeFinished, Node: task(host, "cti", ""), Module: "cti_interface", Status: event.OK})
}

func protocols(s *stream, host string, status event.Status, before string) {
	s.emit(event.Event{Type: event.NodeFinished, Node: task(host, "cti", ""), Module: "cti_interface", Status: status,
		Changes: []event.Change{{What: "protocols of " + host, Before: before, After: "TLSv1.2"}}})
}

func restart(s *stream, host string, status event.Status, d time.Duration) {
	s.emit(event.Event{Type: event.NodeFinished, Node: node(host, addr.Handler, "restart", ""), Module: "restart", Status: status, Duration: d})
}

// bigPlan is a plan over 2,000 hosts with five kinds of change, one of them on one host only.
func bigPlan(s *stream) {
	hosts := fleet(2000)
	s.emit(event.Event{Type: event.RunStarted, Run: &event.Run{Playbook: "playbooks/webex-cti.hcl", Mode: event.Plan, Hosts: hosts}})
	classes := map[event.Status][]string{}
	nodes := map[event.Status]int{}
	for i, h := range hosts {
		class := event.WouldChange
		switch {
		case i == 833:
			s.emit(event.Event{Type: event.NodeFinished, Node: task(h, "anchors", "root"), Module: "trust_anchor", Status: event.WouldChange,
				Changes: []event.Change{{What: "trust anchor webexclientroot2023", Before: "sha256 44ab", After: "sha256 9f1c"}}})
			restart(s, h, event.WouldRun, 0)
		case i >= 1990:
			class = event.OK
			unchanged(s, h)
		case i >= 1980:
			class = event.Unreachable
			s.emit(event.Event{Type: event.NodeFinished, Node: task(h, "anchors", "root"), Status: event.Unreachable,
				Diag: &diag.Diagnostic{Code: diag.HostUnreachable, Summary: "no answer", Where: h + " (10.0.0.1)", Detail: "The connection timed out.",
					Do: []string{"Look whether the host is up."}}})
		case i >= 1970:
			class = event.Unsure
			s.emit(event.Event{Type: event.NodeFinished, Node: task(h, "cti", ""), Module: "cti_interface", Status: event.Unsure,
				Text: "not known before the run: the interface does not exist yet"})
		case i%10 == 7:
			anchors(s, h, event.WouldChange)
			protocols(s, h, event.WouldChange, "TLSv1,TLSv1.2")
			restart(s, h, event.WouldRun, 0)
		default:
			anchors(s, h, event.WouldChange)
			s.emit(event.Event{Type: event.NodeFinished, Node: task(h, "cti", ""), Module: "cti_interface", Status: event.OK,
				Pending: "restart pending: port 8012 still presents the old certificate"})
			restart(s, h, event.WouldRun, 0)
		}
		classes[class] = append(classes[class], h)
		nodes[class]++
	}
	s.emit(event.Event{Type: event.RunFinished, Summary: &event.Summary{ExitCode: 4, Duration: 31 * time.Second, Hosts: classes, Nodes: nodes}})
}

func TestPlanOfTwoThousandHosts(t *testing.T) {
	var out, err bytes.Buffer
	p := NewPlain(Options{Out: &out, Err: &err, Next: "muster apply playbooks/webex-cti.hcl -i inventory/", Rollouts: []Rollout{{
		Name: "cti.handler.restart", CanaryCount: 1, Health: []string{"tls_probe"}, Of: 2000,
		Soak: 10 * time.Minute, Manual: true, MaxFailed: 2, Pauses: true,
		Groups: []RolloutGroup{
			{Name: "fra", Hosts: 1000, AtOnce: 1, Waves: waves(site("fra")[1:], 1, 50, 250, 1000)},
			{Name: "muc", Hosts: 1000, AtOnce: 40, Waves: waves(site("muc"), 100)},
		},
	}}})
	bigPlan(newStream(p))
	golden(t, "plan-2000", out.String())
	golden(t, "plan-2000-err", err.String())
	if n := strings.Count(out.String(), "\n"); n > 40 {
		t.Errorf("the screen has %d lines, want at most 40 at any size of fleet", n)
	}
	if first := strings.SplitN(out.String(), "\n", 24); !strings.Contains(strings.Join(first[:len(first)-1], "\n"), "xsp0417.muc") {
		t.Error("the host that differs from all others is not on the first screen")
	}
}

// bigApply changes 2,000 hosts, of which some fail in two ways and some are not reached.
func bigApply(s *stream) {
	hosts := fleet(2000)
	s.emit(event.Event{Type: event.RunStarted, Run: &event.Run{Playbook: "playbooks/webex-cti.hcl", Mode: event.Apply, Hosts: hosts}})
	sum := &event.Summary{ExitCode: 3, Duration: 3*time.Hour + 48*time.Minute, Hosts: map[event.Status][]string{}, Nodes: map[event.Status]int{},
		Restarts: 1900, HeldBack: hosts[1950:1960], Outputs: map[string]event.Output{"anchors": {Value: `["webexclientroot2023"]`}}}
	for i, h := range hosts {
		class := event.Changed
		switch {
		case i%700 == 99:
			class = event.Failed
			s.emit(event.Event{Type: event.NodeFinished, Node: task(h, "anchors", "root"), Module: "trust_anchor", Status: event.Failed, Diag: &diag.Diagnostic{
				Code: diag.NodeFailed, Summary: `could not add trust anchor "webexclientroot2023"`, Where: h + ` (10.0.0.1), cti.task.anchors["root"], attempt 1 of 1`,
				What: "updateTrust webexclientroot2023 -> [Error] Alias already exists", Detail: "The alias holds another certificate.",
				State: "Nothing on this host was changed.", Do: []string{"Choose another alias.", "Remove the old one: deleteTrust"}}})
		case i >= 1960:
			class = event.Unreachable
			s.emit(event.Event{Type: event.NodeFinished, Node: task(h, "anchors", "root"), Status: event.Unreachable,
				Diag: &diag.Diagnostic{Code: diag.HostUnreachable, Summary: "no answer", Where: h, Detail: "The connection timed out."}})
		case i >= 1950:
			class = event.NotRun
		default:
			anchors(s, h, event.Changed)
			restart(s, h, event.OK, time.Duration(200+i%100)*time.Second)
		}
		sum.Hosts[class] = append(sum.Hosts[class], h)
		sum.Nodes[class]++
	}
	s.emit(event.Event{Type: event.RunFinished, Summary: sum})
}

func TestRecapOfTwoThousandHosts(t *testing.T) {
	var out, err bytes.Buffer
	bigApply(newStream(NewPlain(Options{Out: &out, Err: &err, Printer: diag.Printer{Width: 100}})))
	golden(t, "apply-2000", out.String())
	_, recap, _ := strings.Cut(out.String(), "Apply")
	if n := strings.Count(recap, "\n"); n > 24 {
		t.Errorf("the recap has %d lines, want at most 24 at any size of fleet", n)
	}
	lines := strings.SplitAfter(err.String(), "\n")
	golden(t, "apply-2000-last", strings.Join(lines[len(lines)-24:], ""))
}

// smallApply is what a person sees of a few hosts, with everything that may happen once.
func smallApply(s *stream) {
	hosts := []string{"xsp01.fra", "xsp02.fra", "xsp01.muc"}
	s.emit(event.Event{Type: event.RunStarted, Run: &event.Run{Playbook: "site.hcl", Mode: event.Apply, Hosts: hosts}})
	for _, h := range hosts[:2] {
		anchors(s, h, event.Changed)
	}
	s.emit(event.Event{Type: event.NodeRetrying, Node: task(hosts[2], "anchors", "root"), Attempt: 2, Text: "the host says try later", Due: s.at.Add(5 * time.Second)})
	s.emit(event.Event{Type: event.NodeProgress, Node: task(hosts[2], "anchors", "root"), Text: "uploading"})
	s.emit(event.Event{Type: event.RolloutWave, Text: "cti.handler.restart: canary", Hosts: hosts[:1]})
	restart(s, hosts[0], event.OK, 3*time.Second)
	s.emit(event.Event{Type: event.NodeFinished, Node: task(hosts[2], "anchors", "root"), Status: event.Unknown, Text: "the connection was lost after a command was sent"})
	s.emit(event.Event{Type: event.RolloutStopped, Text: "cti.handler.restart: 1 host failed, max_failed is 0", Hosts: hosts[1:2]})
	s.emit(event.Event{Type: event.Interrupted, Text: "nothing new begins"})
	s.emit(event.Event{Type: event.RunFinished, Summary: &event.Summary{ExitCode: 130, Interrupted: true, Duration: 12 * time.Second,
		Hosts: map[event.Status][]string{event.Changed: hosts[:2], event.Unknown: hosts[2:]}, Nodes: map[event.Status]int{event.Changed: 4, event.Unknown: 1}}})
}

func TestApplyLines(t *testing.T) {
	var both bytes.Buffer
	smallApply(newStream(NewPlain(Options{Out: &both, Err: &both, Verbose: 1})))
	golden(t, "apply-small", both.String())
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	smallApply(newStream(NewJSON(&out)))
	golden(t, "apply-small-json", out.String())
	if !strings.HasPrefix(out.String(), `{"format":"1.0","type":"version"}`+"\n") {
		t.Error("the first line must name the version of the format")
	}
}

// A report starts anew with each run, so that the plan that is shown before an apply leaves nothing behind.
func TestApplyAfterPlan(t *testing.T) {
	var out, err bytes.Buffer
	p := NewPlain(Options{Out: &out, Err: &err, Printer: diag.Printer{Width: 100}})
	s := newStream(p)
	bigPlan(s)
	out.Reset()
	smallApply(s)
	if strings.Contains(out.String(), "xsp0417.muc") {
		t.Error("the apply shows what the plan before it showed")
	}
}

// BenchmarkPlan draws a plan of 2,000 hosts, some 7,000 events: a view that is slow holds back the run.
func BenchmarkPlan(b *testing.B) {
	for b.Loop() {
		bigPlan(newStream(NewPlain(Options{Out: io.Discard, Err: io.Discard})))
	}
}
