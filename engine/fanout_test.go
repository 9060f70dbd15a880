package engine_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// share takes /key from one host to the others. A host whose /key is "old" holds what is to be replaced everywhere.
type share struct{}

func (share) Describe() sdk.Description {
	return sdk.Description{Name: "share", Kind: sdk.State, Summary: "shares a key"}
}

func (share) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	return nil, errors.New("never asked")
}

func (share) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, errors.New("never applied")
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func (share) Offer(ctx context.Context, req *sdk.Request) (*sdk.OfferResult, error) {
	key, err := req.Conn.Get(ctx, "/key")
	switch {
	case errors.Is(err, sdk.ErrNotExist):
		return &sdk.OfferResult{}, nil
	case err != nil:
		return nil, err
	case string(key) == "old":
		return &sdk.OfferResult{Everyone: true, Digest: sum(key)}, nil
	}
	return &sdk.OfferResult{Holds: true, Digest: sum(key)}, nil
}

func (share) Produce(ctx context.Context, req *sdk.Request) (*sdk.Payload, error) {
	res, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"export"}, Effect: sdk.Idempotent})
	if err != nil || res.Status != 0 {
		return nil, fmt.Errorf("export: %w", err)
	}
	if key, err := req.Conn.Get(ctx, "/key"); err != nil || string(key) == "old" {
		if err := req.Conn.Put(ctx, sdk.Put{Path: "/key", Content: []byte("made on " + req.Host.Name + " canary")}); err != nil {
			return nil, err
		}
	}
	h, err := req.Conn.GetSecret(ctx, "/key")
	if err != nil {
		return nil, err
	}
	key, err := req.Conn.Get(ctx, "/key")
	if err != nil {
		return nil, err
	}
	return &sdk.Payload{Digest: sum(key), Parts: map[string]sdk.Handle{"key": h}}, nil
}

func (share) Stage(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	h := p.Parts["key"]
	return req.Conn.Put(ctx, sdk.Put{Path: "/staged", Secret: &h})
}

func (share) Verify(ctx context.Context, req *sdk.Request, p *sdk.Payload) error {
	staged, err := req.Conn.Get(ctx, "/staged")
	if err == nil && sum(staged) != p.Digest {
		err = errors.New("staged bytes differ")
	}
	return err
}

func (share) Activate(ctx context.Context, req *sdk.Request, _ *sdk.Payload) (*sdk.ApplyResult, error) {
	staged, err := req.Conn.Get(ctx, "/staged")
	if err != nil {
		return nil, err
	}
	if err := req.Conn.Put(ctx, sdk.Put{Path: "/key", Content: staged}); err != nil {
		return nil, &sdk.Failure{Summary: "import refused", Why: err.Error()}
	}
	return &sdk.ApplyResult{Changed: true, Diff: []sdk.Diff{{What: "key", After: "shared"}}}, req.Conn.Remove(ctx, "/staged")
}

const shared = `
play "web" {
  hosts = "web"
  task "share" "key" {
    fan_out { %s }
    notify = [handler.bounce]
  }
  handler "bounce" "bounce" {
    rollout { max_unavailable = 3 }
  }
}
`

func init() { testModules["share"] = share{} }

// keys is what each host holds.
func (w *world) keys() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]string{}
	for n, h := range w.hosts {
		out[n] = h.files["/key"]
	}
	return out
}

func restarts(w *world) []string {
	return slices.DeleteFunc(w.said(), func(s string) bool { return !strings.HasSuffix(s, ": bounce") })
}

func TestFanOut(t *testing.T) {
	all := func(key string) map[string]string { return map[string]string{"w1": key, "w2": key, "w3": key} }
	tests := map[string]struct {
		fan      string
		have     map[string]string // keys before
		down     string            // unreachable
		deny     map[string]string // files that cannot be written, by host
		exit     int
		want     map[string]string
		restarts int
		said     string // in the diagnostics
	}{
		"from the first that holds it":  {have: map[string]string{"w2": "k"}, want: all("k"), restarts: 2},
		"from where the playbook says":  {fan: `from = "w3"`, have: map[string]string{"w2": "a", "w3": "b"}, want: all("b"), restarts: 2},
		"an absent keymaster is nobody": {fan: `from = "?keymaster"`, have: map[string]string{"w2": "k"}, want: all("k"), restarts: 2},
		"nobody holds it: made on one":  {want: all("made on w1 canary"), restarts: 3},
		"all agree: nothing to do":      {have: all("k"), want: all("k")},
		"one differs":                   {have: map[string]string{"w1": "k", "w2": "k", "w3": "x"}, want: all("k"), restarts: 1},
		"a host is down: completed later": {have: map[string]string{"w1": "k"}, down: "w3", exit: 4,
			want: map[string]string{"w1": "k", "w2": "k", "w3": ""}, restarts: 1},
		"the giver is down: the next gives": {have: map[string]string{"w1": "k", "w2": "k"}, down: "w1", exit: 4,
			want: map[string]string{"w1": "k", "w2": "k", "w3": "k"}, restarts: 1},
		"staging fails on one: nobody activates": {have: map[string]string{"w1": "k"}, deny: map[string]string{"w3": "/staged"}, exit: 3,
			want: map[string]string{"w1": "k", "w2": "", "w3": ""}, said: "not known: w2, w3"},
		"import refused on one: nobody restarts": {have: map[string]string{"w1": "k"}, deny: map[string]string{"w3": "/key"}, exit: 3,
			want: map[string]string{"w1": "k", "w2": "k", "w3": ""}, said: "(the new one): w1, w2"},
		"a new generation needs all": {have: all("old"), down: "w2", exit: 3, want: all("old"), said: "w2"},
		"unless it may miss some": {fan: "allow_missing = true", have: all("old"), down: "w2", exit: 4,
			want: map[string]string{"w1": "made on w1 canary", "w2": "old", "w3": "made on w1 canary"}, restarts: 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld("w1", "w2", "w3")
			for h, key := range tc.have {
				w.hosts[h].files["/key"] = key
			}
			if tc.down != "" {
				w.hosts[tc.down].dialErr = fmt.Errorf("%w: no route", transport.ErrUnreachable)
			}
			for h, file := range tc.deny {
				w.hosts[h].deny = file
			}
			src := fmt.Sprintf(shared, tc.fan)
			before := w.keys()
			p := execute(t, w, event.Plan, src)
			if diff := cmp.Diff(before, w.keys()); diff != "" || len(w.said()) > 0 {
				t.Errorf("the plan had effects: %s %v", diff, w.said())
			}
			r := execute(t, w, event.Apply, src)
			if r.ExitCode != tc.exit {
				t.Errorf("exit %d, want %d: %v", r.ExitCode, tc.exit, r.Hosts)
			}
			if diff := cmp.Diff(tc.want, w.keys()); diff != "" {
				t.Errorf("keys: %s", diff)
			}
			if got := restarts(w); len(got) != tc.restarts {
				t.Errorf("restarts %v, want %d", got, tc.restarts)
			}
			if tc.said != "" && !strings.Contains(r.said(), tc.said) {
				t.Errorf("diagnostics lack %q:\n%s", tc.said, r.said())
			}
			if strings.Contains(r.text(), "canary") {
				t.Error("an event shows the key")
			}
			if tc.restarts > 0 && len(p.Hosts[event.WouldChange])+len(p.Hosts[event.Unsure]) == 0 {
				t.Errorf("the plan saw nothing coming: %v", p.Hosts)
			}
		})
	}
}

