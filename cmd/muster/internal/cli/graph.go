package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/graph"
	"github.com/muster-run/muster/engine/plan"
)

func (a *app) graph() *cobra.Command {
	var f runFlags
	var dot bool
	cmd := &cobra.Command{
		Use:   "graph [PLAYBOOK]",
		Short: "Show what waits for what. Contacts no host.",
		Long:  "Show what waits for what, as a tree or for Graphviz. Contacts no host.",
		Example: `muster graph playbooks/webex-cti.hcl -i inventory/lab.hcl
muster graph site.hcl -i inventory/ --dot | dot -Tsvg > site.svg`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsStatic},
	}
	f.selecting(cmd)
	cmd.Flags().BoolVar(&dot, "dot", false, "in Graphviz's language")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.ready(cmd.Context(), &f, path(args), "")
		if err != nil {
			return err
		}
		defer s.close()
		p := s.Plan()
		g := blocks(p)
		if dot {
			return g.Reduce().Dot(a.Out, func(v string) string { return v })
		}
		a.tree(p, g)
		return nil
	}
	return cmd
}

// blocks is the graph of a plan's blocks, hosts left out: an edge says that the later one waits for the earlier one on
// the same host or on others, or is notified by it.
func blocks(p *plan.Plan) *graph.Graph[string, string] {
	g := &graph.Graph[string, string]{}
	for _, b := range p.Blocks {
		g.Add(b.Addr.String())
	}
	seen := map[[2]string]bool{}
	connect := func(from, to, why string) {
		if from != to && !seen[[2]string{from, to}] {
			seen[[2]string{from, to}] = true
			g.Connect(from, to, why)
		}
	}
	for i, n := range p.Nodes {
		for _, need := range p.Spec.Nodes[i].Needs {
			connect(vertex(p.Nodes[need]), vertex(n), "after")
		}
		for _, h := range n.Notify {
			connect(vertex(n), vertex(p.Nodes[h]), "notifies")
		}
	}
	return g
}

// vertex is the name of what a node is an instance of; a gate is the end of its play.
func vertex(n plan.Node) string {
	if n.Block == nil {
		return "play." + n.Addr.Play
	}
	return n.Block.Addr.String()
}

// tree writes one line per task and handler, play by play, in the order that hosts follow.
func (a *app) tree(p *plan.Plan, g *graph.Graph[string, string]) {
	hosts := hostCounts(p)
	rolled := map[string]string{}
	for _, r := range rollouts(p) {
		rolled[r.Of] = r.Clause()
	}
	var names []string
	sections := map[string][]*plan.Block{}
	for _, b := range p.Blocks {
		if !slices.Contains(names, b.Addr.Play) {
			names = append(names, b.Addr.Play)
		}
		sections[b.Addr.Play] = append(sections[b.Addr.Play], b)
	}
	draw := a.lines()
	for i, name := range names {
		if i > 0 {
			fmt.Fprintln(a.Out)
		}
		fmt.Fprintln(a.Out, heading(p, name)+rolled["play."+name])
		list := sections[name]
		for i, b := range list {
			branch := draw.tee
			if i == len(list)-1 {
				branch = draw.end
			}
			text := fmt.Sprintf(" %s %s", branch, strings.TrimPrefix(b.Addr.String(), name+"."))
			if b.ModuleName != "" {
				text += "  " + b.ModuleName
			}
			text += fmt.Sprintf("  on %d", hosts[b.Addr])
			if b.Addr.Kind == addr.Check {
				text = fmt.Sprintf(" %s %s  once", branch, strings.TrimPrefix(b.Addr.String(), name+"."))
			}
			fmt.Fprintln(a.Out, text+waits(g, b, draw)+rolled[b.Addr.String()])
		}
	}
	nodes := 0
	for _, n := range p.Nodes {
		if n.Block != nil {
			nodes++
		}
	}
	fmt.Fprintf(a.Err, "%s on %s. Each host goes from top to bottom.\n", plural(nodes, "node"), plural(len(p.Hosts), "host"))
}

func heading(p *plan.Plan, name string) string {
	for _, play := range p.Plays {
		if play.Name == name {
			return fmt.Sprintf("play.%s  %s (%s)", name, play.Pattern, plural(len(play.Hosts), "host"))
		}
	}
	return "handlers of several plays"
}

// waits says what a block waits for and what it notifies.
func waits(g *graph.Graph[string, string], b *plan.Block, draw lines) string {
	self := b.Addr.String()
	short := func(s string) string { return strings.TrimPrefix(s, b.Addr.Play+".") }
	var after, notifies []string
	for _, e := range g.Edges() {
		switch {
		case e.To == self && e.Value == "after" && b.Addr.Kind != addr.Health:
			after = append(after, short(e.From))
		case e.From == self && e.Value == "notifies":
			notifies = append(notifies, short(e.To))
		}
	}
	text := ""
	if len(after) > 0 {
		text += "  after " + strings.Join(after, ", ")
	}
	if len(notifies) > 0 {
		text += "  " + draw.arrow + " " + strings.Join(notifies, ", ")
	}
	return text
}

func hostCounts(p *plan.Plan) map[addr.Block]int {
	counts := map[addr.Block]int{}
	last := map[addr.Block]int{}
	for _, n := range p.Nodes {
		if n.Block != nil && (counts[n.Block.Addr] == 0 || last[n.Block.Addr] != n.Host) {
			counts[n.Block.Addr]++
			last[n.Block.Addr] = n.Host
		}
	}
	return counts
}

// lines are the characters that trees are drawn with.
type lines struct{ tee, end, arrow string }

// lines chooses what the terminal can show.
func (a *app) lines() lines {
	if a.unicode() {
		return lines{"├─", "└─", "─▶"}
	}
	return lines{"|-", "`-", "->"}
}
