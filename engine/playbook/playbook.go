// Package playbook holds the structure of a playbook: plays, tasks, handlers, rollouts. A file is decoded in one pass
// that keeps every argument body and expression unevaluated, with its place in the source.
//
// It knows no module, no inventory and no values: what an argument means is found by plan, with lang.
package playbook

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
)

// Playbook is one file, or the merged *.hcl files of one directory.
type Playbook struct {
	Path      string // as the user named it
	Dir       string // absolute directory of the file(s): where relative paths start and end
	Requires  *Requires
	Variables []*Variable
	Locals    []*Local
	Plays     []*Play
	Handlers  []*Task // at file level
	Outputs   []*Output
	// Sources holds the files' bytes by file name, for diagnostics' snippets.
	Sources map[string][]byte
}

// Requires is the block of that name.
type Requires struct {
	Muster  string // version constraint; empty: any
	Plugins []RequiredPlugin
	Range   hcl.Range
}

// RequiredPlugin is a nested plugin block.
type RequiredPlugin struct {
	Name, Source, Version string
	Range                 hcl.Range
}

// Variable is a typed input of the run.
type Variable struct {
	Name        string
	Type        hcl.Expression // nil: any
	Default     hcl.Expression // nil: required
	Description string
	Sensitive   bool
	Validations []Validation
	Range       hcl.Range
}

// Validation is a rule of a variable; check blocks use it too.
type Validation struct {
	Condition    hcl.Expression
	ErrorMessage hcl.Expression
	Range        hcl.Range
}

// Local is one named value.
type Local struct {
	Name  string
	Value hcl.Expression
	Range hcl.Range
}

// Play is a set of tasks for a set of hosts.
type Play struct {
	Name      string
	Hosts     hcl.Expression // a pattern
	DependsOn []Ref
	Rollout   *Rollout
	Tasks     []*Task // in the order of the file, those of parallel blocks included
	Handlers  []*Task
	Checks    []*Check
	Range     hcl.Range
}

// Task is a task or handler block. A handler has no ForEach, When, DependsOn, Tags or Parallel.
type Task struct {
	Play   string // empty for a handler at file level
	Kind   addr.Kind
	Module string // as written: `trust_anchor` or `plugin.trust_anchor`
	Name   string

	Body hcl.Body // the module's arguments; the engine's own are taken out

	ForEach   hcl.Expression
	When      hcl.Expression
	DependsOn []Ref
	Notify    []Ref
	Tags      []string
	Run       *Run
	Rollout   *Rollout // handlers only
	FanOut    *FanOut  // tasks only

	// Parallel is 0, or the number of the parallel block of the play that the task stands in, from 1.
	Parallel int
	// Order is the task's position over all files: what breaks ties in the global order.
	Order int

	ModuleRange hcl.Range
	Range       hcl.Range
}

// Block is the task's address.
func (t *Task) Block() addr.Block { return addr.Block{Play: t.Play, Kind: t.Kind, Name: t.Name} }

// FanOut is a fan_out block: one host of From gives, the other hosts of the play receive.
type FanOut struct {
	From         hcl.Expression // a pattern; nil: any host of the play
	AllowMissing hcl.Expression // bool
	Range        hcl.Range
}

// Ref is a reference in depends_on or notify: `task.x`, `task.x["key"]`, `handler.x`, `play.x`.
type Ref struct {
	Kind  string // "task", "handler", "play"
	Name  string
	Key   string
	Keyed bool
	Range hcl.Range
}

// Run is a run block; each expression may be nil.
type Run struct {
	Timeout  hcl.Expression // duration string
	Attempts hcl.Expression
	Backoff  hcl.Expression
	When     hcl.Expression // list of failure classes
	Range    hcl.Range
}

// Rollout is a rollout block; each expression may be nil, which means the default.
type Rollout struct {
	Canary         hcl.Expression // a number of hosts, or a pattern
	Promote        hcl.Expression
	Soak           hcl.Expression // duration string
	Batches        hcl.Expression // list of numbers and percentages
	GroupBy        hcl.Expression
	GroupsAtOnce   hcl.Expression
	MaxUnavailable hcl.Expression
	MaxFailed      hcl.Expression
	OnFailure      hcl.Expression
	Health         []*Health
	Range          hcl.Range
}

// Health is a health block: a module of kind probe, asked until it holds.
type Health struct {
	Module      string
	Name        string
	Body        hcl.Body
	Within      hcl.Expression
	Stable      hcl.Expression
	ModuleRange hcl.Range
	Range       hcl.Range
}

// Check is a check block of a play: evaluated once, without a host, after the tasks that stand above it.
type Check struct {
	Play  string
	Name  string
	Order int // position among the play's tasks, on the same scale as Task.Order
	Rule  Validation
	Range hcl.Range
}

// Output is an output block.
type Output struct {
	Name        string
	Value       hcl.Expression
	Sensitive   bool
	Description string
	Range       hcl.Range
}
