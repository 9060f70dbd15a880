package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine/event"
)

func (a *app) plan() *cobra.Command {
	var f runFlags
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan [PLAYBOOK]",
		Short: "Show what apply would change. Changes nothing.",
		Long:  "Read the hosts and show what apply would change. Changes nothing.",
		Example: `muster plan playbooks/webex-cti.hcl -i inventory/prod.hcl
muster plan site.hcl -i inventory/ -l 'xsp:&fra' --detailed-exitcode`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsRun},
	}
	f.selecting(cmd)
	f.running(cmd)
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit 2 when there are changes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.ready(cmd.Context(), &f, path(args), a.applyCommand(&f, path(args)))
		if err != nil {
			return err
		}
		defer s.close()
		summary, c, err := a.execute(cmd.Context(), s, event.Plan)
		if err != nil {
			return err
		}
		if c == exitOK && detailed && changes(summary) {
			c = exitChanges
		}
		return exitWith(c)
	}
	return cmd
}

// execute runs a session once, under the user's signals.
func (a *app) execute(ctx context.Context, s *session, mode event.Mode) (*event.Summary, int, error) {
	ctx, signals, done := watch(ctx, s.words)
	defer done()
	signals.running = s.pulse.text
	s.pulse.under(signals.code)
	summary, err := s.Execute(ctx, mode, signals.stop)
	if err != nil {
		return nil, exitUsage, err
	}
	return summary, signals.code(summary.ExitCode), nil
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
	words := []string{"muster apply", quote(playbook)}
	add := func(flag string, values ...string) {
		for _, v := range values {
			words = append(words, flag, quote(v))
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
	return strings.Join(words, " ")
}

// quote writes a word as a POSIX shell reads it.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
