package schedule_test

import "github.com/muster-run/muster/engine/schedule"

// record is the durable record of a run: what its processes appended, in order. A process that dies loses the entries that
// nothing has waited for yet, from some point on.
type record struct {
	entries []entry
	durable int // entries that something waited for
}

type entry struct {
	kind    entryKind
	node    int // or rollout
	outcome schedule.Outcome
	notify  []int
}

type entryKind uint8

const (
	intended entryKind = iota
	outcome
	promoted
)

func (r *record) append(e entry) { r.entries = append(r.entries, e) }

// sync makes durable all up to the last intent of a node, and says whether there is one.
func (r *record) sync(node, from int) bool {
	for i := len(r.entries) - 1; i >= from; i-- {
		if e := r.entries[i]; e.kind == intended && e.node == node {
			r.durable = max(r.durable, i+1)
			return true
		}
	}
	return false
}

// lose drops some of what nothing has waited for.
func (r *record) lose(intN func(int) int) {
	r.entries = r.entries[:r.durable+intN(len(r.entries)-r.durable+1)]
	r.durable = len(r.entries)
}

// before is what a resumed run knows: of each node, and of each rollout whether it was promoted.
func (r *record) before(spec *schedule.Spec) ([]schedule.Before, []bool) {
	nodes, rollouts := make([]schedule.Before, len(spec.Nodes)), make([]bool, len(spec.Rollouts))
	for _, e := range r.entries {
		switch e.kind {
		case intended:
			nodes[e.node].Begun = true
		case promoted:
			rollouts[e.node] = true
		case outcome:
			if e.outcome.Good() {
				nodes[e.node] = schedule.Before{Outcome: e.outcome}
			}
			for _, h := range e.notify {
				if nodes[h].Outcome == schedule.Pending {
					nodes[h].Notified = true
				}
			}
		}
	}
	return nodes, rollouts
}

// resumed is the spec for a process that goes on: what its Before says of nodes, and what follows from that for rollouts.
// What nodes gave that are again is not in the record, so they run once more. knows says whether the process finds out that
// hosts beyond the canary have begun.
func (r *record) resumed(spec schedule.Spec, again []bool, knows bool) schedule.Spec {
	nodes, promoted := r.before(&spec)
	for n := range nodes {
		if again[n] && nodes[n].Outcome != schedule.Pending {
			nodes[n] = schedule.Before{}
		}
	}
	spec.Before = nodes
	spec.Rollouts = append([]schedule.Rollout(nil), spec.Rollouts...)
	for ri := range spec.Rollouts {
		ro := &spec.Rollouts[ri]
		whole, begun := unitsBefore(&spec, ri)
		ro.Promoted = promoted[ri] || (knows && !ro.Manual && len(ro.CanaryHosts) == 0 && len(whole)+len(begun) > ro.Canary)
		ro.Proved = min(len(whole), ro.Canary)
	}
	return spec
}

// unitsBefore finds the hosts whose unit in a rollout ended well before, and those whose unit was begun only.
func unitsBefore(spec *schedule.Spec, rollout int) (whole, begun map[int]bool) {
	whole, begun = map[int]bool{}, map[int]bool{}
	left := map[int]bool{}
	for n := range spec.Nodes {
		s := &spec.Nodes[n]
		if s.Rollout != rollout || spec.Before == nil {
			continue
		}
		b := spec.Before[n]
		if b.Begun || (b.Outcome != schedule.Pending && b.Outcome != schedule.NotNotified) {
			begun[s.Host] = true
		}
		if b.Outcome == schedule.Pending {
			left[s.Host] = true
		}
	}
	for h := range begun {
		if !left[h] {
			whole[h] = true
			delete(begun, h)
		}
	}
	return whole, begun
}
