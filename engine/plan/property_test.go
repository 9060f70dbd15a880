package plan

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/engine/schedule"
)

// TestPlanEnds: whatever playbook Build accepts, with references in all directions, checks, gates and rollouts that order
// the hosts differently, runs to its end: nothing waits for itself, not even through rollouts. Where nothing fails, all runs.
func TestPlanEnds(t *testing.T) {
	inv, dir := lab(t, 4), t.TempDir()
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "p.hcl")
		text := randomPlaybook(t)
		writeRapid(t, path, text)
		pb, ds := playbook.Load(path)
		if ds.HasErrors() {
			t.Fatalf("%s\n%s", render(ds), text)
		}
		p, ds := Build(t.Context(), Input{Playbook: pb, Inventory: inv, Modules: bundled()})
		for _, d := range ds {
			if d.Code != diag.Cycle && d.Code != diag.BadRollout && d.Code != diag.RolloutTwice {
				t.Fatalf("%s\n%s", render(ds), text)
			}
		}
		if ds.HasErrors() {
			return
		}
		accepted++
		for _, failing := range []int{0, 4} {
			walk(t, p, failing, text)
		}
	})
	t.Logf("%d accepted", accepted)
	if accepted == 0 {
		t.Error("no playbook was accepted")
	}
}

// randomPlaybook makes up to 3 plays of up to 4 tasks each.
func randomPlaybook(t *rapid.T) string {
	var b strings.Builder
	plays := rapid.IntRange(1, 3).Draw(t, "plays")
	tasks := make([]int, plays)
	for p := range tasks {
		tasks[p] = rapid.IntRange(1, 4).Draw(t, "tasks")
	}
	b.WriteString("handler \"restart\" \"top\" {\n" + randomRollout(t, 4) + "}\n")
	for p, n := range tasks {
		fmt.Fprintf(&b, "play \"p%d\" {\n  hosts = %q\n", p, rapid.SampledFrom([]string{"xsp", "xsp:&fra", "all"}).Draw(t, "hosts"))
		if p > 0 && one(t, 5) {
			fmt.Fprintf(&b, "  depends_on = [play.p%d]\n", rapid.IntRange(0, plays-1).Draw(t, "after"))
		}
		if one(t, 3) {
			b.WriteString(randomRollout(t, 1))
		}
		for i := range n {
			randomTask(t, &b, p, i, tasks)
			if one(t, 8) {
				fmt.Fprintf(&b, "  check \"c%d\" {\n    condition     = length(play.p%d.task.t0) >= 0\n    error_message = \"x\"\n  }\n", i, p)
			}
		}
		b.WriteString("  handler \"restart\" \"own\" {\n  }\n}\n")
	}
	return b.String()
}

func one(t *rapid.T, in int) bool { return rapid.IntRange(1, in).Draw(t, "one") == 1 }

func randomRollout(t *rapid.T, in int) string {
	if !one(t, in) {
		return ""
	}
	canary := rapid.SampledFrom([]string{"0", "1", "2", `"*.muc"`, `"*.fra"`}).Draw(t, "canary")
	more := ""
	if canary != "0" {
		more = rapid.SampledFrom([]string{"", "soak = \"10m\"\n", "promote = \"manual\"\n", "soak = \"1h\"\n    promote = \"manual\"\n"}).Draw(t, "more")
	}
	more += rapid.SampledFrom([]string{"", "batches = [1]\n", "batches = [1, \"50%\"]\n", "batches = [\"100%\"]\n"}).Draw(t, "batches")
	group := rapid.SampledFrom([]string{"", "group_by = \"site\"\n"}).Draw(t, "group")
	return fmt.Sprintf("  rollout {\n    canary = %s\n    max_failed = 100\n    max_unavailable = %d\n    %s    %s  }\n", strings.ReplaceAll(canary, "muc", "fra"),
		rapid.IntRange(1, 2).Draw(t, "down"), group, more)
}

func randomTask(t *rapid.T, b *strings.Builder, p, i int, tasks []int) {
	fmt.Fprintf(b, "  task \"note\" \"t%d\" {\n", i)
	if on := rapid.IntRange(0, tasks[p]-1).Draw(t, "on"); on != i && one(t, 3) {
		fmt.Fprintf(b, "    depends_on = [task.t%d]\n", on)
	}
	if one(t, 4) {
		q := rapid.IntRange(0, len(tasks)-1).Draw(t, "play")
		of := fmt.Sprintf("play.p%d.task.t%d", q, rapid.IntRange(0, tasks[q]-1).Draw(t, "task"))
		form := rapid.SampledFrom([]string{"%s[\"xsp01.fra\"].text", "join(\",\", keys(%s))", "try(%s[host.name].text, \"\")"}).Draw(t, "form")
		fmt.Fprintf(b, "    text = "+form+"\n", of)
	}
	fmt.Fprintf(b, "    notify = [handler.%s]\n  }\n", rapid.SampledFrom([]string{"own", "top"}).Draw(t, "notify"))
}

func writeRapid(t *rapid.T, path, text string) {
	if err := writeFile(path, text); err != nil {
		t.Fatal(err)
	}
}

// walk runs the core with outcomes made up: every node changes, or one in failing fails.
func walk(t *rapid.T, p *Plan, failing int, text string) {
	m, err := schedule.New(p.Spec)
	if err != nil {
		t.Fatalf("%s\n%s", err, text)
	}
	now := time.Unix(1000, 0)
	ready := slices.Clone(m.Step(now, schedule.Begin{})) // a step's commands are valid until the next one
	var wake time.Time
	done := false
	for !done {
		if len(ready) == 0 { // time passes only when nothing runs
			if wake.IsZero() {
				break
			}
			now, wake = wake, time.Time{}
			ready = append(ready, m.Step(now, schedule.Wake{})...)
			continue
		}
		c := ready[0]
		ready = ready[1:]
		switch c := c.(type) {
		case schedule.Start:
			end := schedule.Ended{Node: c.Node, Outcome: schedule.Changed, Notify: p.Nodes[c.Node].Notify}
			if failing > 0 && one(t, failing) {
				end = schedule.Ended{Node: c.Node, Outcome: schedule.Failed, Class: "failed"}
			}
			ready = append(ready, m.Step(now, end)...)
		case schedule.WakeAt:
			wake = c.At
		case schedule.Ask:
			ready = append(ready, m.Step(now, schedule.Promote{Rollout: c.Rollout})...)
		case schedule.Finished:
			if c.Reason == schedule.Deadlock || failing == 0 && !c.Outcome.Good() {
				t.Fatalf("%s ended with %d, reason %d\n%s", p.Nodes[c.Node].Addr, c.Outcome, c.Reason, text)
			}
		case schedule.Done:
			done = true
		}
	}
	if !done {
		t.Fatalf("the run did not end\n%s", text)
	}
}
