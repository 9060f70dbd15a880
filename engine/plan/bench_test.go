package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/schedule"
)

// large is 20 tasks of which a handler with a rollout is notified.
func large(perHost bool) string {
	var b strings.Builder
	b.WriteString("play \"p\" {\n  hosts = \"xsp\"\n")
	for i := range 20 {
		text := "constant ${var.v}"
		if perHost {
			text = "on ${host.name} at ${host.data.site}"
		}
		fmt.Fprintf(&b, "  task \"note\" \"t%d\" {\n    text   = %q\n    notify = [handler.restart]\n", i, text)
		if i > 0 {
			fmt.Fprintf(&b, "    on     = task.t%d.changed\n", i-1)
		}
		b.WriteString("  }\n")
	}
	b.WriteString("  handler \"restart\" \"restart\" {\n    rollout {\n      group_by = \"site\"\n    }\n  }\n}\nvariable \"v\" {\n  default = \"x\"\n}\n")
	return b.String()
}

// BenchmarkBuild makes the plan of 20 tasks on 10,000 hosts: with arguments that all hosts share, and with arguments that
// differ on each.
func BenchmarkBuild(b *testing.B) {
	for _, perHost := range []bool{false, true} {
		b.Run(map[bool]string{false: "shared", true: "perhost"}[perHost], func(b *testing.B) {
			in := Input{Playbook: source(b, large(perHost)), Inventory: lab(b, 10_000), Modules: bundled()}
			b.ReportAllocs()
			for b.Loop() {
				p, ds := Build(b.Context(), in)
				noErrors(b, ds)
				if len(p.Nodes) != 210_000 {
					b.Fatal(len(p.Nodes))
				}
			}
		})
	}
}

// TestBuildLarge: the core accepts the plan of a large fleet.
func TestBuildLarge(t *testing.T) {
	p, ds := Build(t.Context(), Input{Playbook: source(t, large(false)), Inventory: lab(t, 1000), Modules: bundled()})
	noErrors(t, ds)
	if _, err := schedule.New(p.Spec); err != nil {
		t.Fatal(err)
	}
}
