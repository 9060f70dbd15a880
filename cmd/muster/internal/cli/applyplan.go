package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/planfile"
)

// ownOfPlan are the flags that a saved plan has of its own.
var ownOfPlan = []string{"inventory", "limit", "tags", "target", "plugin-dir"}

// mostDrift is how many drifted hosts are told with what changed on them; -v tells all.
const mostDrift = 10

// applyPlan carries out a saved plan as it was reviewed: every host is read again first, and one that is not any more as it
// was is left out.
func (a *app) applyPlan(cmd *cobra.Command, f *runFlags, path string, yes bool) error {
	for _, name := range ownOfPlan {
		if cmd.Flags().Changed(name) {
			return problem(diag.Diagnostic{Code: diag.BadFlag, Summary: fmt.Sprintf("a saved plan does not take --%s", name),
				Detail: "It is applied exactly as it was made.", Advice: "Make another one: muster plan -o FILE"})
		}
	}
	if err := f.check(); err != nil {
		return err
	}
	ctx := cmd.Context()
	rs, err := a.records()
	if err != nil {
		return err
	}
	file, err := a.savedPlan(rs, path)
	if err != nil {
		return err
	}
	if err := a.enter(file.WorkDir); err != nil {
		return err
	}
	begin := journal.Begin{Playbook: file.Playbook, WorkDir: file.WorkDir, Options: journal.Options(file.Options), Inputs: file.Inputs}
	o := engine.OptionsOf(begin)
	if err := a.again(&o, &resumeFlags{runFlags: *f}, file.Options.NoVars); err != nil {
		return err
	}
	f.pluginDirs = file.Options.PluginDirs
	drift, summary, err := a.rereading(ctx, f, o, rs, file, path)
	if err != nil {
		return err
	}
	for _, d := range drift {
		o.Exclude = append(o.Exclude, plan.Excluded{Name: d.Host, Down: d.Down})
	}
	if !changes(summary) {
		fmt.Fprintln(a.Err, "Nothing to do.")
		return exitWith(leftOut(len(drift))(summary.ExitCode))
	}
	s, err := a.readyAs(ctx, f, o, "")
	if err != nil {
		return err
	}
	defer s.close()
	if !yes {
		if err := a.agreed(ctx, summary); err != nil {
			return err
		}
	}
	if s.display.plain != nil {
		s.display.plain.LeftOut = reasons(drift)
	}
	b := a.begin(s, rs)
	b.Options.PlanFile, b.Command = path, []string{"muster", "apply", path}
	p := self()
	for _, d := range drift {
		p.Exclude = append(p.Exclude, d.Host)
	}
	c := &carrier{app: a, s: s, records: rs, process: p, code: leftOut(len(drift))}
	exit, err := c.carry(ctx, rs.begins(b))
	if err != nil {
		return err
	}
	return exitWith(exit)
}

func reasons(drift []planfile.Drift) map[string]string {
	out := map[string]string{}
	for _, d := range drift {
		out[d.Host] = d.What
	}
	return out
}

// leftOut makes a run that left out drifted hosts one that is not wholly done.
func leftOut(hosts int) func(int) int {
	return func(code int) int {
		if code == exitOK && hosts > 0 {
			return exitFailed
		}
		return code
	}
}

func (a *app) savedPlan(rs *records, path string) (*planfile.File, error) {
	file, ds := planfile.Read(path, rs.key)
	if ds.HasErrors() {
		return nil, problems{Diagnostics: ds}
	}
	return file, nil
}

// rereading reads every host again and says which are not as they were reviewed. The summary is of those that are.
func (a *app) rereading(ctx context.Context, f *runFlags, o engine.Options, rs *records, file *planfile.File, path string) ([]planfile.Drift, *event.Summary, error) {
	collected := &planfile.Collector{}
	s, ds, err := a.loadAs(ctx, f, o, collected)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	stale := engine.Changed(file.Inputs, s.Inputs(rs.key))
	switch {
	case len(stale) > 0:
		return nil, nil, problem(diag.Diagnostic{Code: diag.InputsChanged, Summary: fmt.Sprintf("stale plan: %q is not of what is there now", path),
			Detail: asSentence(strings.Join(stale, "\n")), Advice: "Put it back, or make and review another one: " + typed(file.Command)})
	case ds.HasErrors():
		return nil, nil, problems{Diagnostics: ds, sources: s.Files()}
	}
	fmt.Fprintf(a.Err, "Reading %s again: are they as %s was reviewed, %s?\n", plural(len(file.Hosts), "host"), path, file.Made.Local().Format("2006-01-02 15:04"))
	summary, exit, err := a.execute(ctx, s, event.Plan)
	if err != nil {
		return nil, nil, err
	}
	if summary.Interrupted || exit == exitControl {
		fmt.Fprintln(a.Err, "Nothing was changed.")
		return nil, nil, code(exit)
	}
	drift := planfile.Compare(file, collected.File())
	a.sayDrift(drift, f.verbose)
	return drift, without(summary, drift, file), nil
}

func (a *app) sayDrift(drift []planfile.Drift, verbose int) {
	for i, d := range drift {
		if i == mostDrift && len(drift) > mostDrift+1 && verbose == 0 {
			fmt.Fprintf(a.Err, "  and %d more, -v\n", len(drift)-i)
			break
		}
		if i == 0 {
			fmt.Fprintf(a.Err, "Left out, because not as reviewed: %s\n", plural(len(drift), "host"))
		}
		fmt.Fprintf(a.Err, "  %s  %s\n", d.Host, d.What)
	}
}

// without is what there is to do on the hosts that are as they were reviewed.
func without(s *event.Summary, drift []planfile.Drift, file *planfile.File) *event.Summary {
	out := &event.Summary{Hosts: map[event.Status][]string{}, Nodes: map[event.Status]int{}}
	for _, h := range file.Hosts {
		if slices.ContainsFunc(drift, func(d planfile.Drift) bool { return d.Host == h.Name }) {
			continue
		}
		out.Hosts[h.Class] = append(out.Hosts[h.Class], h.Name)
		for _, n := range h.Nodes {
			out.Nodes[n.Status]++
		}
	}
	out.ExitCode = s.ExitCode
	return out
}
