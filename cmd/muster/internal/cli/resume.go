package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/control"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

// resumeFlags are what a run that is resumed may be told anew.
type resumeFlags struct {
	runFlags
	onlyFailed bool
	exclude    string
	accept     bool
}

func (a *app) resume() *cobra.Command {
	var f resumeFlags
	cmd := &cobra.Command{
		Use:     "resume [RUN]",
		Aliases: []string{"continue"},
		Short:   "Go on with a run that failed, was stopped or paused.",
		Long:    "Go on with a run that failed or was stopped: what is done is not repeated.",
		Example: `muster resume                             the newest run of this directory
muster resume 43 --exclude xsp0417.muc
muster resume 43 --only-failed --var token=...`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsApply},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	f.forks = defaultForks
	fl.BoolVar(&f.onlyFailed, "only-failed", false, "only hosts on which something went wrong")
	fl.StringVar(&f.exclude, "exclude", "", "leave out hosts of `PATTERN`")
	fl.BoolVar(&f.accept, "accept-changes", false, "although playbook, inventory or values changed")
	fl.StringArrayVar(&f.vars, "var", nil, "give a sensitive variable again, `NAME=VALUE`")
	fl.StringArrayVar(&f.varFiles, "var-file", nil, "give sensitive variables again from `FILE`")
	f.running(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		rs, err := a.records()
		if err != nil {
			return err
		}
		run, err := a.chosen(rs, args)
		if err != nil {
			return err
		}
		if p, running := rs.store.Running(run); running {
			return a.resumeRunning(cmd, run, p)
		}
		return a.resumeEnded(cmd.Context(), rs, run, &f, nil)
	}
	return cmd
}

// resumeRunning asks the process that works on the run.
func (a *app) resumeRunning(cmd *cobra.Command, run int, p *journal.Process) error {
	for _, name := range []string{"only-failed", "exclude", "accept-changes", "var", "var-file"} {
		if cmd.Flags().Changed(name) {
			return problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("run %d has a process, which cannot be told --%s", run, name),
				Detail: fmt.Sprintf("It runs or waits as %s.", process(p)), Advice: "Leave it there with q, or wait for its end; then use this command again."})
		}
	}
	return a.call(cmd.Context(), run, p, control.Request{Verb: control.Resume})
}

// resumable gives what is known of a run, or why it cannot be resumed.
func (a *app) resumable(rs *records, run int) (*journal.State, error) {
	st, err := rs.store.Read(run)
	if err != nil {
		return nil, unreadable(run, err)
	}
	if st.Aborted {
		return nil, problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: fmt.Sprintf("run %d was aborted and cannot be resumed", run),
			Detail: "What was done stays done; restarts that are owed are noted on the hosts.",
			Advice: "Begin anew, which reads every host first: " + typed(st.Begin.Command)})
	}
	return st, nil
}

// resumeEnded goes on with a run whose process has ended. promote, which may be nil, is told what the journal says and gives
// the rollouts whose promotion is to be recorded first.
func (a *app) resumeEnded(ctx context.Context, rs *records, run int, f *resumeFlags, promote func(*journal.State) ([]string, error)) error {
	if err := f.check(); err != nil {
		return err
	}
	st, err := a.resumable(rs, run)
	if err != nil {
		return err
	}
	last, err := rs.lastSummary(run)
	if err != nil {
		return unreadable(run, err)
	}
	if st.Finish != nil && st.Finish.ExitCode == exitOK && promote == nil && !killed(st) && (last == nil || len(last.LeftOut) == 0) {
		fmt.Fprintf(a.Err, "Run %d is done; there is nothing to resume. What it did: muster show %[1]d\n", run)
		return nil
	}
	var promoted []string
	if promote != nil {
		if promoted, err = promote(st); err != nil {
			return err
		}
	}
	if err := a.enter(st.Begin.WorkDir); err != nil {
		return err
	}
	s, accepted, err := a.reload(ctx, rs, st, f)
	if err != nil {
		return err
	}
	defer s.close()
	p := self()
	p.Resumed, p.OnlyFailed, p.Accepted = true, f.onlyFailed, accepted
	for _, x := range s.excluded {
		p.Exclude = append(p.Exclude, x.Name)
	}
	if hosts := unreviewed(st); len(hosts) > 0 && s.display.plain != nil {
		s.display.plain.LeftOut = map[string]string{}
		for _, h := range hosts {
			s.display.plain.LeftOut[h] = "not as it was reviewed"
		}
	}
	c := &carrier{app: a, s: s, records: rs, process: p, code: leftOut(len(unreviewed(st)))}
	exit, err := c.carry(ctx, rs.goesOn(run, promoted))
	if err != nil {
		return err
	}
	return exitWith(exit)
}

// killed reports whether the last process of a run did not come to its very end: one that did removed its socket, after it
// had given back its hosts. Even a run that is done goes on then, to give them back.
func killed(st *journal.State) bool {
	if len(st.Processes) == 0 {
		return false
	}
	_, err := os.Lstat(st.Processes[len(st.Processes)-1].Socket)
	return err == nil
}

// enter goes where the run was begun: what it names by relative paths is there.
func (a *app) enter(dir string) error {
	if dir == "" || dir == a.Dir {
		return nil
	}
	if err := os.Chdir(dir); err != nil {
		return problem(diag.Diagnostic{Code: diag.FileUnreadable, Summary: "the directory that the run was begun in is not there", Detail: asSentence(err.Error()),
			Advice: "Put it back, or begin anew: muster apply"})
	}
	a.Dir = dir
	return nil
}

// goesOn is a run that an earlier process began; promotions are recorded before anything else.
func (rs *records) goesOn(run int, promoted []string) openJournal {
	return func(p journal.Process) (*journal.Writer, *journal.State, error) {
		w, st, err := rs.store.Continue(run, p)
		if errors.Is(err, journal.ErrRunning) {
			return nil, nil, problem(diag.Diagnostic{Code: diag.WrongRunState, Summary: asSentence(err.Error()), Advice: "See what it does: muster status"})
		}
		if err != nil {
			return nil, nil, unreadable(run, err)
		}
		for _, dead := range st.Processes {
			if dead.Socket != "" {
				_ = os.Remove(dead.Socket) // gone already where it ended by itself
			}
		}
		st.Processes = append(st.Processes, p)
		for _, name := range promoted {
			w.Append(journal.Record{Steer: &journal.Steer{What: "promote", Rollout: name, By: by(p)}})
			st.Promoted[name] = true
		}
		return w, st, nil
	}
}

// process is a process as a person is told of it.
func process(p *journal.Process) string {
	if p == nil {
		return "a process that its record does not name"
	}
	return fmt.Sprintf("process %d of %s", p.PID, by(*p))
}

// lastSummary is what the last process of a run that came to an end said of it; nil when none did.
func (rs *records) lastSummary(run int) (*event.Summary, error) {
	var last *event.Summary
	err := rs.store.Events(run, func(e event.Event) error {
		switch {
		case e.Type == event.RunStarted:
			last = nil
		case e.Type == event.RunFinished:
			last = e.Summary
		}
		return nil
	})
	return last, err
}
