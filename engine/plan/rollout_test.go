package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// onHandler is a playbook that changes everything everywhere, and rolls out the restart alone.
const onHandler = `
play "p" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  handler "restart" "restart" {
    rollout {
      %s
    }
  }
}
`

// onPlay rolls out the whole play: configure, restart, verify, host after host.
const onPlay = `
play "p" {
  hosts = "xsp"
  rollout {
    %s
    health "tls_probe" "cti" {
      port   = 8012
      within = "1m"
    }
  }
  task "note" "a" {
    notify = [handler.reload]
  }
  task "restart" "restart" {
  }
  task "note" "b" {
    text = task.a.text
  }
  handler "restart" "reload" {
  }
}
`

func rolledOut(t *testing.T, form, rollout string, xsps int, more func(*Input)) *Plan {
	t.Helper()
	in := Input{Playbook: source(t, fmt.Sprintf(form, rollout)), Inventory: lab(t, xsps), Modules: bundled()}
	if more != nil {
		more(&in)
	}
	p, ds := Build(t.Context(), in)
	noErrors(t, ds)
	if _, err := schedule.New(p.Spec); err != nil {
		t.Fatal(err)
	}
	return p
}

// waves writes a rollout's stages with their hosts, one a line.
func waves(v RolloutView) string {
	var b strings.Builder
	if len(v.Canary) > 0 {
		fmt.Fprintf(&b, "canary: %s\n", strings.Join(v.Canary, " "))
	}
	for _, g := range v.Groups {
		for i, w := range g.Waves {
			fmt.Fprintf(&b, "%s %d/%d: %s\n", g.Name, i+1, len(g.Waves), strings.Join(w, " "))
		}
	}
	return b.String()
}

