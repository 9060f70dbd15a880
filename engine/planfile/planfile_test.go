package planfile_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/planfile"
	"github.com/muster-run/muster/engine/secret"
)

// key is a user's key.
type key []byte

func (k key) Sum(domain string, b []byte) []byte {
	m := hmac.New(sha256.New, k)
	fmt.Fprintf(m, "%d %s\n", len(domain), domain)
	m.Write(b)
	return m.Sum(nil)
}

var own = key("the user's own key, of 32 bytes.")

func at(host, name string) addr.Node {
	return addr.Node{Host: host, Instance: addr.Instance{Block: addr.Block{Play: "p", Kind: addr.Task, Name: name}, Key: "root", Keyed: true}}
}

// reading is the events of a plan: an unchanged host, one that would change, one that cannot be reached, and a check.
func reading() []event.Event {
	return []event.Event{
		{Type: event.RunStarted, Run: &event.Run{Playbook: "p.hcl", Mode: event.Plan, Hosts: []string{"h1", "h2", "h3"}, Addresses: []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}, Plays: []string{"p (all)"}}},
		{Type: event.NodeStarted, Node: at("h1", "a")},
		{Type: event.NodeFinished, Node: at("h2", "a"), Module: "note", Status: event.WouldChange, Changes: []event.Change{{What: "text", Before: "a", After: "b"}}, Notes: []string{"look"}, Pending: "restart"},
		{Type: event.NodeFinished, Node: at("h1", "a"), Module: "note", Status: event.OK},
		{Type: event.NodeFinished, Node: addr.Node{Instance: addr.Instance{Block: addr.Block{Play: "p", Kind: addr.Check, Name: "c"}}}, Status: event.Unsure, Text: "not yet"},
		{Type: event.NodeFinished, Node: at("h3", "a"), Module: "note", Status: event.Unreachable, Diag: &diag.Diagnostic{Code: diag.HostUnreachable, Summary: "host unreachable", Do: []string{"look"}}},
		{Type: event.RunFinished, Time: time.Unix(1, 0).UTC(), Summary: &event.Summary{ExitCode: 4, Duration: time.Second, Hosts: map[event.Status][]string{event.OK: {"h1"}, event.WouldChange: {"h2"}, event.Unreachable: {"h3"}},
			Nodes: map[event.Status]int{event.OK: 1, event.WouldChange: 1, event.Unreachable: 1, event.Unsure: 1}}},
	}
}

func collected(events []event.Event) *planfile.File {
	var c planfile.Collector
	for _, e := range events {
		c.Handle(e)
	}
	return c.File()
}

func saved(t testing.TB) (string, *planfile.File) {
	t.Helper()
	f := collected(reading())
	f.Muster, f.WorkDir, f.Command = "1.2.3", "/home/op", []string{"muster", "plan", "-o", "x"}
	f.Options = planfile.Options{Inventories: []string{"lab.hcl"}, Limit: "xsp", Vars: map[string]string{"a": "b"}, NoVars: []string{"secret"}, Forks: 50}
	f.Inputs = map[string]string{"file p.hcl": "ab12"}
	f.Notes, f.Rollouts = []string{"acts"}, json.RawMessage(`[{"Of":"x"}]`)
	path := filepath.Join(t.TempDir(), "cti.plan")
	if ds := planfile.Write(path, f, own); len(ds) > 0 {
		t.Fatal(ds)
	}
	return path, f
}

func TestWhatIsSavedIsRead(t *testing.T) {
	path, f := saved(t)
	got, ds := planfile.Read(path, own)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	f.Version = planfile.Version
	if diff := cmp.Diff(f, got); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if !planfile.Is(path) {
		t.Error("it is not known as a plan")
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".muster*")); len(left) > 0 || err != nil {
		t.Errorf("left over: %v %v", left, err)
	}
}

