package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

func (a *app) logs() *cobra.Command {
	var host, task string
	cmd := &cobra.Command{
		Use:   "logs [RUN]",
		Short: "Print what modules said and did, line by line.",
		Long:  "Print all that a run's modules said and did, line by line, from its record.",
		Example: `muster logs --host xsp0417.muc
muster logs 43 --host xsp0417.muc --task anchors`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsStatic},
	}
	cmd.Flags().StringVar(&host, "host", "", "only of host `NAME`")
	cmd.Flags().StringVar(&task, "task", "", "only of task or handler `NAME`")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		rs, err := a.records()
		if err != nil {
			return err
		}
		run, err := a.chosen(rs, args)
		if err != nil {
			return err
		}
		l := &logLines{host: host, task: task}
		if err := rs.store.Events(run, l.take); err != nil {
			return unreadable(run, err)
		}
		if err := l.judge(run); err != nil {
			return err
		}
		p := view.NewPlain(view.Options{Out: a.Out, Err: a.Out, Verbose: 2, Printer: a.printer(nil)})
		for _, e := range l.lines {
			p.Log(e)
		}
		return nil
	}
	return cmd
}

// logLines gathers the lines of a run's log that are wanted.
type logLines struct {
	host, task   string
	lines        []event.Event
	hosts, tasks []string // that there are, for "did you mean"
	seen         map[string]bool
}

func (l *logLines) take(e event.Event) error {
	switch e.Type {
	case event.NodeStarted, event.NodeProgress, event.NodeLog, event.NodeRetrying, event.NodeFinished:
	default:
		if l.host == "" && l.task == "" {
			l.lines = append(l.lines, e)
		}
		return nil
	}
	l.meet(&l.hosts, "host "+e.Node.Host, e.Node.Host)
	l.meet(&l.tasks, "task "+e.Node.Name, e.Node.Name)
	if (l.host == "" || l.host == e.Node.Host) && (l.task == "" || named(e.Node, l.task)) {
		l.lines = append(l.lines, e)
	}
	return nil
}

func (l *logLines) meet(list *[]string, key, name string) {
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	if name != "" && !l.seen[key] {
		l.seen[key] = true
		*list = append(*list, name)
	}
}

// named reports whether a node is of what a person calls a task: its name, its address, or the address of one instance.
func named(n addr.Node, task string) bool {
	full, block := n.Instance.String(), n.Block.String()
	for _, name := range []string{n.Name, block, full, strings.TrimPrefix(block, n.Play+"."), strings.TrimPrefix(full, n.Play+".")} {
		if name == task {
			return true
		}
	}
	return n.Kind == addr.Health && n.Of == task
}

// judge refuses a selection that nothing answers to.
func (l *logLines) judge(run int) error {
	if len(l.lines) > 0 {
		return nil
	}
	d := diag.Diagnostic{Code: diag.NothingMatches, Summary: fmt.Sprintf("the log of run %d has no such lines", run), Advice: fmt.Sprintf("All of it: muster logs %d", run)}
	switch {
	case l.host != "" && !l.seen["host "+l.host]:
		d.Summary = fmt.Sprintf("nothing was run on host %q in run %d", l.host, run)
		d.Advice = diag.DidYouMean(l.host, l.hosts, d.Advice)
	case l.task != "" && !l.seen["task "+l.task]:
		d.Summary = fmt.Sprintf("run %d has no task %q", run, l.task)
		d.Advice = diag.DidYouMean(l.task, l.tasks, d.Advice)
	}
	return problem(d)
}
