package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// fan is a task with fan_out under way: who holds what, who gives, and what. The phases' order is the core's affair; here
// is only what they tell each other.
type fan struct {
	mu      sync.Mutex
	offers  map[int]*sdk.OfferResult // by host
	source  int                      // the host that gives; -1: nobody has to
	made    bool                     // the source makes what nobody holds
	payload *sdk.Payload
	holds   map[int]string // digest of what a host holds at the end, where it is known
}

func newFans(p *plan.Plan) map[*plan.Block]*fan {
	fans := map[*plan.Block]*fan{}
	for _, block := range p.Blocks {
		if block.Fan != nil {
			fans[block] = &fan{offers: map[int]*sdk.OfferResult{}, source: -1, holds: map[int]string{}}
		}
	}
	return fans
}

// phase is the life of a node of such a task on one host; Produce has no host and is apart.
func (e *Executor) phase(ctx context.Context, n int, conn *nodeConn, req *sdk.Request) (outcome, error) {
	node := e.plan.Nodes[n]
	f, module := e.fans[node.Block], node.Block.Module.(sdk.FanOut)
	if node.Phase == plan.Offer {
		if err := e.readMarkers(ctx, conn); err != nil {
			return outcome{}, err
		}
		offer, err := module.Offer(ctx, req)
		if err != nil {
			return outcome{}, err
		}
		f.offered(node.Host, offer)
		return outcome{core: schedule.OK, status: event.OK}, nil
	}
	activate := node.Block.Fan.Activates[node.Host]
	if e.mode == event.Plan || !f.receives(node.Host, e.past.sent(activate), e.past.activated(activate)) {
		return e.settled(n, f), nil
	}
	for _, part := range f.payload.Parts {
		conn.grant(part.ID)
	}
	switch node.Phase {
	case plan.Stage:
		return outcome{core: schedule.OK, status: event.OK}, module.Stage(ctx, req, f.payload)
	case plan.Verify:
		return outcome{core: schedule.OK, status: event.OK}, module.Verify(ctx, req, f.payload)
	}
	return e.activate(ctx, n, conn, req)
}

func (e *Executor) activate(ctx context.Context, n int, conn *nodeConn, req *sdk.Request) (outcome, error) {
	node := e.plan.Nodes[n]
	f := e.fans[node.Block]
	conn.owed = e.leaveMarkers(n)
	done, err := node.Block.Module.(sdk.FanOut).Activate(ctx, req, f.payload)
	if err != nil {
		return outcome{}, err
	}
	f.activated(node.Host)
	return e.applied(ctx, n, conn, done)
}

// settled is the outcome of a phase that has nothing to do on its host: the host gives, or holds it already, or this is a
// plan.
func (e *Executor) settled(n int, f *fan) outcome {
	node := e.plan.Nodes[n]
	if node.Phase != plan.Activate {
		return outcome{core: schedule.Skipped, status: event.Skipped}
	}
	out := outcome{core: schedule.OK, status: event.OK}
	f.mu.Lock()
	defer f.mu.Unlock()
	mine, source := f.offers[node.Host], f.source
	switch {
	case source < 0 || mine == nil:
	case source == node.Host && f.made:
		out.core, out.status, out.notify = schedule.Changed, event.WouldChange, true
		out.changes = []event.Change{{What: node.Addr.Name, Before: short(mine.Digest), After: f.origin("this host")}}
	case e.mode == event.Apply || source == node.Host:
	case f.made:
		out.core, out.status, out.notify = schedule.Changed, event.WouldChange, true
		out.changes = []event.Change{{What: node.Addr.Name, Before: short(mine.Digest), After: f.origin(e.plan.Hosts[source].Name)}}
	case mine.Digest == "" || f.offers[source].Digest == "":
		out.status, out.notify, out.text = event.Unsure, true, "a server does not show what it holds"
		if mine.Note != "" {
			out.text = mine.Note
		}
	case mine.Digest != f.offers[source].Digest:
		out.core, out.status, out.notify = schedule.Changed, event.WouldChange, true
		out.changes = []event.Change{{What: node.Addr.Name, Before: short(mine.Digest), After: short(f.offers[source].Digest) + " from " + e.plan.Hosts[source].Name}}
	}
	if e.mode == event.Plan && out.core == schedule.Changed {
		e.hosts[node.Host].wouldChange.Store(true)
	}
	if e.mode == event.Apply && out.status == event.WouldChange {
		out.status = event.Changed
	}
	out.value = e.fanValue(n, out.status == event.Changed)
	return out
}

// origin says where comes from what no host is known to hold: a giver that cannot tell what it holds may only give it.
func (f *fan) origin(host string) string {
	if f.offers[f.source].Everyone {
		return "made anew on " + host
	}
	return "from " + host + ", made there if there is none"
}

