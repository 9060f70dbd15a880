package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/report"
)

func (a *app) showRun() *cobra.Command {
	var asJSON bool
	var verbose int
	cmd := &cobra.Command{
		Use:   "show [RUN]",
		Short: "Show what a run did, from its record.",
		Long:  "Show what a run did, as at its end: changes, rollouts, hosts, failures, recap.",
		Example: `muster show                               the newest run of this directory
muster show 43 -v                         every change in full
muster show 43 --json | jq .failures`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsStatic},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON object")
	cmd.Flags().CountVarP(&verbose, "verbose", "v", "``more: whole diffs, a line for each host")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		rs, err := a.records()
		if err != nil {
			return err
		}
		run, err := a.chosen(rs, args)
		if err != nil {
			return err
		}
		st, err := rs.store.Read(run)
		if err != nil {
			return unreadable(run, err)
		}
		told, err := rs.retell(run)
		if err != nil {
			return err
		}
		if asJSON {
			return a.showJSON(rs, st, told)
		}
		a.showText(st, told, verbose)
		return nil
	}
	return cmd
}

// fewHosts is up to how many hosts a line for each is no flood.
const fewHosts = 20

func (a *app) showText(st *journal.State, told *retold, verbose int) {
	fmt.Fprintf(a.Out, "Run %d: %s\n", st.Begin.Run, typed(st.Begin.Command))
	fmt.Fprintf(a.Out, " in %s, began %s\n", st.Begin.WorkDir, st.Began.Local().Format("2006-01-02 15:04:05"))
	for i, p := range st.Processes {
		verb := "begun"
		if i > 0 {
			verb = "resumed"
		}
		fmt.Fprintf(a.Out, " %s by %s\n", verb, process(&p))
	}
	for _, e := range told.course {
		fmt.Fprintf(a.Out, " %s  %s\n", e.Time.Local().Format("15:04:05"), story(e))
	}
	fmt.Fprintln(a.Out)
	p := view.NewPlain(view.Options{Out: a.Out, Err: io.Discard, Verbose: verbose, Printer: a.printer(nil)})
	told.replay(p)
	if len(told.run.Hosts) <= fewHosts || verbose > 0 {
		fmt.Fprintln(a.Out)
		a.perHost(told)
	}
	for _, f := range p.Failures() {
		fmt.Fprintln(a.Out)
		p.Problem(a.Out, f)
	}
}

// story is an event of the course of a run in one line.
func story(e event.Event) string {
	if len(e.Hosts) > 0 {
		return e.Text + " (" + view.Hosts(e.Hosts, 60) + ")"
	}
	return e.Text
}

// perHost is a line for each host: what became of it, and how many of its tasks ended how.
func (a *app) perHost(told *retold) {
	classes := classOf(told.end())
	counts := map[string]map[event.Status]int{}
	for _, e := range told.nodes {
		if counts[e.Node.Host] == nil {
			counts[e.Node.Host] = map[event.Status]int{}
		}
		if e.Node.Kind == addr.Task || e.Node.Kind == addr.Handler {
			counts[e.Node.Host][e.Status]++
		}
	}
	width := 0
	for _, h := range told.run.Hosts {
		width = max(width, len(h))
	}
	for _, h := range told.run.Hosts {
		fmt.Fprintf(a.Out, " %-*s  %-11s  %s\n", width, h, strings.ReplaceAll(string(classes[h]), "_", " "), view.Counts(counts[h]))
	}
}

func classOf(s *event.Summary) map[string]event.Status {
	out := map[string]event.Status{}
	for class, hosts := range s.Hosts {
		for _, h := range hosts {
			out[h] = class
		}
	}
	for _, h := range s.LeftOut {
		out[h] = "left_out"
	}
	return out
}

// shown is a run for programs.
type shown struct {
	Format   string                     `json:"format"`
	Run      int                        `json:"run"`
	State    string                     `json:"state"`
	Exit     *int                       `json:"exit_code,omitempty"`
	Command  []string                   `json:"command"`
	WorkDir  string                     `json:"work_dir"`
	Began    time.Time                  `json:"began"`
	Last     time.Time                  `json:"last"`
	Sessions []journal.Process          `json:"processes"`
	Hosts    map[string]event.Status    `json:"hosts"`
	Nodes    []shownNode                `json:"nodes"`
	Course   []shownEvent               `json:"course"`
	Failures []shownFailure             `json:"failures"`
	Owed     []string                   `json:"owed,omitempty"`
	Outputs  map[string]json.RawMessage `json:"outputs,omitempty"`
}

type shownNode struct {
	Host    string       `json:"host,omitempty"`
	Address string       `json:"address"`
	Status  event.Status `json:"status"`
	Millis  int64        `json:"duration_ms"`
}

type shownEvent struct {
	Time  time.Time  `json:"time"`
	Type  event.Type `json:"type"`
	Text  string     `json:"text"`
	Hosts []string   `json:"hosts,omitempty"`
}

type shownFailure struct {
	Hosts      []string         `json:"hosts"`
	Address    string           `json:"address"`
	Diagnostic *diag.Diagnostic `json:"diagnostic,omitempty"`
	Text       string           `json:"text"`
}

func (a *app) showJSON(rs *records, st *journal.State, told *retold) error {
	standing, err := rs.standing(st.Begin.Run)
	if err != nil {
		return err
	}
	out := shown{Format: view.JSONFormat, Run: st.Begin.Run, State: standing.State, Exit: standing.Exit, Command: st.Begin.Command, WorkDir: st.Begin.WorkDir,
		Began: st.Began, Last: st.Last, Sessions: st.Processes, Hosts: classOf(told.end()), Nodes: []shownNode{}, Course: []shownEvent{}, Failures: []shownFailure{}, Owed: standing.Owed,
		Outputs: view.Outputs(told.end().Outputs)}
	for _, e := range told.nodes {
		out.Nodes = append(out.Nodes, shownNode{e.Node.Host, e.Node.Instance.String(), e.Status, e.Duration.Milliseconds()})
	}
	for _, e := range told.course {
		out.Course = append(out.Course, shownEvent{e.Time, e.Type, e.Text, e.Hosts})
	}
	r := &report.Report{}
	told.replay(r)
	for _, f := range r.Failures() {
		out.Failures = append(out.Failures, shownFailure{f.Hosts, f.First.Node.Instance.String(), f.First.Diag, f.Summary()})
	}
	enc := json.NewEncoder(a.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
