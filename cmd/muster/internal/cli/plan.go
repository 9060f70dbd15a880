package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/planfile"
)

func (a *app) plan() *cobra.Command {
	var f runFlags
	var detailed bool
	var save string
	cmd := &cobra.Command{
		Use:   "plan [PLAYBOOK]",
		Short: "Show what apply would change. Changes nothing.",
		Long:  "Read the hosts and show what apply would change. Changes nothing.",
		Example: `muster plan playbooks/webex-cti.hcl -i inventory/prod.hcl -o cti.plan
muster plan show cti.plan --group B`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsRun},
	}
	f.selecting(cmd)
	f.running(cmd)
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit 2 when there are changes")
	cmd.Flags().StringVarP(&save, "out", "o", "", "save the plan to `FILE`, for apply")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		summary, c, err := a.planned(cmd.Context(), &f, path(args), save)
		if err != nil {
			return err
		}
		if c == exitOK && detailed && changes(summary) {
			c = exitChanges
		}
		return exitWith(c)
	}
	cmd.AddCommand(a.planShow())
	return cmd
}

// planned makes a plan and saves it, if it is to be kept.
func (a *app) planned(ctx context.Context, f *runFlags, playbook, save string) (*event.Summary, int, error) {
	next := a.applyCommand(f, playbook)
	var rs *records
	if save != "" {
		var err error
		if rs, err = a.records(); err != nil {
			return nil, exitUsage, err
		}
		next = typed([]string{"muster", "apply", save})
	}
	s, err := a.ready(ctx, f, playbook, next)
	if err != nil {
		return nil, exitUsage, err
	}
	defer s.close()
	collected := &planfile.Collector{}
	if save != "" {
		s.pulse.add(collected)
	}
	summary, c, err := a.execute(ctx, s, event.Plan)
	if err != nil || save == "" {
		return summary, c, err
	}
	if summary.Interrupted || c == exitControl {
		fmt.Fprintln(s.words, "The plan is not whole and was not saved.")
		return summary, c, nil
	}
	return summary, c, a.savePlan(rs, s, save, collected)
}

// execute runs a session once, under the user's signals.
func (a *app) execute(ctx context.Context, s *session, mode event.Mode) (*event.Summary, int, error) {
	ctx, signals, done := watch(ctx, s.words)
	defer done()
	signals.running = s.pulse.text
	s.pulse.under(signals.ended)
	summary, err := s.Execute(ctx, mode, signals.stop)
	if err != nil {
		return nil, exitUsage, err
	}
	return summary, signals.ended(summary), nil
}

// changes reports whether an apply would have anything to do, or might have.
func changes(s *event.Summary) bool {
	return s.Nodes[event.WouldChange]+s.Nodes[event.WouldRun]+s.Nodes[event.Unsure] > 0
}

func exitWith(c int) error {
	if c == exitOK {
		return nil
	}
	return code(c)
}

// applyCommand is what to type after a plan: the same selection, applied.
func (a *app) applyCommand(f *runFlags, playbook string) string {
	return typed(append([]string{"muster", "apply", playbook}, f.words()...))
}

// typed is a command line as one types it.
func typed(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// words are the flags that select hosts, tasks and values.
func (f *runFlags) words() []string {
	var words []string
	add := func(flag string, values ...string) {
		for _, v := range values {
			words = append(words, flag, v)
		}
	}
	add("-i", f.inventories...)
	if f.limit != "" {
		add("-l", f.limit)
	}
	add("--var", f.vars...)
	add("--var-file", f.varFiles...)
	add("--tags", f.tags...)
	add("--target", f.targets...)
	add("--plugin-dir", f.pluginDirs...)
	return words
}

// quote writes a word as a POSIX shell reads it.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
