package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/muster-run/muster/cmd/muster/internal/cli"
	"github.com/muster-run/muster/plugins/serve"
)

// The test binary is muster, too: a script's `muster` is this file started under that name, and so are the plugins that it
// starts from its own executable.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"muster":                func() { os.Exit(cli.Main()) },
		"muster-plugin-faulty":  func() { serve.Main(faulty{}) },
		"muster-plugin-lines":   func() { serve.Main(lines{}) },
		"muster-plugin-witness": func() { serve.Main(witness{}) },
		"bench-fleet":           benchFleet,
		"bench-loop":            benchLoop,
	})
}

// TestScript runs every testdata/script/*.txtar: a story typed as a user would type it, against simulated hosts that the
// script's own `fleet` commands start (see fleet_test.go).
func TestScript(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"fleet":  fleetCommand,
			"faulty": faultyCommand,
			"meet":   meetCommand,
			"pem":    pemCommand,
		},
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			if err := os.Mkdir(home, 0o700); err != nil {
				return err
			}
			env.Setenv("HOME", home)
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			env.Setenv("XDG_RUNTIME_DIR", "") // the script's own directory for temporary files is used instead
			env.Setenv("REPO", root)
			env.Setenv("NO_COLOR", "1")
			env.Vars = append(env.Vars, goEnv()...)
			env.Values[fleetKey{}] = &stage{}
			env.Values[linesKey{}] = map[string]<-chan string{}
			return nil
		},
	})
}

// goEnv lets scripts build Go programs with the caches of the test's own user.
func goEnv() []string {
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		return nil
	}
	values := strings.Fields(string(out))
	return []string{"GOCACHE=" + values[0], "GOMODCACHE=" + values[1]}
}
