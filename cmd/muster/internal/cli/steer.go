package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/control"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/journal"
)

// steering makes a command that asks the process of a run, or does without one.
func (a *app) steering(cmd *cobra.Command, verb control.Verb, ended func(ctx context.Context, rs *records, run int) error) *cobra.Command {
	cmd.Args = tooMany(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		rs, err := a.records()
		if err != nil {
			return err
		}
		run, err := a.chosen(rs, args)
		if err != nil {
			return err
		}
		p, running := rs.store.Running(run)
		if !running {
			return ended(cmd.Context(), rs, run)
		}
		return a.call(cmd.Context(), run, p, control.Request{Verb: verb})
	}
	return cmd
}

// call asks the process of a run and says what it answers.
func (a *app) call(ctx context.Context, run int, p *journal.Process, r control.Request) error {
	if p == nil || p.Socket == "" {
		return problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("run %d cannot be steered from here", run),
			Detail: fmt.Sprintf("It runs as %s, which has no control socket.", process(p)), Advice: "Steer it where it runs: Ctrl-C stops it."})
	}
	r.By = by(self())
	answer, err := control.Call(ctx, p.Socket, r)
	switch {
	case errors.Is(err, control.ErrNobody) && p.Machine != self().Machine:
		return problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("run %d runs on another machine", run),
			Detail: asSentence("it runs as " + process(p)), Advice: "Use this command there."})
	case err != nil:
		return problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("run %d does not answer", run), Detail: asSentence(err.Error()),
			Advice: fmt.Sprintf("Look whether %s is still there: muster status %d", process(p), run)})
	case !answer.Done:
		return problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: asSentence(answer.Text)[:len(asSentence(answer.Text))-1], Advice: fmt.Sprintf("See how it stands: muster status %d", run)})
	}
	fmt.Fprintln(a.Out, asSentence(answer.Text))
	return nil
}

// steerTogether is how the three commands that steer stand among all commands.
const steerTogether = "Steer a run, from any terminal. (abort)"

func (a *app) pause() *cobra.Command {
	return a.steering(&cobra.Command{
		Use:   "pause [RUN]",
		Short: "Let no further host begin; what is under way ends.",
		Example: `muster pause                              the newest run of this directory
muster pause 43`,
		Annotations: map[string]string{exits: exitsSteer, together: steerTogether},
	}, control.Pause, func(_ context.Context, _ *records, run int) error {
		return problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("run %d does not run: there is nothing to pause", run),
			Detail: "Its process has ended.", Advice: fmt.Sprintf("See how it stands: muster status %d", run)})
	})
}

func (a *app) promote() *cobra.Command {
	var f resumeFlags
	cmd := a.steering(&cobra.Command{
		Use:   "promote [RUN]",
		Short: "Say that the canary is good: the rest may begin.",
		Long:  "Say that the canary is good. A run that has ended goes on from here.",
		Example: `muster promote                            the newest run of this directory
muster promote 43`,
		Annotations: map[string]string{exits: exitsApply, together: steerTogether},
	}, control.Promote, func(ctx context.Context, rs *records, run int) error {
		return a.resumeEnded(ctx, rs, run, &f, func(st *journal.State) ([]string, error) { return rs.promotions(run, st) })
	})
	fl := cmd.Flags()
	fl.SortFlags = false
	f.forks = defaultForks
	fl.StringArrayVar(&f.vars, "var", nil, "give a sensitive variable again, `NAME=VALUE`")
	fl.StringArrayVar(&f.varFiles, "var-file", nil, "give sensitive variables again from `FILE`")
	f.running(cmd)
	return cmd
}

// promotions is the rollouts of a run that wait for somebody to promote them.
func (rs *records) promotions(run int, st *journal.State) ([]string, error) {
	last, err := rs.lastSummary(run)
	if err != nil {
		return nil, unreadable(run, err)
	}
	var names []string
	if last != nil {
		names = last.WaitsForPromotion
	}
	if len(names) == 0 {
		return nil, problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("no rollout of run %d waits for promotion", run),
			Advice: fmt.Sprintf("See how it stands: muster status %d; to go on with it: muster resume %[1]d", run)})
	}
	return names, nil
}

func (a *app) abort() *cobra.Command {
	return a.steering(&cobra.Command{
		Use:   "abort [RUN]",
		Short: "Stop a run for good; what was done stays.",
		Long:  "Stop a run for good: what was done stays, and it cannot be resumed.",
		Example: `muster abort                              the newest run of this directory
muster abort 43`,
		Annotations: map[string]string{exits: exitsSteer, together: steerTogether},
	}, control.Abort, func(ctx context.Context, rs *records, run int) error { return a.abortEnded(ctx, rs, run) })
}

// abortEnded marks a run whose process has ended.
func (a *app) abortEnded(ctx context.Context, rs *records, run int) error {
	st, err := a.resumable(rs, run)
	if err != nil {
		return err
	}
	if st.Finish != nil && st.Finish.ExitCode == exitOK {
		return problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("run %d is done: there is nothing to abort", run),
			Advice: fmt.Sprintf("What it did: muster show %d", run)})
	}
	w, _, err := rs.goesOn(run, nil)(self())
	if err != nil {
		return err
	}
	defer w.Close()
	c := &carrier{journal: w}
	if err := c.note(ctx, abortOf(by(self()))...); err != nil {
		return unreadable(run, err)
	}
	fmt.Fprintf(a.Out, aborted, run)
	if owed := owed(st); len(owed) > 0 {
		fmt.Fprintf(a.Out, "Owed: %s\n", diag.List(owed))
	}
	return nil
}
