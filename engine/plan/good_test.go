package plan

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/schedule"
)

// TestBuildGood holds the graph of every playbook in testdata/good, over 2 application servers and 4 XSPs, against the file
// beside it: each host's queue, what each node waits for and may notify, rollouts, notes, and the drawn tree. The core must
// find nothing wrong with any of them.
func TestBuildGood(t *testing.T) {
	files, err := filepath.Glob("testdata/good/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			in := input(t, path)
			in.Inventory = lab(t, 4)
			p, ds := Build(t.Context(), in)
			noErrors(t, ds)
			if _, err := schedule.New(p.Spec); err != nil {
				t.Error(err)
			}
			golden(t, strings.TrimSuffix(path, ".hcl")+".want", dump(t, p))
		})
	}
}

func dump(t *testing.T, p *Plan) string {
	t.Helper()
	var b strings.Builder
	for i, n := range p.Nodes {
		s := p.Spec.Nodes[i]
		name := n.Addr.String()
		if s.Role == schedule.Gate {
			name = "gate after " + strings.TrimRight(n.Addr.String(), ".")
		}
		fmt.Fprintf(&b, "%2d %-40s", i, name)
		if s.Host >= 0 {
			fmt.Fprintf(&b, " rank %d", s.Rank)
		}
		if s.Parallel > 0 {
			fmt.Fprintf(&b, " parallel %d", s.Parallel)
		}
		if len(s.Needs) > 0 {
			fmt.Fprintf(&b, " needs %v", s.Needs)
		}
		if len(n.Notify) > 0 {
			fmt.Fprintf(&b, " notifies %v", n.Notify)
		}
		if s.Rollout >= 0 {
			fmt.Fprintf(&b, " rollout %d/%d", s.Rollout, s.Group)
		}
		if len(s.Exclusive) > 0 {
			fmt.Fprintf(&b, " exclusive %v", s.Exclusive)
		}
		if s.Retry.Attempts > 0 {
			fmt.Fprintf(&b, " retry %v", s.Retry)
		}
		if n.Block != nil && n.Block.task != nil && n.Block.task.Run != nil {
			fmt.Fprintf(&b, " timeout %s", n.Block.Timeout)
		}
		if s.Within > 0 {
			fmt.Fprintf(&b, " within %s stable %s every %s", s.Within, s.Stable, s.Every)
		}
		b.WriteByte('\n')
	}
	for _, r := range p.Spec.Rollouts {
		fmt.Fprintf(&b, "%+v\n", r)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	b.WriteByte('\n')
	if err := p.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