// TestReplayIsTheReading: a saved plan gives the events that it was gathered from.
func TestReplayIsTheReading(t *testing.T) {
	var got []event.Event
	collected(reading()).Replay(event.SinkFunc(func(e event.Event) { e.Time = time.Time{}; got = append(got, e) }))
	var want []event.Event
	for _, e := range reading() {
		if e.Type != event.NodeStarted {
			e.Time = time.Time{}
			want = append(want, e)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestEveryFlippedBitIsRefused, and every way to cut the file off or add to it.
func TestEveryFlippedBitIsRefused(t *testing.T) {
	path, _ := saved(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, ds := planfile.Read(path, own)
		if f != nil || len(ds) != 1 || ds[0].Code != diag.PlanFileRefused || ds[0].Detail == "" || ds[0].Advice == "" {
			t.Fatalf("%s: %v", what, ds)
		}
	}
	for i := range whole {
		for bit := range 8 {
			data := bytes.Clone(whole)
			data[i] ^= 1 << bit
			refused(fmt.Sprintf("byte %d, bit %d", i, bit), data)
		}
		refused(fmt.Sprintf("cut at %d", i), whole[:i])
	}
	refused("one byte more", append(bytes.Clone(whole), 0))
	refused("twice", append(bytes.Clone(whole), whole...))
}

// TestUnderTheUsersKey: the key that seals is the user's, and another state directory is another user.
func TestUnderTheUsersKey(t *testing.T) {
	k, err := secret.UserKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other, err := secret.UserKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.plan")
	if ds := planfile.Write(path, collected(reading()), k); len(ds) > 0 {
		t.Fatal(ds)
	}
	if _, ds := planfile.Read(path, k); len(ds) > 0 {
		t.Error(ds)
	}
	if _, ds := planfile.Read(path, other); len(ds) != 1 || ds[0].Code != diag.PlanFileRefused {
		t.Error(ds)
	}
}

func TestWhatIsRefused(t *testing.T) {
	path, _ := saved(t)
	dir := filepath.Dir(path)
	playbook := filepath.Join(dir, "p.hcl")
	if err := os.WriteFile(playbook, []byte("play \"p\" {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		path, code, says string
		key              key
	}{
		"another's key": {path, diag.PlanFileRefused, "not sealed with your key", key("another")},
		"a playbook":    {playbook, diag.PlanFileRefused, "is no saved plan", own},
		"missing":       {filepath.Join(dir, "nosuch"), diag.FileUnreadable, "cannot be read", own},
		"a directory":   {dir, diag.FileUnreadable, "cannot be read", own},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, ds := planfile.Read(tt.path, tt.key)
			if f != nil || len(ds) != 1 || ds[0].Code != tt.code || !strings.Contains(ds[0].Summary, tt.says) {
				t.Errorf("%v", ds)
			}
		})
	}
	if planfile.Is(playbook) || planfile.Is(dir) || planfile.Is(filepath.Join(dir, "nosuch")) {
		t.Error("taken for a plan")
	}
}

func TestWriteReplacesPlansOnly(t *testing.T) {
	path, f := saved(t)
	f.Playbook = "another"
	if ds := planfile.Write(path, f, own); len(ds) > 0 {
		t.Fatal(ds)
	}
	if got, ds := planfile.Read(path, own); len(ds) > 0 || got.Playbook != "another" {
		t.Error(ds)
	}
	other := filepath.Join(filepath.Dir(path), "p.hcl")
	if err := os.WriteFile(other, []byte("play"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{other, filepath.Join(path, "below"), filepath.Dir(path)} {
		if ds := planfile.Write(to, f, own); len(ds) != 1 || ds[0].Code != diag.FileUnwritable || ds[0].Advice == "" {
			t.Errorf("%s: %v", to, ds)
		}
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "play" {
		t.Errorf("%q %v", text, err)
	}
}

// FuzzRead: nothing but what Write wrote is read, and nothing panics.
func FuzzRead(f *testing.F) {
	path, _ := saved(f)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte("muster-plan 1 x y\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, ds := planfile.Read(path, own); (got != nil) == (len(ds) > 0) || got != nil && !bytes.Equal(data, whole) {
			t.Errorf("%v, %v", got, ds)
		}
	})
}

// TestSavedAndReadIsTheSame, whatever was found: and nothing drifted from itself.
func TestSavedAndReadIsTheSame(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		f := collected(randomReading(t))
		path := filepath.Join(dir, "x.plan")
		if ds := planfile.Write(path, f, own); len(ds) > 0 {
			t.Fatal(ds)
		}
		got, ds := planfile.Read(path, own)
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		f.Version = planfile.Version
		if diff := cmp.Diff(f, got); diff != "" {
			t.Fatal(diff)
		}
		for _, d := range planfile.Compare(f, got) {
			if !d.Down {
				t.Fatal(d)
			}
		}
	})
}

func randomReading(t *rapid.T) []event.Event {
	hosts := []string{"h1", "h2", "h3"}
	events := []event.Event{{Type: event.RunStarted, Run: &event.Run{Hosts: hosts}}}
	text := rapid.StringN(0, 10, 40)
	for range rapid.IntRange(0, 12).Draw(t, "events") {
		e := event.Event{Type: event.NodeFinished, Node: at(rapid.SampledFrom(hosts).Draw(t, "host"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "task")),
			Status: rapid.SampledFrom([]event.Status{event.OK, event.WouldChange, event.Unsure, event.Failed, event.Unreachable}).Draw(t, "status"),
			Text:   text.Draw(t, "text"), Pending: text.Draw(t, "pending")}
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			e.Changes = append(e.Changes, event.Change{What: text.Draw(t, "what"), Before: text.Draw(t, "before"), After: text.Draw(t, "after")})
		}
		for _, have := range events { // a node ends once
			if have.Node == e.Node {
				e.Type = event.NodeStarted
			}
		}
		events = append(events, e)
	}
	return append(events, event.Event{Type: event.RunFinished, Summary: &event.Summary{}})
}

// BenchmarkFleet saves and reads the plan of 10,000 hosts with 20 tasks each.
func BenchmarkFleet(b *testing.B) {
	f := &planfile.File{}
	for i := range 10_000 {
		h := planfile.Host{Name: fmt.Sprintf("xsp%05d.fra.example.net", i), Address: fmt.Sprintf("10.8.%d.%d", i/250, i%250), Class: event.WouldChange}
		for k := range 20 {
			h.Nodes = append(h.Nodes, planfile.Finding{Seq: i*20 + k, Node: at(h.Name, fmt.Sprintf("task%d", k)), Module: "trust_anchor", Status: event.WouldChange,
				Changes: []event.Change{{What: "trust anchor webexclientroot2023 (cti)", After: fmt.Sprintf("Internal Private Root, issued by Internal Private Root, valid until 2033-07-18, SHA-256 %x", i)}}})
		}
		f.Hosts = append(f.Hosts, h)
	}
	path := filepath.Join(b.TempDir(), "x.plan")
	for b.Loop() {
		if ds := planfile.Write(path, f, own); len(ds) > 0 {
			b.Fatal(ds)
		}
		got, ds := planfile.Read(path, own)
		if len(ds) > 0 {
			b.Fatal(ds)
		}
		if drift := planfile.Compare(f, got); len(drift) > 0 {
			b.Fatal(drift[0])
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB")
}
