package plan

import (
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/plugins/sdk"
)

var update = flag.Bool("update", false, "write what the tests got as what they want")

// input reads a playbook of testdata. Comments in its first lines stand for flags: `# limit: xsp`, `# tags: a,b`,
// `# target: task.x`, `# var: x=1`, `# no inventory`.
func input(t *testing.T, path string) Input {
	t.Helper()
	pb, ds := playbook.Load(path)
	noErrors(t, ds)
	in := Input{Playbook: pb, Inventory: lab(t, 6), Modules: judging(), Version: "1.2.3", WorkDir: t.TempDir()}
	in.Inputs.Vars = map[string]string{}
	for line := range strings.Lines(string(pb.Sources[path])) {
		flag, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch flag {
		case "# limit":
			in.Limit = value
		case "# tags":
			in.Tags = strings.Split(value, ",")
		case "# target":
			in.Targets = append(in.Targets, value)
		case "# var":
			k, v, _ := strings.Cut(value, "=")
			in.Inputs.Vars[k] = v
		case "# no inventory":
			in.Inventory = nil
		}
	}
	return in
}

// judging is the bundled modules, of which note dislikes texts that begin with bad.
func judging() fakes {
	ms := bundled()
	note := ms["note"]
	note.validate = func(r *sdk.Request) []sdk.Problem {
		if !r.Args.Known("text") {
			return nil
		}
		switch text := r.Args.Attr("text").AsString(); {
		case strings.HasPrefix(text, "bad"):
			return []sdk.Problem{{Arg: "text", Summary: fmt.Sprintf("%q is bad", text), Detail: "It begins so.", Advice: "Write something good."}}
		case text == "warn":
			return []sdk.Problem{{Warning: true, Arg: "text", Summary: "a warning"}}
		}
		return nil
	}
	ms["note"] = note
	return ms
}

func render(ds diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		at := d.Source
		if d.Subject != nil {
			at = fmt.Sprintf("%d:%d", d.Subject.Start.Line, d.Subject.Start.Column)
		}
		fmt.Fprintf(&b, "%s %s", d.Code, at)
		if d.In != "" {
			fmt.Fprintf(&b, ", in %s", d.In)
		}
		fmt.Fprintf(&b, "\n  %s\n  %s\n  %s\n", d.Summary, strings.ReplaceAll(d.Detail, "\n", "\n  "), d.Advice)
	}
	return b.String()
}

// TestBuildBad holds what Build finds in every bad playbook against the file beside it. None of them contacts anything.
func TestBuildBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			in := input(t, path)
			_, ds := Build(t.Context(), in)
			if !ds.HasErrors() {
				t.Error("no error")
			}
			for _, d := range ds {
				if d.Code == "" || d.Summary == "" || d.Advice == "" || d.Subject == nil && d.Source == "" {
					t.Errorf("a part is missing: %+v", d)
				}
			}
			got := strings.NewReplacer(in.Playbook.Dir, "DIR", filepath.Dir(path)+"/", "").Replace(render(ds))
			got = listedRE.ReplaceAllString(got, "In DIR are: FILES.") // they grow with the tests
			golden(t, strings.TrimSuffix(path, ".hcl")+".want", got)
		})
	}
}

var listedRE = regexp.MustCompile(`In DIR are: .*\.`)

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		write(t, path, got)
	}
	if diff := cmp.Diff(string(read(t, path)), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
