package plan

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// webex is the mission's playbook over a lab.
func webex(t testing.TB, xsps int) Input {
	t.Helper()
	pb, ds := playbook.Load("../../playbooks/webex-cti.hcl")
	noErrors(t, ds)
	dir := t.TempDir()
	chain(t, filepath.Join(dir, "chain.pem"))
	return Input{Playbook: pb, Inventory: lab(t, xsps), Modules: bundled(), WorkDir: dir,
		Inputs: lang.Inputs{Vars: map[string]string{"chain_file": filepath.Join(dir, "chain.pem"), "cert_dir": dir}}}
}

func TestBuildWebexCTI(t *testing.T) {
	p, ds := Build(t.Context(), webex(t, 6))
	noErrors(t, ds)
	if _, err := schedule.New(p.Spec); err != nil {
		t.Error(err)
	}
	golden(t, "testdata/webex-cti.want", dump(t, p))
	var dot strings.Builder
	if err := p.Dot(&dot); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/webex-cti.dot", dot.String())
}

// TestBuildProd: the example inventory fits the playbook.
func TestBuildProd(t *testing.T) {
	in := webex(t, 2)
	inv, ds := inventory.Load([]string{"../../inventory/prod.hcl"})
	noErrors(t, ds)
	in.Inventory = inv
	p, ds := Build(t.Context(), in)
	noErrors(t, ds)
	if len(p.Hosts) != 50 || len(p.Spec.Rollouts[0].Groups) != 2 {
		t.Errorf("%d hosts, groups %v", len(p.Hosts), p.Spec.Rollouts[0].Groups)
	}
}

// TestBuildNoInventory: everything but hosts is judged, with variables that nobody gave unknown.
func TestBuildNoInventory(t *testing.T) {
	in := webex(t, 2)
	in.Inventory, in.Inputs = nil, lang.Inputs{}
	p, ds := Build(t.Context(), in)
	noErrors(t, ds)
	if len(p.Nodes) != 0 || len(p.Blocks) != 6 {
		t.Errorf("%d nodes, %d blocks", len(p.Nodes), len(p.Blocks))
	}
	var text strings.Builder
	if err := p.Text(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/no-inventory.want", text.String())
}

func TestBuildCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ds := Build(ctx, webex(t, 2)); len(ds) != 1 || ds[0].Code != diag.Interrupted {
		t.Error(render(ds))
	}
}

// TestValidateOnce: a module judges equal arguments once for the whole fleet, and different ones each.
func TestValidateOnce(t *testing.T) {
	tests := map[string]struct {
		body string
		want int
	}{
		"shared":    {`text = "x"`, 1},
		"per key":   {"for_each = [\"a\", \"b\"]\n text = each.key", 2},
		"per site":  {`text = host.data.site`, 2},
		"per host":  {`text = host.name`, 6},
		"skipped":   {"when = false\n text = \"x\"", 0},
		"of a task": {`text = task.b.text`, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			calls := 0
			ms := bundled()
			ms["note"] = fake{desc: ms["note"].desc, validate: func(r *sdk.Request) []sdk.Problem {
				if r.Conn != nil || r.Report == nil {
					t.Error("a judge has no host, and always a reporter")
				}
				if r.Args.Attr("n").IsNull() {
					calls++
				}
				return nil
			}}
			in := Input{Playbook: source(t, "play \"p\" {\n hosts = \"xsp\"\n task \"note\" \"a\" {\n "+tt.body+"\n }\n task \"note\" \"b\" {\n n = 1\n }\n}\n"),
				Inventory: lab(t, 6), Modules: ms}
			_, ds := Build(t.Context(), in)
			noErrors(t, ds)
			if calls != tt.want {
				t.Errorf("judged %d times, want %d", calls, tt.want)
			}
		})
	}
}

// FuzzBuild: whatever loads can be judged, and what has no errors is a graph that the core accepts.
func FuzzBuild(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.hcl", "testdata/bad/*.hcl"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			f.Add(string(read(f, path)))
		}
	}
	inv := lab(f, 4)
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "p.hcl")
		write(t, path, text)
		pb, ds := playbook.Load(path)
		if ds.HasErrors() {
			return
		}
		p, ds := Build(t.Context(), Input{Playbook: pb, Inventory: inv, Modules: judging(), WorkDir: t.TempDir()})
		if ds.HasErrors() {
			return
		}
		if _, err := schedule.New(p.Spec); err != nil {
			t.Error(err)
		}
	})
}
