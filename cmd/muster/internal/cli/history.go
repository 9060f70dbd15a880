package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/journal"
)

func (a *app) history() *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the runs of this directory, the newest first.",
		Example: `muster history
muster history --all --json               of all directories, for a program`,
		Args:        tooMany(0),
		Annotations: map[string]string{exits: exitsStatic},
	}
	cmd.Flags().BoolVar(&all, "all", false, "of all directories")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON object")
	cmd.RunE = func(*cobra.Command, []string) error {
		rs, err := a.records()
		if err != nil {
			return err
		}
		list, err := rs.store.List()
		if err != nil {
			return unusable(err)
		}
		if !all {
			list = slices.DeleteFunc(list, func(in journal.Info) bool { return in.Err == nil && in.Begin.WorkDir != a.Dir })
		}
		if asJSON {
			return a.historyJSON(list)
		}
		for _, in := range list {
			fmt.Fprintf(a.Out, "%6d  %s  %-22s %s\n", in.Run, began(in), state(in), did(in))
		}
		if len(list) == 0 {
			fmt.Fprintln(a.Err, "Nothing was run from this directory. Others: muster history --all")
		}
		return nil
	}
	return cmd
}

func began(in journal.Info) string {
	if in.Err != nil {
		return "                "
	}
	return in.Began.Local().Format("2006-01-02 15:04")
}

// did is what a run did; of one whose record is damaged, why nothing is known.
func did(in journal.Info) string {
	if in.Err != nil {
		return in.Err.Error()
	}
	return typed(in.Begin.Command)
}

// state is how a run in a list stands, in a word or two.
func state(in journal.Info) string {
	switch {
	case in.Err != nil:
		return "unreadable"
	case in.Running && in.Finish == nil:
		return "running"
	case in.Running:
		return "paused"
	case in.Finish == nil:
		return "died"
	case in.Finish.Aborted:
		return "aborted"
	}
	switch in.Finish.ExitCode {
	case exitOK:
		return "done"
	case exitFailed:
		return "failed"
	case exitUnreachable:
		return "unreachable hosts"
	case exitStopped:
		return "stopped by its rule"
	case exitPromotion:
		return "waits for promotion"
	case exitControl:
		return "this machine failed"
	case exitInterrupted, exitTerminated:
		return "interrupted"
	}
	return fmt.Sprintf("exit %d", in.Finish.ExitCode)
}

// runJSON is a run in a list for programs.
type runJSON struct {
	Run     int       `json:"run"`
	State   string    `json:"state"`
	Exit    *int      `json:"exit_code,omitempty"`
	Began   time.Time `json:"began,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	WorkDir string    `json:"work_dir,omitempty"`
	Command []string  `json:"command,omitempty"`
	Hosts   int       `json:"hosts"`
	By      string    `json:"by,omitempty"`
	Error   string    `json:"error,omitempty"`
}

func (a *app) historyJSON(list []journal.Info) error {
	out := struct {
		Format string    `json:"format"`
		Runs   []runJSON `json:"runs"`
	}{view.JSONFormat, []runJSON{}}
	for _, in := range list {
		r := runJSON{Run: in.Run, State: state(in), Began: in.Began, Last: in.Last, WorkDir: in.Begin.WorkDir, Command: in.Begin.Command, Hosts: len(in.Begin.Hosts), By: by(in.Process)}
		if in.Finish != nil {
			r.Exit = &in.Finish.ExitCode
		}
		if in.Err != nil {
			r.Error, r.By = in.Err.Error(), ""
		}
		out.Runs = append(out.Runs, r)
	}
	enc := json.NewEncoder(a.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
