package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/diag"
)

// runFlags are the flags of commands that look at a playbook. A command registers only those that mean something to it.
type runFlags struct {
	inventories []string
	limit       string
	vars        []string
	varFiles    []string
	tags        []string
	targets     []string
	forks       int
	pluginDirs  []string
	json        bool
	progress    string
	verbose     int
}

func (f *runFlags) selecting(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.SortFlags = false
	f.forks = defaultForks // commands that contact nobody have no flag for it
	fl.StringArrayVarP(&f.inventories, "inventory", "i", nil, "`PATH` of hosts, file or directory; repeatable")
	fl.StringVarP(&f.limit, "limit", "l", "", "only hosts of `PATTERN`, such as 'xsp:&fra'")
	f.values(cmd)
	fl.StringSliceVarP(&f.tags, "tags", "t", nil, "only tasks with one of the tags `A,B`")
	fl.StringArrayVar(&f.targets, "target", nil, "only `ADDRESS`, such as task.cti; repeatable")
}

func (f *runFlags) values(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.vars, "var", nil, "set a variable, `NAME=VALUE`; repeatable")
	fl.StringArrayVar(&f.varFiles, "var-file", nil, "set variables from `FILE`; repeatable")
	f.plugins(cmd)
}

func (f *runFlags) plugins(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.pluginDirs, "plugin-dir", nil, "look for muster-plugin-NAME in `DIR` first")
}

// defaultForks is high because one connection and one worker cost little; what protects a fleet is a rollout.
const defaultForks = 50

func (f *runFlags) running(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.IntVarP(&f.forks, "forks", "f", defaultForks, "at most `N` tasks at once")
	fl.StringVar(&f.progress, "progress", "auto", "`FORM` on stderr: auto, plain or json")
	fl.BoolVar(&f.json, "json", false, "everything as JSON lines on stdout")
	fl.CountVarP(&f.verbose, "verbose", "v", "``more: unchanged tasks, whole diffs; -vv: logs")
}

// check judges the values that the flag library cannot.
func (f *runFlags) check() error {
	switch f.progress {
	case "", "auto", "plain", "json":
	case "tty":
		return problem(diag.Diagnostic{Code: diag.NotInThisVersion, Summary: "--progress tty is not in this version",
			Advice: "Use: --progress plain"})
	default:
		return problem(diag.Diagnostic{Code: diag.BadFlag, Summary: fmt.Sprintf("--progress does not take %q", f.progress),
			Advice: diag.DidYouMean(f.progress, []string{"auto", "plain", "json"}, "It takes auto, plain or json.")})
	}
	if f.forks < 1 {
		return problem(diag.Diagnostic{Code: diag.BadFlag, Summary: fmt.Sprintf("--forks does not take %d", f.forks),
			Advice: "It takes a number from 1 up."})
	}
	return nil
}

// options turns flags into what the engine is given, apart from modules, dialer and sinks.
func (f *runFlags) options(a *app, playbook string) (engine.Options, error) {
	if err := f.check(); err != nil {
		return engine.Options{}, err
	}
	o := engine.Options{
		Playbook: playbook, Inventories: f.inventories, Limit: f.limit, VarFiles: f.varFiles,
		Vars: map[string]string{}, Environ: a.Environ, Tags: f.tags, Targets: f.targets, Forks: f.forks, WorkDir: a.Dir,
		Version: thisBuild().Version,
	}
	for _, v := range f.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return o, problem(diag.Diagnostic{Code: diag.BadFlag, Summary: fmt.Sprintf("--var does not take %q", v),
				Source: "command line, --var " + v, Advice: "Write: --var NAME=VALUE"})
		}
		o.Vars[name] = value
	}
	if a.Ask {
		o.Prompt = a.promptSecret
	}
	return o, nil
}

// promptSecret asks the operator for a secret that a playbook names.
func (a *app) promptSecret(_ context.Context, name string) ([]byte, error) {
	fmt.Fprintf(a.Err, "%s: ", name)
	secret, err := a.Secret()
	fmt.Fprintln(a.Err)
	return secret, err
}

// path is a command's optional playbook argument; without one it is the working directory's *.hcl.
func path(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}
