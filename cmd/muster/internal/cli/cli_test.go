package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// run calls a command line as a process would, without a terminal.
func run(t *testing.T, args ...string) (out, err string, exit int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	exit = Run(context.Background(), args, Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Environ: []string{"NO_COLOR=1"}, Dir: t.TempDir()})
	return stdout.String(), stderr.String(), exit
}

// every lists all commands a user can see.
func every(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			list = append(list, every(sub)...)
		}
	}
	return list
}

func TestHelpFitsAScreen(t *testing.T) {
	for _, cmd := range every((&app{}).root()) {
		args := append(strings.Fields(cmd.CommandPath())[1:], "-h")
		out, _, exit := run(t, args...)
		if exit != exitOK {
			t.Errorf("%v: exit %d", args, exit)
		}
		if n := strings.Count(out, "\n"); n > 24 {
			t.Errorf("muster %s: help has %d lines, a screen has 24:\n%s", strings.Join(args, " "), n, out)
		}
		for _, line := range strings.Split(out, "\n") {
			if len(line) > 80 {
				t.Errorf("muster %s: a line of help is %d wide: %q", strings.Join(args, " "), len(line), line)
			}
		}
	}
}

func TestEveryCommandSaysItsExitCodes(t *testing.T) {
	for _, cmd := range every((&app{}).root()) {
		if cmd.HasAvailableSubCommands() || cmd.Name() == "version" {
			continue
		}
		if cmd.Annotations[exits] == "" || cmd.Example == "" || cmd.Short == "" {
			t.Errorf("%s: needs a summary, examples and exit codes", cmd.CommandPath())
		}
	}
}

func TestHabits(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"GNU":                   {"plan --limit xsp", "plan --limit xsp"},
		"one dash":              {"plan -limit xsp", "plan --limit xsp"},
		"one dash with value":   {"plan -var=a=b", "plan --var=a=b"},
		"Terraform's yes":       {"apply -auto-approve", "apply --yes"},
		"its forks":             {"apply -parallelism=5", "apply --forks=5"},
		"Ansible's variables":   {"run --extra-vars a=b", "run --var a=b"},
		"glued shorthand":       {"plan -lxsp", "plan -lxsp"},
		"many v":                {"plan -vv", "plan -vv"},
		"unknown stays":         {"plan -chdir=x", "plan -chdir=x"},
		"nothing after --":      {"plan -- -json", "plan -- -json"},
		"one letter":            {"plan -v", "plan -v"},
		"a negative is no flag": {"plan --forks -3", "plan --forks -3"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(habits((&app{}).root(), strings.Fields(c.in)), " ")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAgrees(t *testing.T) {
	cases := []struct {
		answer string
		hosts  int
		want   bool
	}{
		{"y\n", 6, true}, {"YES", 100, true}, {"", 6, false}, {"n", 6, false}, {"6", 6, false},
		{"y", 101, false}, {"2117\n", 2117, true}, {"2,117", 2117, true}, {"2116", 2117, false},
	}
	for _, c := range cases {
		if got := agrees(c.answer, c.hosts); got != c.want {
			t.Errorf("%q for %d hosts: %t", c.answer, c.hosts, got)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{"site.hcl": "site.hcl", "xsp:&fra": "'xsp:&fra'", "it's": `'it'\''s'`, "": "''", "xsp[01:02]": "'xsp[01:02]'"} {
		if got := quote(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// The demo runs the playbook that the repository shows, byte for byte.
func TestDemoPlaybookIsThePublishedOne(t *testing.T) {
	published, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "playbooks", "webex-cti.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(published), string(demoPlaybook)); diff != "" {
		t.Errorf("run make generate:\n%s", diff)
	}
}