func TestArithmetic(t *testing.T) {
	tests := map[string]struct{ rollout, text, waves string }{
		"nothing said": {"", "6 hosts, 1 down at a time; stops after the 1st failure of 6; pauses then",
			" 1/1: xsp01.fra xsp01.muc xsp02.fra xsp02.muc xsp03.fra xsp03.muc\n"},
		"all of it": {`
			canary          = 1
			soak            = "10m"
			promote         = "manual"
			batches         = [1, "100%"]
			group_by        = "site"
			groups_at_once  = 2
			max_unavailable = 2
			max_failed      = 2
			on_failure      = "stop"`,
			"canary xsp01.fra, soak 10m, then you promote; fra: waves of 1 and 1, 2 down at a time; muc: waves of 1 and 2, 2 down at a time; 2 groups at once; stops after the 3rd failure of 6; ends then",
			"canary: xsp01.fra\nfra 1/2: xsp02.fra\nfra 2/2: xsp03.fra\nmuc 1/2: xsp01.muc\nmuc 2/2: xsp02.muc xsp03.muc\n"},
		"shares": {"batches = [\"10%\", \"34%\", \"50%\"]\nmax_unavailable = \"50%\"\nmax_failed = \"50%\"",
			"waves of 1, 3 and 2, 3 down at a time; stops after the 4th failure of 6; pauses then",
			" 1/3: xsp01.fra\n 2/3: xsp01.muc xsp02.fra xsp02.muc\n 3/3: xsp03.fra xsp03.muc\n"},
		"the last size repeats": {"batches = [2, 1]",
			"waves of 2 and 1 (4 times), 1 down at a time; stops after the 1st failure of 6; pauses then",
			" 1/5: xsp01.fra xsp01.muc\n 2/5: xsp02.fra\n 3/5: xsp02.muc\n 4/5: xsp03.fra\n 5/5: xsp03.muc\n"},
		"a canary by name": {"canary = \"xsp01.muc:xsp02.fra\"\ngroup_by = \"site\"\nbatches = [5]",
			"canary xsp01.muc, xsp02.fra; fra: waves of 2, 1 down at a time; muc: waves of 2, 1 down at a time; stops after the 1st failure of 6; pauses then",
			"canary: xsp01.muc xsp02.fra\nfra 1/1: xsp01.fra xsp03.fra\nmuc 1/1: xsp02.muc xsp03.muc\n"},
		"a canary of all": {"canary = 10", "canary xsp01.fra, xsp01.muc, xsp02.fra and 3 more; 6 hosts, 1 down at a time; stops after the 1st failure of 6; pauses then",
			"canary: xsp01.fra xsp01.muc xsp02.fra xsp02.muc xsp03.fra xsp03.muc\n"},
	}
	for name, tt := range tests {
		for _, form := range []string{onHandler, onPlay} {
			t.Run(name, func(t *testing.T) {
				v := rolledOut(t, form, tt.rollout, 6, nil).RolloutViews()[0]
				if diff := cmp.Diff(tt.text, v.String()); diff != "" {
					t.Error(diff)
				}
				// A canary by name comes in the order of the groups.
				if diff := cmp.Diff(strings.Replace(tt.waves, "canary: xsp01.muc xsp02.fra", "canary: "+strings.Join(v.Canary, " "), 1), waves(v)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestRolloutOfAPlay: everything of a host is one unit, the restart and the questions after it included.
func TestRolloutOfAPlay(t *testing.T) {
	p := rolledOut(t, onPlay, "batches = [1]", 4, nil)
	for i, n := range p.Nodes {
		if p.Spec.Nodes[i].Rollout != 0 {
			t.Errorf("%s is outside of the rollout", n.Addr)
		}
	}
	v := p.RolloutViews()[0]
	if diff := cmp.Diff([]HealthView{{Name: "cti", Module: "tls_probe", Within: time.Minute}}, v.Health); diff != "" || v.Of != `play "p"` {
		t.Error(v.Of, diff)
	}
	// The waves' order is real: with nothing failing, a host begins only when the wave before it is over.
	var begun []string
	for _, n := range started(t, p) {
		if h := p.Nodes[n].Addr.Host; len(begun) == 0 || begun[len(begun)-1] != h {
			begun = append(begun, h)
		}
	}
	if diff := cmp.Diff([]string{"xsp01.fra", "xsp01.muc", "xsp02.fra", "xsp02.muc"}, begun); diff != "" {
		t.Error(diff)
	}
}

// TestRolloutOfAHandler: tasks run everywhere at once, restarts wave by wave.
func TestRolloutOfAHandler(t *testing.T) {
	p := rolledOut(t, onHandler, "canary = 1\nsoak = \"1m\"\npromote = \"manual\"\ngroup_by = \"site\"\nbatches = [1]", 4, nil)
	var order []string
	for _, n := range started(t, p) {
		order = append(order, p.Nodes[n].Addr.String())
	}
	want := []string{"xsp01.fra: p.task.a", "xsp01.muc: p.task.a", "xsp02.fra: p.task.a", "xsp02.muc: p.task.a",
		"xsp01.fra: p.handler.restart", "xsp02.fra: p.handler.restart", "xsp01.muc: p.handler.restart", "xsp02.muc: p.handler.restart"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
}

// started runs the core with every node changing something, and returns the nodes in the order that they began.
func started(t *testing.T, p *Plan) []int {
	t.Helper()
	m, err := schedule.New(p.Spec)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1000, 0)
	var order []int
	var wake time.Time
	ready := append([]schedule.Command(nil), m.Step(now, schedule.Begin{})...)
	for {
		if len(ready) == 0 {
			now = wake
			ready = append(ready, m.Step(now, schedule.Wake{})...)
		}
		c := ready[0]
		ready = ready[1:]
		switch c := c.(type) {
		case schedule.Start:
			order = append(order, c.Node)
			ready = append(ready, m.Step(now, schedule.Ended{Node: c.Node, Outcome: schedule.Changed, Notify: p.Nodes[c.Node].Notify})...)
		case schedule.WakeAt:
			wake = c.At
		case schedule.Ask:
			ready = append(ready, m.Step(now, schedule.Promote{Rollout: c.Rollout})...)
		case schedule.Finished:
			if !c.Outcome.Good() {
				t.Fatalf("%s: outcome %d, reason %d", p.Nodes[c.Node].Addr, c.Outcome, c.Reason)
			}
		case schedule.Done:
			return order
		}
	}
}

// TestExclude: who is left out is in no play; if down, it takes a place of its group, and shares stay those of all hosts.
func TestExclude(t *testing.T) {
	const rollout = "canary = \"xsp01.fra\"\ngroup_by = \"site\"\nmax_unavailable = \"50%\"\nbatches = [\"50%\"]\nmax_failed = \"34%\""
	for _, form := range []string{onHandler, onPlay} {
		p := rolledOut(t, form, rollout, 8, func(in *Input) {
			in.Exclude = []Excluded{{Name: "xsp01.fra", Down: true}, {Name: "xsp02.muc"}, {Name: "as01.fra"}}
		})
		if len(p.Hosts) != 6 || len(p.Plays[0].Hosts) != 6 {
			t.Errorf("%d hosts, %d of the play", len(p.Hosts), len(p.Plays[0].Hosts))
		}
		r := p.Spec.Rollouts[0]
		for i := range r.Groups {
			r.Groups[i].Within = 0
		}
		want := []schedule.Group{{Name: "fra", Hosts: []int{1, 2, 4}, MaxUnavailable: 2, Batches: []int{2}, Gone: 1}, {Name: "muc", Hosts: []int{0, 3, 5}, MaxUnavailable: 2, Batches: []int{2}}}
		if diff := cmp.Diff(want, r.Groups); diff != "" || r.MaxFailed != 2 {
			t.Error(r.MaxFailed, diff)
		}
		if r.Canary != 1 || len(r.CanaryHosts) > 0 || len(p.Notes) == 0 || !strings.Contains(strings.Join(p.Notes, "\n"), "the first host that begins is the canary") {
			t.Errorf("canary %d %v, notes %v", r.Canary, r.CanaryHosts, p.Notes)
		}
		if s := p.RolloutViews()[0].String(); !strings.Contains(s, "canary xsp02.fra; fra: waves of 2, 2 down at a time (1 down already)") {
			t.Error(s)
		}
	}
}

func TestExcludeBad(t *testing.T) {
	tests := map[string]struct {
		exclude []Excluded
		code    string
	}{
		"nobody of that name": {[]Excluded{{Name: "xsp1.fra"}}, diag.UnknownHost},
		"everybody":           {[]Excluded{{Name: "xsp01.fra"}, {Name: "xsp01.muc"}}, diag.NothingSelected},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, ds := Build(t.Context(), Input{Playbook: source(t, fmt.Sprintf(onHandler, "")), Inventory: lab(t, 2), Modules: bundled(), Exclude: tt.exclude})
			if len(ds) != 1 || ds[0].Code != tt.code || ds[0].Source == "" || ds[0].Advice == "" {
				t.Error(render(ds))
			}
		})
	}
}

// TestBackstop: a wave is given twice the time that everything takes at most; forks may be what makes it long.
func TestBackstop(t *testing.T) {
	const handler = "max_unavailable = 2\nhealth \"tls_probe\" \"x\" {\n port = 1\n within = \"9m30s\"\n}"
	tests := map[string]struct {
		form, rollout string
		forks         int
		want          time.Duration
	}{
		"one wave":       {onHandler, handler, 0, 2 * (10 + 3*30) * time.Minute},
		"few forks":      {onHandler, handler, 1, 2 * (6*10 + 6*30) * time.Minute},
		"small waves":    {onHandler, handler + "\nbatches = [1, 2]", 0, 2 * (10 + 30) * time.Minute},
		"the whole play": {onPlay, "", 0, 2 * 6 * (3*10*time.Minute + 20*time.Minute + 90*time.Second)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := rolledOut(t, tt.form, tt.rollout, 6, func(in *Input) { in.Forks = tt.forks })
			if got := p.Spec.Rollouts[0].Groups[0].Within; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestBackstopBehindAnotherRollout: what a rollout before this one waits for counts.
func TestBackstopBehindAnotherRollout(t *testing.T) {
	const text = `
play "p" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.first, handler.second]
  }
  handler "restart" "first" {
    rollout {
      canary  = 1
      soak    = "24h"
      promote = %q
    }
  }
  handler "restart" "second" {
    rollout {
    }
  }
}
`
	const own = (10 + 24*60 + 2*20 + 2*20) * time.Minute // the task, the soak, two restarts each
	for promote, want := range map[string]time.Duration{"auto": 2 * own, "manual": 2 * (own + personTime)} {
		p, ds := Build(t.Context(), Input{Playbook: source(t, fmt.Sprintf(text, promote)), Inventory: lab(t, 2), Modules: bundled()})
		noErrors(t, ds)
		if got := p.Spec.Rollouts[1].Groups[0].Within; got != want || p.Spec.Rollouts[1].Name != "p.handler.second" {
			t.Errorf("%s: got %s, want %s", promote, got, want)
		}
	}
}

// TestOpenCanary: without an inventory, a canary that comes from a variable without a value is not judged.
func TestOpenCanary(t *testing.T) {
	in := Input{Playbook: source(t, "variable \"n\" {\n  type = number\n}\n"+fmt.Sprintf(onHandler, "canary = var.n\nsoak = \"1m\"\npromote = var.n\nbatches = [var.n]")), Modules: bundled()}
	_, ds := Build(t.Context(), in)
	noErrors(t, ds)
}

// TestActionsAreNamed: what acts every time is said before the run; handlers run only when notified.
func TestActionsAreNamed(t *testing.T) {
	p := rolledOut(t, onPlay, "", 2, nil)
	want := "They act every time, and what they change cannot be told beforehand, unless an argument of theirs says otherwise: p.task.restart (restart)."
	if diff := cmp.Diff([]string{want}, p.Notes); diff != "" {
		t.Error(diff)
	}
}

// TestNamesAreUnique: records of a run name nodes by their addresses.
func TestNamesAreUnique(t *testing.T) {
	for _, form := range []string{onPlay, onHandler} {
		p := rolledOut(t, form, "", 4, nil)
		if index := byName(p); len(index) != len(p.Nodes) {
			t.Errorf("%d names of %d nodes", len(index), len(p.Nodes))
		}
	}
}

func byName(p *Plan) map[string]int {
	index := map[string]int{}
	for i, n := range p.Nodes {
		index[n.Addr.String()] = i
	}
	return index
}

// TestVariables: equal values give equal texts, sensitive ones included, and different ones different texts.
func TestVariables(t *testing.T) {
	text := "variable \"a\" {\n  default   = { x = [1], y = \"z\" }\n  sensitive = true\n}\nvariable \"b\" {\n  default = \"v\"\n}\n" + fmt.Sprintf(onHandler, "")
	build := func(b string) map[string]string {
		in := Input{Playbook: source(t, text), Inventory: lab(t, 2), Modules: bundled()}
		in.Inputs.Vars = map[string]string{"b": b}
		p, ds := Build(t.Context(), in)
		noErrors(t, ds)
		return p.Variables()
	}
	one, again, other := build("v"), build("v"), build("w")
	if diff := cmp.Diff(one, again); diff != "" || len(one) != 2 {
		t.Error(one, diff)
	}
	if one["a"] != other["a"] || one["b"] == other["b"] {
		t.Errorf("%q, %q", one, other)
	}
}

// TestWaitsFor: the reason why something is not known is what it refers to and has not run.
func TestWaitsFor(t *testing.T) {
	p, ds := Build(t.Context(), Input{Playbook: source(t, `
play "q" {
  hosts = "xsp"
  task "note" "far" {
  }
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    for_each = ["x", "y"]
  }
  task "note" "b" {
    text = "${task.a["x"].text} ${play.q.task.far["xsp01.muc"].text}"
  }
  task "note" "c" {
    text = join(" ", [for h, v in play.q.task.far : v.text])
  }
}
`), Inventory: lab(t, 2), Modules: bundled()})
	noErrors(t, ds)
	results := &outputs{values: map[int]cty.Value{}}
	names := func(node string) string {
		n := byName(p)[node]
		var out []string
		for _, on := range p.WaitsFor(n, results) {
			out = append(out, p.Named(n, on))
		}
		return strings.Join(out, ", ")
	}
	if got, want := names("xsp01.fra: p.task.b"), `task.a["x"], task.a["y"], xsp01.muc: q.task.far`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := names("xsp01.fra: p.task.c"), "q.task.far, xsp01.muc: q.task.far"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, n := range []string{"xsp01.fra: p.task.a[\"x\"]", "xsp01.fra: p.task.a[\"y\"]", "xsp01.muc: q.task.far"} {
		i := byName(p)[n]
		results.values[i] = p.Nodes[i].Block.Result(sdk.Object{Value: cty.EmptyObjectVal}, false)
	}
	if got := names("xsp01.fra: p.task.b"); got != "" {
		t.Errorf("got %s, want nothing", got)
	}
}
