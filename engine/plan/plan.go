// Package plan turns plays and hosts into a graph of nodes: what runs on which host, in which order, and what waits for
// what. It finds everything that is wrong with a playbook before a host is contacted.
//
// Nouns: a Block is a task, handler, health or check block of the playbook with all that its nodes share; a Node is a
// block (and a key of its for_each) on one host; a Play says which hosts a play has; a Plan is all of them, with the
// schedule.Spec that the core runs. Build makes it. It contacts nothing and runs nothing: what a node does, and when, is
// executor's and schedule's affair.
//
// How the executor uses it, for node n of Plan p:
//
//	node := p.Nodes[n]                       // parallel to p.Spec.Nodes; roles and ranks stand there
//	b := node.Block                          // nil for a gate
//	scope := p.Scope(n, results)             // host, each, task, play, var, local
//	ec, diags := scope.Context(b.Refs)       // then b.Args.Decode(ctx, ec, sources), lang.WantBool(b.When, ec);
//	                                         // a check has b.Check.Rule instead
//	p.Data(n)                                // the host.data values that the module declares
//	node.Notify                              // what may be passed on in schedule.Ended.Notify
//
// Results.Output of a node that ended is what b.Result makes of its outputs.
package plan

import (
	"context"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/graph"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// Input is what Build is given. Inventory nil means that only structure, references, schemas and what needs no host are
// checked; the Plan then has blocks and no nodes.
type Input struct {
	Playbook  *playbook.Playbook
	Inventory *inventory.Inventory
	Modules   Modules
	// Sources reads files and obtains secrets. Nil: secrets stay unknown, and files are read as WorkDir says.
	Sources lang.Sources
	// Secret is told each text of a sensitive variable before anything else is said. May be nil.
	Secret  func(text string)
	WorkDir string // absolute; only for nil Sources

	Inputs  lang.Inputs // values of variables
	Limit   string      // pattern; empty: all hosts
	Exclude []Excluded  // hosts left out although the limit selects them
	Tags    []string    // a task with any of them is selected; empty: all
	Targets []string    // as addr.ParseTarget reads them; empty: all
	Forks   int         // for schedule.Spec
	Version string      // of muster, for requires; empty: any
}

// Excluded is a host that has no part in the run, such as one that drifted since the plan was saved.
type Excluded struct {
	Name string
	// Down says that it is down, or may be: it takes a place in its group of each rollout that it would have been in.
	Down bool
}

// Modules finds modules by the name that a playbook writes.
type Modules interface {
	// Module returns the module; the error says why there is none.
	Module(ctx context.Context, name string) (sdk.Module, error)
	// Names lists all modules there are, for "did you mean".
	Names() []string
}

// Plan is the graph of a run.
type Plan struct {
	Nodes   []Node // parallel to Spec.Nodes
	Spec    schedule.Spec
	Hosts   []*inventory.Host // those in the run; a Node's and the Spec's host numbers index it
	Plays   []*Play           // in the order of the playbook
	Blocks  []*Block          // in the global order of tasks
	Outputs []*playbook.Output
	Notes   []string // what the user should know: tasks pulled in by --tags, plays emptied by --limit, tasks that always act
	// Rollouts is what the playbook says of each of Spec.Rollouts, parallel to them.
	Rollouts []*Rollout

	vars       map[string]cty.Value
	globals    *lang.Globals
	scopes     []*lang.Host              // parallel to Hosts
	anyHost    *lang.Host                // for what is checked without one
	edges      []graph.Edge[*Block, why] // between blocks, gates included
	outputRefs []playRef
	runHosts   int                   // hosts that playbook and limit select, those included that are left out
	data       []map[string]hostData // by module name, parallel to Hosts
}

// Node is a block on a host: the unit that is scheduled. Gates and checks have no host.
type Node struct {
	Addr   addr.Node // a gate's names what is waited for: a play (nothing but Play is set) or a block
	Block  *Block    // nil for a gate
	Host   int       // index in Plan.Hosts; -1 for a check or gate
	Each   cty.Value // each.value; cty.NilVal without for_each (each.key is Addr.Key)
	Notify []int     // handler nodes on the same host that it notifies, when it changes something
	Phase  Phase     // of a task with fan_out; empty for every other node
}

// Block is a task, handler, health or check block with what all its nodes share.
type Block struct {
	Addr addr.Block
	Play *Play // nil for a handler at file level and its health blocks

	ModuleName string // as the playbook writes it; empty for a check
	Module     sdk.Module
	Desc       sdk.Description
	Args       *lang.Args

	When  hcl.Expression // nil: always
	Check *playbook.Check
	Refs  []lang.Ref // of everything that is evaluated for a node

	// Timeout is of one attempt, for a health block of one question: 10 min for a task, 20 min for a handler, 30 s for
	// a question, unless the run block says otherwise.
	Timeout time.Duration
	Retry   schedule.Retry
	Tags    []string
	Rollout *Rollout // of a handler; nil without
	Fan     *Fan     // of a task with fan_out; nil without
	Range   hcl.Range

	wiring
}

// Play is a play with the hosts its pattern selects.
type Play struct {
	Name    string
	Pattern string
	Hosts   []int // indexes in Plan.Hosts
	Emptied bool  // --limit or Input.Exclude leaves none of its hosts
	Rollout *Rollout
	Range   hcl.Range

	source  *playbook.Play
	blocks  []*Block          // of all kinds, in the order they stand
	leftOut []*inventory.Host // by Input.Exclude
}

// Results tells how earlier nodes ended.
type Results interface {
	// Output is the value of a node that ended well, as Block.Result makes it. ok is false when it is not known: the
	// node has not ended, or this is a plan. Implementations are pointers, so that two of them can be compared.
	Output(node int) (v cty.Value, ok bool)
	// Missing reports that the node came to nothing in this run, such as on an unreachable host: what is asked of all
	// hosts leaves it out.
	Missing(node int) bool
}