// produce elects the host that gives and has it make the payload ready; one that is down before that hands over to the
// next.
func (e *Executor) produce(ctx context.Context, n, attempt int) outcome {
	block := e.plan.Nodes[n].Block
	f := e.fans[block]
	candidates, need := f.elect(block.Fan.From)
	halfDone := func(host int) bool {
		n := block.Fan.Activates[host]
		return n >= 0 && e.past.sent(n)
	}
	if whole := slices.DeleteFunc(slices.Clone(candidates), halfDone); len(whole) < len(candidates) {
		// One that died while it activated receives once more, so that nothing staged is left on it, and gives only if
		// nobody else can.
		candidates, need = append(whole, slices.DeleteFunc(candidates, func(h int) bool { return !halfDone(h) })...), true
	}
	if !need {
		return outcome{core: schedule.OK, status: event.OK}
	}
	if err := e.noneMissing(block, f, candidates[0]); err != nil {
		return e.failedOn(ctx, block.Fan.Offers[candidates[0]], attempt, err)
	}
	if e.mode == event.Plan {
		f.source = candidates[0]
		return outcome{core: schedule.OK, status: event.OK}
	}
	var last outcome
	for _, host := range candidates {
		offer := block.Fan.Offers[host]
		last = e.call(ctx, offer, attempt, e.plan.Scope(offer, e.results), e.produceOn(n, host))
		if last.core == schedule.OK || last.core != schedule.Unreachable && last.core != schedule.Lost {
			return last
		}
		e.emit(event.Event{Type: event.NodeLog, Node: e.plan.Nodes[n].Addr, Text: e.plan.Hosts[host].Name + " is down and cannot give; asking the next"})
	}
	return last
}

// produceOn asks a host for the payload. One that makes it anew changes there and then, and owes its handlers from then on,
// whatever becomes of the others.
func (e *Executor) produceOn(n, host int) asking {
	block := e.plan.Nodes[n].Block
	f := e.fans[block]
	return func(ctx context.Context, _ int, conn *nodeConn, req *sdk.Request) (outcome, error) {
		conn.node = e.plan.Nodes[n].Addr.String()
		if f.made {
			conn.owed = e.leaveMarkers(block.Fan.Activates[host])
		}
		p, err := block.Module.(sdk.FanOut).Produce(ctx, req)
		if err != nil {
			return outcome{}, err
		}
		if p == nil || p.Digest == "" {
			return outcome{}, errors.New("the module produced something without a digest")
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.payload, f.source, f.holds[host] = p, host, p.Digest
		return outcome{core: schedule.OK, status: event.OK, value: produced(p.Digest)}, nil
	}
}

// failedOn is the failure of a node that has no host, told as of the host it is about.
func (e *Executor) failedOn(ctx context.Context, offer, attempt int, err error) outcome {
	conn := e.newConn(offer, attempt, e.hostOf(offer))
	defer conn.done()
	return e.failed(ctx, offer, attempt, conn, err)
}

// noneMissing refuses to replace what all hosts hold while some of them are not there.
func (e *Executor) noneMissing(block *plan.Block, f *fan, giver int) error {
	if !f.offers[giver].Everyone || block.Fan.AllowMissing {
		return nil
	}
	var missing []string
	for host, node := range block.Fan.Offers {
		if node >= 0 && f.offers[host] == nil {
			missing = append(missing, e.plan.Hosts[host].Name)
		}
	}
	missing = append(missing, e.leftOutOf(block)...)
	if len(missing) == 0 {
		return nil
	}
	return &sdk.Failure{
		Summary: "hosts of " + block.Addr.Name + " are missing",
		Why:     "what is made new replaces what every host holds, and these would keep the old: " + fmt.Sprint(missing),
		State:   "nothing was made and nothing was changed",
		Do:      []string{"run again when they can be reached", "or write fan_out { allow_missing = true }, and run again later to complete them"},
		Err:     transport.ErrUnreachable,
	}
}

// leftOutOf are the hosts that had a part in a task in earlier processes and have none in this one.
func (e *Executor) leftOutOf(block *plan.Block) []string {
	if e.earlier == nil {
		return nil
	}
	var out []string
	for _, name := range e.earlier.Begin.Hosts {
		offer := addr.Node{Instance: addr.Instance{Block: block.Addr}, Host: name, Phase: string(plan.Offer)}
		here := slices.ContainsFunc(e.hosts, func(h *hostState) bool { return h.name == name })
		if !here && e.earlier.Nodes[offer.String()] != nil {
			out = append(out, name)
		}
	}
	return out
}

// short is a digest as people compare it.
func short(digest string) string {
	const enough = 12
	if len(digest) <= enough {
		return digest
	}
	return digest[:enough] + "…"
}
