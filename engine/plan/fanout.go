package plan

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// Phase of a node of a task with fan_out. Such a task has a node of each phase on each of its hosts, but one of Produce in
// all; the node of Activate is what references to the task mean.
type Phase string

// The phases in their order. Produce waits for every Offer, Activate for every Verify; hosts that are unreachable at first
// contact are left out.
const (
	Offer    Phase = "offer"
	Produce  Phase = "produce"
	Stage    Phase = "stage"
	Verify   Phase = "verify"
	Activate Phase = "activate"
)

// Fan is what the nodes of a task with fan_out share.
type Fan struct {
	From         []int // hosts that may give, in the order of preference
	AllowMissing bool
	Offers       []int // nodes, by host; -1 where the task has none
	Activates    []int // likewise

	source           *playbook.FanOut
	pattern          string
	stages, verifies []int
	produce          int
	done             int // the gate that opens when every host has activated
}

// fanOut reads a task's fan_out block and holds the module against it.
func (b *builder) fanOut(block *Block, at hcl.Range) {
	src := block.task.FanOut
	_, can := block.Module.(sdk.FanOut)
	switch {
	case block.Module == nil:
		return
	case src == nil && can:
		b.addIn(block, diag.At(at, diag.MissingBlock, fmt.Sprintf("module %s needs a fan_out block", block.ModuleName),
			"It takes something from one host to the others, and the block says from which.", "Add fan_out { }, or fan_out { from = PATTERN }."))
	case src == nil:
	case !can:
		b.addIn(block, diag.At(src.Range, diag.NoFanOut, fmt.Sprintf("module %s cannot fan out", block.ModuleName),
			"It has nothing that one host could give to others.", "Remove the fan_out block."))
	case block.Play.source.Rollout != nil:
		b.addIn(block, diag.At(src.Range, diag.BadRollout, "fan_out in a play with a rollout",
			"All hosts have to have what is shared before any of them uses it, and hosts of a later wave would be waited for.",
			"Put the rollout on the handler, or the task into a play of its own."))
	case block.task.ForEach != nil || block.task.Parallel > 0:
		b.addIn(block, diag.At(src.Range, diag.NoFanOut, "fan_out together with for_each or parallel",
			"A task that fans out is one exchange over all hosts.", "Write one task for each, outside of parallel blocks."))
	default:
		block.Fan = b.readFanOut(block, src)
	}
}

func (b *builder) readFanOut(block *Block, src *playbook.FanOut) *Fan {
	s := b.settings(block.in()+", fan_out", "Who gives is decided before the run, for all hosts together.")
	f := &Fan{source: src, pattern: s.text(src.From)}
	if ec := s.context(src.AllowMissing); ec != nil && src.AllowMissing != nil {
		v, ds := lang.WantBool(src.AllowMissing, ec)
		s.report(ds)
		f.AllowMissing = !ds.HasErrors() && v.IsKnown() && v.True()
	}
	return f
}

// fanNodes makes the nodes of all phases; it takes a rank for each.
func (b *builder) fanNodes(block *Block, rank int) {
	f, hosts := block.Fan, b.hostsOf(block)
	f.From = b.givers(block, hosts)
	f.Offers = b.phase(block, Offer, hosts, rank)
	f.produce = b.node(Node{Addr: addr.Node{Instance: addr.Instance{Block: block.Addr}, Phase: string(Produce)}, Block: block, Host: -1, Phase: Produce},
		schedule.Node{Role: schedule.Check, Host: -1, Spares: true})
	f.stages = b.phase(block, Stage, hosts, rank+1)
	f.verifies = b.phase(block, Verify, hosts, rank+2)
	f.Activates = b.phase(block, Activate, hosts, rank+3)
	for host, n := range f.Activates {
		if n >= 0 {
			block.at[host] = nodeRange{int32(n), 1}
		}
	}
}

// fanRanks is how many places of a host's queue a task with fan_out takes.
const fanRanks = 4

func (b *builder) phase(block *Block, phase Phase, hosts []int, rank int) []int {
	nodes := slices.Repeat([]int{-1}, len(b.plan.Hosts))
	for _, host := range hosts {
		a := addr.Node{Instance: addr.Instance{Block: block.Addr}, Host: b.plan.Hosts[host].Name}
		if phase != Activate {
			a.Phase = string(phase)
		}
		nodes[host] = b.node(Node{Addr: a, Block: block, Host: host, Phase: phase},
			schedule.Node{Role: schedule.Task, Host: host, Rank: rank, Exclusive: block.exclusive, Rollout: -1, Retry: block.Retry})
	}
	return nodes
}

// givers are the hosts of the task that `from` selects, in its order; all of them where it says nothing.
func (b *builder) givers(block *Block, hosts []int) []int {
	f := block.Fan
	if f.pattern == "" {
		return hosts
	}
	selected, ds := b.selectAt(f.pattern, f.source.From.Range())
	b.addIn(block, ds...)
	var from []int
	for _, h := range selected {
		if i := slices.Index(b.plan.Hosts, h); i >= 0 && slices.Contains(hosts, i) {
			from = append(from, i)
		}
	}
	switch {
	case len(from) > 0 || ds.HasErrors():
		return from
	case len(selected) == 0:
		return hosts // every part of the pattern may be absent, and is
	case b.in.Limit == "":
		b.addIn(block, diag.At(f.source.From.Range(), diag.NothingSelected, fmt.Sprintf("from = %q selects no host of the play", f.pattern),
			"The host that gives is one of those that the play is for.", "Choose hosts of the play, or leave `from` out."))
	}
	return from
}

// fanNeeds makes the edges between the phases; what the task itself needs was given to the offers.
func (c *connector) fanNeeds(block *Block) {
	f, b := block.Fan, c.b
	verified := c.gate(block, f.verifies)
	var activated []int
	for _, r := range block.at {
		activated = r.append(activated)
	}
	f.done = c.gate(block, activated)
	spec := b.plan.Spec.Nodes
	spec[f.produce].Needs = there(f.Offers)
	for host, r := range block.at {
		if r.count > 0 {
			spec[f.stages[host]].Needs = []int{f.produce}
			spec[f.verifies[host]].Needs = []int{f.stages[host]}
			spec[r.first].Needs = []int{verified}
		}
	}
}

// gate opens when those of the nodes have ended well whose hosts could be reached at all.
func (c *connector) gate(block *Block, nodes []int) int {
	n, s := gateNode(block.Addr)
	s.Needs, s.Spares = there(nodes), true
	return c.b.node(n, s)
}

func there(nodes []int) []int {
	return slices.DeleteFunc(slices.Clone(nodes), func(n int) bool { return n < 0 })
}
