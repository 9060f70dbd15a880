package plan

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/graph"
	"github.com/muster-run/muster/engine/lang"
)

// Build makes the plan. It reports everything that is wrong at once, each thing once and at its place; the Plan is never
// nil, and is fit to run only when there are no errors. It contacts no host, and ends early when ctx does.
func Build(ctx context.Context, in Input) (*Plan, diag.Diagnostics) {
	b := &builder{in: in, plan: &Plan{Outputs: in.Playbook.Outputs}, byAddr: map[addr.Block]*Block{}, gates: map[string]*Block{}, parallels: map[parallelAt]int{}}
	b.add(in.Playbook.Requires.Allows(in.Version)...)
	for _, step := range b.steps() {
		if err := ctx.Err(); err != nil {
			b.add(diag.Diagnostic{Code: diag.Interrupted, Summary: "planning was interrupted", Detail: err.Error(),
				Advice: "Nothing was contacted; start it again."})
			break
		}
		if err := step(ctx); err != nil {
			break // the diagnostics say why
		}
	}
	return b.plan, withoutConsequences(b.diags).Sorted()
}

// withoutConsequences leaves out what the language finds wrong with an expression where a habit was recognised, which
// explains it better.
func withoutConsequences(ds diag.Diagnostics) diag.Diagnostics {
	habits := []string{diag.VersionsAsText, diag.QuotedValue, diag.TemplateBraces}
	var known []hcl.Range
	for _, d := range ds {
		if d.Subject != nil && slices.Contains(habits, d.Code) {
			known = append(known, *d.Subject)
		}
	}
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool {
		return d.Subject != nil && !slices.Contains(habits, d.Code) && slices.ContainsFunc(known, d.Subject.Overlaps)
	})
}

// errStop ends Build where what follows would report consequences only.
var errStop = errors.New("plan: cannot go on")

// steps are the parts of Build, each with the reason why it stands where it does.
func (b *builder) steps() []func(context.Context) error {
	steps := []func(context.Context) error{
		b.values,     // what settings and arguments refer to
		b.makeBlocks, // every block gets its module, and its arguments are held against the schema
		b.patterns,   // which hosts each play asks for
		b.resolve,    // references, depends_on and notify name things that exist
		b.sort,       // the global order, or the cycles that keep it from being
	}
	if b.in.Inventory == nil {
		return append(steps,
			b.choose,         // tags and targets exist
			b.evaluateNoHost, // types and values that depend on no host
		)
	}
	return append(steps,
		b.selectHosts, // those patterns and the limit, in the inventory
		b.choose,      // tags and targets; what they need is pulled in
		b.makeNodes,   // blocks times hosts, numbered in the global order
		b.connect,     // what waits for what
		b.rollouts,    // who may be down at once
		b.evaluate,    // values that need no run; modules judge them
		b.noteActions, // what no reading can tell
	)
}

// builder is one Build under way.
type builder struct {
	in     Input
	plan   *Plan
	diags  diag.Diagnostics
	before diag.Diagnostics // those before anything was evaluated for a host

	files     *lang.Files
	functions map[string]function.Function
	names     lang.Names // what every expression may refer to: variables and locals
	locals    *lang.Locals
	leftOut   int      // hosts that Input.Exclude keeps out of some play
	unsound   bool     // a variable or a local has no value that could be used
	blocks    []*Block // in the order of the files
	byAddr    map[addr.Block]*Block
	gates     map[string]*Block // by the name of the play that is waited for
	parallels map[parallelAt]int
	graph     graph.Graph[*Block, why]
}

func (b *builder) add(ds ...diag.Diagnostic) { b.diags = append(b.diags, ds...) }

// addNew adds what evaluation found, but for what stands where an error was found before: it would be the same one again.
func (b *builder) addNew(ds ...diag.Diagnostic) {
	for _, d := range ds {
		if !b.reported(d) {
			b.diags = append(b.diags, d)
		}
	}
}

// reported also counts a for_each that cannot be known because a variable or a local is wrong.
func (b *builder) reported(d diag.Diagnostic) bool {
	if d.Code == diag.NotYetKnown && b.unsound {
		return true
	}
	return d.Subject != nil && slices.ContainsFunc(b.before, func(have diag.Diagnostic) bool {
		return have.Severity == diag.Error && have.Subject != nil && have.Subject.Overlaps(*d.Subject)
	})
}
