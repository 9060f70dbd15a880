package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/planfile"
)

// savePlan writes what was collected while a plan was made.
func (a *app) savePlan(rs *records, s *session, path string, collected *planfile.Collector) error {
	b := a.begin(s, rs)
	file := collected.File()
	file.Muster, file.Playbook, file.WorkDir, file.Inputs, file.Notes = thisBuild().Version, b.Playbook, b.WorkDir, b.Inputs, s.Plan().Notes
	file.Options = planfile.Options(b.Options)
	file.Command = append([]string{"muster", "plan", b.Playbook}, b.Command[3:]...)
	file.Command = append(file.Command, "-o", path)
	shown, err := json.Marshal(rollouts(s.Plan()))
	if err != nil {
		return err
	}
	file.Rollouts = shown
	if ds := planfile.Write(path, file, rs.key); ds.HasErrors() {
		return problems{Diagnostics: ds}
	}
	fmt.Fprintf(a.Err, "Saved to %s: it is applied as it is, to hosts that stay as they were read.\n", path)
	return nil
}

// planShow shows a saved plan again.
func (a *app) planShow() *cobra.Command {
	var group, host string
	var asJSON bool
	var verbose int
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show a saved plan again. Contacts no host.",
		Example: `muster plan show cti.plan
muster plan show cti.plan --group B       one kind of change, with its hosts
muster plan show cti.plan --host xsp0417.muc`,
		Args:        exactly("FILE"),
		Annotations: map[string]string{exits: exitsStatic},
	}
	cmd.Flags().StringVar(&group, "group", "", "only the kind of change with `LETTER`")
	cmd.Flags().StringVar(&host, "host", "", "only host `NAME`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON object")
	cmd.Flags().CountVarP(&verbose, "verbose", "v", "``more: whole diffs, every wave")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		rs, err := a.records()
		if err != nil {
			return err
		}
		file, err := a.savedPlan(rs, args[0])
		if err != nil {
			return err
		}
		hosts, err := a.hostsOfPlan(file, group, host)
		if err != nil {
			return err
		}
		if asJSON {
			return a.planJSON(file, hosts)
		}
		o := view.Options{Out: a.Out, Err: a.Err, Verbose: verbose, Printer: a.printer(nil), Next: typed([]string{"muster", "apply", args[0]}), Past: true}
		if err := json.Unmarshal(file.Rollouts, &o.Rollouts); err != nil {
			return fmt.Errorf("the plan's rollouts cannot be read: %w", err)
		}
		if hosts == nil {
			fmt.Fprintf(a.Out, "Plan of %s: %s\n\n", file.Made.Local().Format("2006-01-02 15:04:05"), typed(file.Command))
			file.Replay(view.NewPlain(o))
			for _, note := range file.Notes {
				fmt.Fprintln(a.Out, "Note: "+note)
			}
			return nil
		}
		o.Verbose, o.Next, o.WholeHosts = max(verbose, 1), "", true
		file.Replay(view.Select(view.NewPlain(o), hosts...))
		return nil
	}
	return cmd
}

// hostsOfPlan is the hosts that a selection of a saved plan's leaves; nil for all of them.
func (a *app) hostsOfPlan(file *planfile.File, group, host string) ([]string, error) {
	var names []string
	for _, h := range file.Hosts {
		names = append(names, h.Name)
		if h.Name == host {
			return []string{host}, nil
		}
	}
	if host != "" {
		return nil, problem(diag.Diagnostic{Code: diag.UnknownHost, Summary: fmt.Sprintf("the plan has no host %q", host), Advice: strings.TrimSpace(diag.DidYouMean(host, names, "") + " Its hosts: " + view.Hosts(names, 200))})
	}
	if group == "" {
		return nil, nil
	}
	p := view.NewPlain(view.Options{Out: io.Discard, Err: io.Discard})
	file.Replay(p)
	hosts, letters := p.Group(group)
	if hosts == nil {
		return nil, problem(diag.Diagnostic{Code: diag.NothingMatches, Summary: fmt.Sprintf("the plan has no kind of change %q", group), Advice: "It has: " + diag.List(letters)})
	}
	return hosts, nil
}

// planHost is a host of a saved plan for programs.
type planHost struct {
	Name  string       `json:"name"`
	Class event.Status `json:"class"`
	Nodes []planNode   `json:"nodes"`
}

type planNode struct {
	Address string        `json:"address"`
	Module  string        `json:"module,omitempty"`
	Status  event.Status  `json:"status"`
	Text    string        `json:"text,omitempty"`
	Changes []view.Change `json:"changes,omitempty"`
	Notes   []string      `json:"notes,omitempty"`
	Pending string        `json:"pending,omitempty"`
}

func (a *app) planJSON(file *planfile.File, hosts []string) error {
	out := struct {
		Format   string            `json:"format"`
		Made     string            `json:"made"`
		Command  []string          `json:"command"`
		WorkDir  string            `json:"work_dir"`
		Inputs   map[string]string `json:"inputs"`
		Hosts    []planHost        `json:"hosts"`
		Rollouts json.RawMessage   `json:"rollouts,omitempty"`
	}{view.JSONFormat, file.Made.UTC().Format("2006-01-02T15:04:05Z"), file.Command, file.WorkDir, file.Inputs, []planHost{}, file.Rollouts}
	wanted := map[string]bool{}
	for _, h := range hosts {
		wanted[h] = true
	}
	for _, h := range file.Hosts {
		if hosts != nil && !wanted[h.Name] {
			continue
		}
		ph := planHost{h.Name, h.Class, []planNode{}}
		for _, n := range h.Nodes {
			ph.Nodes = append(ph.Nodes, planNode{n.Node.Instance.String(), n.Module, n.Status, n.Text, view.Changes(n.Changes), n.Notes, n.Pending})
		}
		out.Hosts = append(out.Hosts, ph)
	}
	enc := json.NewEncoder(a.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
