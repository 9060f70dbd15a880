package engine_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/muster-run/muster/"

// rules say which of our packages each package may import, and why no others. The first rule whose prefix fits counts;
// a package that no rule fits is a finding, too: whoever adds one decides where it belongs.
var rules = []struct{ packages, may, because string }{
	{"engine/addr", "", "names point at nothing: every layer uses them"},
	{"engine/graph", "", "the graph has no words of the domain"},
	{"engine/diag", "engine/addr", "every layer reports problems, so a diagnostic may know none of them"},
	{"engine/event", "engine/addr engine/diag", "events are facts; who draws or stores them is not their affair"},
	{"engine/secret", "engine/diag", "secrets are guarded in one small place that others call"},
	{"engine/lang", "engine/addr engine/diag engine/secret plugins/sdk", "the language knows schemas, not playbooks or hosts"},
	{"engine/inventory", "engine/addr engine/diag engine/lang", "hosts are read without knowing what will be done to them"},
	{"engine/playbook", "engine/addr engine/diag engine/lang", "structure is read without modules, hosts or values"},
	{"engine/schedule", "engine/addr engine/graph", "the core is pure: no I/O and no words of playbooks, so that faults replay exactly"},
	{"engine/planfile", "engine/addr engine/diag engine/event engine/secret", "a saved plan is made of events; it knows no playbook and no host"},
	{"engine/plan", "engine/addr engine/diag engine/graph engine/lang engine/inventory engine/playbook engine/schedule plugins/sdk",
		"planning contacts nothing and runs nothing"},
	{"engine/transport/ssh", "engine/transport engine/secret plugins/sdk", "a transport moves bytes; it knows no modules, nodes or prompts"},
	{"engine/transport", "engine/transport plugins/sdk", "a transport moves bytes; it knows no modules, nodes or prompts"},
	{"engine/lease", "engine/transport engine/secret plugins/sdk", "a lease knows hosts, not plans, rollouts or journals"},
	{"engine/journal", "engine/addr engine/diag engine/event", "the record of a run knows no playbook, plan or host"},
	{"engine/report", "engine/addr engine/event", "a report is computed from events alone, so it works from a journal, too"},
	{"engine/executor", "engine/addr engine/diag engine/event engine/journal engine/lang engine/plan engine/schedule engine/secret engine/transport plugins/sdk",
		"the executor is handed connections and modules; it never learns what makes them"},
	{"engine", "engine/* plugins/sdk", "the engine receives modules and its dialer as interfaces, so every engine test runs without a subprocess"},

	{"plugins/sdk/sdktest", "plugins/sdk plugins/serve plugins/catalog", "a module author tests a module in the process, over the wire and in a plugin, without an engine"},
	{"plugins/sdk", "", "the sdk is what a module author imports: it brings nothing else along"},
	{"plugins/internal/pb", "", "generated code"},
	{"plugins/internal/wire", "plugins/internal/pb plugins/sdk", "the wire translates and decides nothing"},
	{"plugins/serve", "plugins/internal/* plugins/sdk", "a plugin is built without the engine"},
	{"plugins/catalog", "plugins/internal/* plugins/sdk", "the catalog hands out sdk.Module; the engine cannot tell what stands behind one"},

	{"modules/broadworks/bwsim", "modules/broadworks/bwsim/*", "the simulator shares nothing with the driver that it judges"},
	{"modules/prompt", "modules/prompt/* plugins/sdk", "an interactive session knows no vendor"},
	{"modules/broadworks/bwcli", "modules/broadworks/bwcli/* modules/prompt plugins/sdk", "the dialect knows no module and no engine"},
	{"modules/tlsinfo", "plugins/sdk", "what TLS names mean is nobody's device"},
	{"modules/broadworks", "modules/broadworks/* modules/prompt modules/tlsinfo plugins/sdk !modules/broadworks/bwsim", "a module drives its host through sdk.Conn only"},
	{"modules/core", "modules/core/* modules/prompt modules/tlsinfo plugins/sdk", "a module drives its host through sdk.Conn only"},

	{"cmd/bwsim", "modules/broadworks/bwsim", "the simulator shares nothing with the driver that it judges"},
	{"cmd/muster/internal/view", "engine/event engine/diag engine/addr engine/report", "a view draws events and decides nothing"},
	{"cmd/muster/internal/control", "", "what one process asks another has no words of playbooks"},
	{"cmd/muster/internal/cli", "*", "the command line is where everything meets"},
	{"cmd/muster", "cmd/muster/internal/cli", "main is a few lines"},
}

// never says what must not be reached even through others.
var never = []struct{ packages, reach, because string }{
	{"engine", "modules plugins/serve plugins/catalog cmd", "the engine knows modules as interfaces"},
	{"modules", "engine plugins/serve plugins/catalog cmd", "a module runs in a process that has no engine"},
	{"plugins", "engine modules cmd", "the contract stands between engine and modules and knows neither"},
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Name       string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Name,GoFiles,Imports,Deps", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// under reports whether a package is the folder or stands in it.
func under(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

func TestImportsFollowTheRules(t *testing.T) {
	for _, p := range packages(t) {
		pkg := strings.TrimPrefix(p.ImportPath, module)
		i := slices.IndexFunc(rules, func(r struct{ packages, may, because string }) bool { return under(pkg, r.packages) })
		if i < 0 {
			t.Errorf("%s: no rule says what it may import; add it to the table in engine/imports_test.go and to docs/architecture.md", pkg)
			continue
		}
		for _, imp := range p.Imports {
			ours, is := strings.CutPrefix(imp, module)
			if is && !allowed(ours, rules[i].may) {
				t.Errorf("%s imports %s: %s", pkg, ours, rules[i].because)
			}
		}
	}
}

func allowed(imp, may string) bool {
	ok := false
	for _, m := range strings.Fields(may) {
		switch folder, tree := strings.CutSuffix(m, "/*"); {
		case m == "*" || m == imp || tree && under(imp, folder):
			ok = true
		case strings.HasPrefix(m, "!") && under(imp, m[1:]):
			return false
		}
	}
	return ok
}

func TestNothingReachesWhatItMustNot(t *testing.T) {
	for _, p := range packages(t) {
		pkg := strings.TrimPrefix(p.ImportPath, module)
		for _, r := range never {
			if !under(pkg, r.packages) {
				continue
			}
			for _, dep := range p.Deps {
				ours, is := strings.CutPrefix(dep, module)
				if is && slices.ContainsFunc(strings.Fields(r.reach), func(f string) bool { return under(ours, f) }) {
					t.Errorf("%s reaches %s: %s", pkg, ours, r.because)
				}
			}
		}
	}
}

// The engine's own page may use all of engine/ but what a command line chooses.
func TestEngineChoosesNoTransport(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != strings.TrimSuffix(module, "/")+"/engine" {
			continue
		}
		for _, not := range []string{"engine/transport/ssh", "engine/transport/local", "engine/report"} {
			if slices.Contains(p.Imports, module+not) {
				t.Errorf("engine imports %s: the command line chooses how hosts are reached and how a run is shown", not)
			}
		}
	}
}
