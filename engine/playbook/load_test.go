package playbook

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/diag"
)

var update = flag.Bool("update", false, "write what the tests got as what they want")

// render writes diagnostics for comparison: code, place, what it stands in, summary, cause, next step.
func render(ds diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		at := d.Source
		if d.Subject != nil {
			at = fmt.Sprintf("%d:%d", d.Subject.Start.Line, d.Subject.Start.Column)
		}
		fmt.Fprintf(&b, "%s %s", d.Code, filepath.Base(at))
		if d.In != "" {
			fmt.Fprintf(&b, ", in %s", d.In)
		}
		fmt.Fprintf(&b, "\n  %s\n  %s\n  %s\n", d.Summary, d.Detail, d.Advice)
	}
	return b.String()
}

// TestLoadBad holds every bad playbook's diagnostics against the file beside it.
func TestLoadBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.[hy]*l")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, ds := Load(path)
			if !ds.HasErrors() {
				t.Error("no error")
			}
			for _, d := range ds {
				if d.Code == "" || d.Summary == "" || d.Advice == "" || d.Subject == nil && d.Source == "" {
					t.Errorf("a part is missing: %+v", d)
				}
			}
			golden(t, strings.TrimSuffix(path, filepath.Ext(path))+".want", strings.ReplaceAll(render(ds), filepath.Dir(path)+"/", ""))
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLoadWebexCTI(t *testing.T) {
	pb, ds := Load("../../playbooks/webex-cti.hcl")
	if len(ds) > 0 {
		t.Fatal(render(ds))
	}
	var got []string
	for _, p := range pb.Plays {
		for _, task := range append(p.Tasks, p.Handlers...) {
			got = append(got, fmt.Sprintf("%s %s %d notifies %d", task.Block(), task.Module, task.Order, len(task.Notify)))
		}
	}
	want := []string{
		"application_servers.task.webex client_identity 1 notifies 0",
		"cti.task.anchors trust_anchor 2 notifies 1",
		"cti.task.client_app certificate_authentication 3 notifies 1",
		"cti.task.cti cti_interface 4 notifies 1",
		"cti.handler.restart restart 5 notifies 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r := pb.Plays[1].Handlers[0].Rollout
	if r == nil || len(r.Health) != 1 || r.Health[0].Within == nil || r.Canary == nil {
		t.Fatalf("rollout: %+v", r)
	}
}
