package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/planfile"
)

// askNumberAbove is from how many hosts on a question wants the number typed, so that nobody confirms a fleet by habit.
const askNumberAbove = 100

func (a *app) apply() *cobra.Command {
	var f runFlags
	var yes bool
	cmd := &cobra.Command{
		Use:     "apply [PLAYBOOK|PLANFILE]",
		Aliases: []string{"run"},
		Short:   "Show the plan, ask, and change the hosts.",
		Long:    "Show the plan, ask, and change the hosts; a saved plan exactly as reviewed.",
		Example: `muster apply playbooks/webex-cti.hcl -i inventory/prod.hcl
muster apply cti.plan --yes               what muster plan -o cti.plan saved`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsApply},
	}
	f.selecting(cmd)
	f.running(cmd)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask; needed when stdin is no terminal")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !yes && !a.Ask {
			return problem(diag.Diagnostic{Code: diag.NoTerminal, Summary: "apply would ask, and there is no terminal",
				Detail: "stdin is not a terminal, so nobody can answer the question.",
				Advice: "See what would change with muster plan, then use: muster apply --yes"})
		}
		if planfile.Is(path(args)) {
			return a.applyPlan(cmd, &f, path(args), yes)
		}
		return a.applyPlaybook(cmd.Context(), &f, path(args), yes)
	}
	return cmd
}

// applyPlaybook plans, asks unless yes, and carries it out.
func (a *app) applyPlaybook(ctx context.Context, f *runFlags, playbook string, yes bool) error {
	s, err := a.ready(ctx, f, playbook, "")
	if err != nil {
		return err
	}
	defer s.close()
	rs, err := a.records()
	if err != nil {
		return err
	}
	if !yes {
		if err := a.confirm(ctx, s); err != nil {
			return err
		}
	}
	c := &carrier{app: a, s: s, records: rs, process: self()}
	exit, err := c.carry(ctx, rs.begins(a.begin(s, rs)))
	if err != nil {
		return err
	}
	return exitWith(exit)
}

// begin is what the journal says a run is made of. The command leaves out what is sensitive.
func (a *app) begin(s *session, rs *records) journal.Begin {
	b := s.Begin(rs.key)
	b.Options.PluginDirs = s.pluginDirs
	o := b.Options
	f := runFlags{inventories: o.Inventories, limit: o.Limit, varFiles: o.VarFiles, tags: o.Tags, targets: o.Targets, pluginDirs: o.PluginDirs}
	for _, name := range slices.Sorted(maps.Keys(o.Vars)) {
		f.vars = append(f.vars, name+"="+o.Vars[name])
	}
	for _, name := range o.NoVars {
		f.vars = append(f.vars, name+"=(sensitive)")
	}
	b.Command = append([]string{"muster", "apply", b.Playbook}, f.words()...)
	return b
}

// confirm shows the plan and asks. What it returns is nil for a yes, else how apply ends: code(exitOK) where there is
// nothing to do.
func (a *app) confirm(ctx context.Context, s *session) error {
	summary, c, err := a.execute(ctx, s, event.Plan)
	if err != nil {
		return err
	}
	if summary.Interrupted || c == exitControl {
		return code(c)
	}
	if !changes(summary) {
		fmt.Fprintln(a.Err, "Nothing to do.")
		return code(c)
	}
	return a.agreed(ctx, summary)
}

// agreed asks whether what a plan shows is to be done. It gives nil for a yes.
func (a *app) agreed(ctx context.Context, summary *event.Summary) error {
	n := len(summary.Hosts[event.WouldChange]) + len(summary.Hosts[event.Unsure]) + len(summary.Hosts[event.WouldRun])
	answer, ok := a.ask(ctx, question(n))
	if ok && agrees(answer, n) {
		return nil
	}
	fmt.Fprintln(a.Err, "Nothing was changed.")
	if !ok {
		return code(exitInterrupted)
	}
	return code(exitUsage)
}

func question(hosts int) string {
	if hosts > askNumberAbove {
		return fmt.Sprintf("\nChange %d hosts? Type %d: ", hosts, hosts)
	}
	return fmt.Sprintf("\nChange %s? y/N: ", plural(hosts, "host"))
}

func agrees(answer string, hosts int) bool {
	answer = strings.ToLower(strings.TrimSpace(answer))
	if hosts > askNumberAbove {
		return strings.ReplaceAll(answer, ",", "") == strconv.Itoa(hosts)
	}
	return answer == "y" || answer == "yes"
}

// ask reads one line. It gives false when the user left with Ctrl-C or the input ended.
func (a *app) ask(ctx context.Context, question string) (string, bool) {
	ctx, signals, done := watch(ctx, a.Err)
	defer done()
	fmt.Fprint(a.Err, question)
	select {
	case line, ok := <-a.line():
		return line, ok
	case <-signals.stop:
	case <-ctx.Done():
	}
	return "", false
}