// A rerun after the cause is gone completes what is missing, and restarts exactly what is owed.
func TestFanOutCompletes(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].files["/key"] = "k"
	w.hosts["w3"].deny = "/key"
	execute(t, w, event.Apply, fmt.Sprintf(shared, ""))
	w.with(func() { w.hosts["w3"].deny = "" })
	if r := execute(t, w, event.Apply, fmt.Sprintf(shared, "")); r.ExitCode != 0 || w.keys()["w3"] != "k" {
		t.Errorf("exit %d, keys %v", r.ExitCode, w.keys())
	}
	if diff := cmp.Diff([]string{"w2: bounce", "w3: bounce"}, restarts(w)); diff != "" {
		t.Error(diff)
	}
}

// The host that made what is shared owes its restart from then on, also when another one's activation failed.
func TestFanOutMakerStaysOwed(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w3"].deny = "/key"
	if r := execute(t, w, event.Apply, fmt.Sprintf(shared, "")); r.ExitCode != 3 || len(restarts(w)) != 0 {
		t.Errorf("exit %d, restarts %v", r.ExitCode, restarts(w))
	}
	w.with(func() { w.hosts["w3"].deny = "" })
	if r := execute(t, w, event.Apply, fmt.Sprintf(shared, "")); r.ExitCode != 0 {
		t.Errorf("exit %d: %s", r.ExitCode, r.said())
	}
	if diff := cmp.Diff([]string{"w1: bounce", "w2: bounce", "w3: bounce"}, restarts(w)); diff != "" {
		t.Error(diff)
	}
}

// said is the text of all diagnostics.
func (r run) said() string {
	var b strings.Builder
	for _, e := range r.events {
		if e.Diag != nil {
			fmt.Fprintln(&b, e.Diag.Summary, e.Diag.Detail)
		}
	}
	return b.String()
}

// blind does not show what a host holds.
type blind struct{ share }

func (blind) Describe() sdk.Description {
	return sdk.Description{Name: "blind", Kind: sdk.State, Summary: "shares a key that no host shows"}
}

func (b blind) Offer(ctx context.Context, req *sdk.Request) (*sdk.OfferResult, error) {
	o, err := b.share.Offer(ctx, req)
	if o != nil {
		o.Digest = ""
	}
	return o, err
}

func init() { testModules["blind"] = blind{} }

// A resume completes the host that was away, and leaves those alone that were given the same before, although they do not
// show it.
func TestFanOutResumesWithoutRepeating(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	w.hosts["w1"].files["/key"] = "k"
	w.hosts["w3"].dialErr = fmt.Errorf("%w: no route", transport.ErrUnreachable)
	p := newProject(t, w, strings.Replace(fmt.Sprintf(shared, ""), `task "share"`, `task "blind"`, 1))
	s := p.store("s")
	if r := (process{project: p, store: s}).run(false); r.ExitCode != 4 || len(restarts(w)) != 1 {
		t.Fatalf("exit %d, restarts %v: %s", r.ExitCode, restarts(w), r.said())
	}
	w.with(func() { w.hosts["w3"].dialErr = nil })
	r := process{project: p, store: s}.run(true)
	if diff := cmp.Diff([]string{"w2: bounce", "w3: bounce"}, restarts(w)); diff != "" || r.ExitCode != 0 || w.keys()["w3"] != "k" {
		t.Errorf("exit %d, keys %v: %s", r.ExitCode, w.keys(), diff)
	}
	if r.Restarts != 2 || len(r.Hosts[event.Changed]) != 2 {
		t.Errorf("%d restarts, hosts %v", r.Restarts, r.Hosts)
	}
}
