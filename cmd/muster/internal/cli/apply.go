package cli

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

// askNumberAbove is from how many hosts on a question wants the number typed, so that nobody confirms a fleet by habit.
const askNumberAbove = 100

func (a *app) apply() *cobra.Command {
	var f runFlags
	var yes bool
	cmd := &cobra.Command{
		Use:     "apply [PLAYBOOK]",
		Aliases: []string{"run"},
		Short:   "Show the plan, ask, and change the hosts.",
		Long:    "Show the plan, ask, and change the hosts. With --yes: without either.",
		Example: `muster apply playbooks/webex-cti.hcl -i inventory/prod.hcl
muster apply site.hcl -i inventory/ -l xsp01.fra.example.net --yes`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsRun},
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
		s, err := a.ready(cmd.Context(), &f, path(args), "")
		if err != nil {
			return err
		}
		defer s.close()
		if !yes {
			if err := a.confirm(cmd.Context(), s); err != nil {
				return err
			}
		}
		_, c, err := a.execute(cmd.Context(), s, event.Apply)
		if err != nil {
			return err
		}
		return exitWith(c)
	}
	return cmd
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
	lines := make(chan string, 1)
	go func() { // ends with the process at the latest: reading a terminal cannot be interrupted
		line, err := bufio.NewReader(a.In).ReadString('\n')
		if err == nil || line != "" {
			lines <- line
		}
		close(lines)
	}()
	select {
	case line, ok := <-lines:
		return line, ok
	case <-signals.stop:
	case <-ctx.Done():
	}
	return "", false
}
