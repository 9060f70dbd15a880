package plan

import (
	"math"
	"time"

	"github.com/muster-run/muster/engine/addr"
)

// backstops gives every group the time that one of its waves may take at most. It is no schedule that anybody wants to
// come near: twice what everything takes if each attempt, retry and question uses up all of its time. It ends a wave that
// would otherwise never be over.
func (b *builder) backstops() {
	for i := range b.plan.Spec.Rollouts {
		spec := &b.plan.Spec.Rollouts[i]
		unit := b.unitTime(i)
		before := b.timeBefore(i)
		for g := range spec.Groups {
			group := &spec.Groups[g]
			wave := len(group.Hosts)
			if len(group.Batches) > 0 {
				wave = 0
				for _, n := range group.Batches {
					wave = max(wave, n)
				}
				wave = min(wave, len(group.Hosts))
			}
			atOnce := group.MaxUnavailable
			if f := b.in.Forks; f > 0 {
				atOnce = min(atOnce, max(1, f/spec.GroupsAtOnce))
			}
			group.Within = times(sum(before, times(unit, rounds(wave, atOnce))), 2)
		}
	}
}

// unitTime is the longest that a host's unit of a rollout takes.
func (b *builder) unitTime(rollout int) time.Duration {
	var d time.Duration
	for _, block := range b.plan.Blocks {
		if b.rolloutAt(block) == rollout {
			d = sum(d, b.blockTime(block))
		}
	}
	return d
}

// timeBefore is the longest that hosts of a wave may have to wait for what stands before their units in the global order:
// a handler's wave begins when the first of its hosts does, and others of them may still be at their tasks. A rollout
// before this one soaks meanwhile, and may wait for a person.
func (b *builder) timeBefore(rollout int) time.Duration {
	var d, waiting time.Duration
	soaks := map[int]bool{}
	for _, block := range b.plan.Blocks {
		at := b.rolloutAt(block)
		if at == rollout {
			d, waiting = sum(d, waiting), 0
			continue
		}
		if at >= 0 && !soaks[at] {
			soaks[at] = true
			waiting = sum(waiting, b.plan.Spec.Rollouts[at].Soak)
			if b.plan.Spec.Rollouts[at].Manual {
				waiting = sum(waiting, personTime)
			}
		}
		hosts := 0
		for _, r := range block.at {
			if r.count > 0 {
				hosts++
			}
		}
		atOnce := b.in.Forks
		if at >= 0 {
			atOnce = 1 // one host after another, at worst
		}
		waiting = sum(waiting, times(b.blockTime(block), rounds(hosts, atOnce)))
	}
	return d
}

// rolloutAt is the rollout that a block's nodes are in; -1: none.
func (b *builder) rolloutAt(block *Block) int {
	for _, r := range block.at {
		if r.count > 0 {
			return b.plan.Spec.Nodes[r.first].Rollout
		}
	}
	return -1
}

// blockTime is the longest that a block's nodes on one host take, retries included.
func (b *builder) blockTime(block *Block) time.Duration {
	if block.Addr.Kind == addr.Health {
		return sum(block.within, block.Timeout)
	}
	attempts := max(1, block.Retry.Attempts)
	d := times(block.Timeout, attempts)
	for pause, i := min(block.Retry.Backoff, mostBackoff), 1; i < attempts; i++ {
		d = sum(d, pause+pause/4)
		pause = min(2*pause, mostBackoff)
	}
	nodes := 0
	for _, r := range block.at {
		nodes = max(nodes, int(r.count))
	}
	if block.Fan != nil {
		nodes = fanRanks + 1
	}
	return times(d, nodes)
}

// personTime is how long a person may take to answer before those who wait behind are given up.
const personTime = 7 * 24 * time.Hour

// mostBackoff is where the core stops doubling the pause before another attempt.
const mostBackoff = 5 * time.Minute

// rounds is how often atOnce hosts fit into hosts; 0 at once means all.
func rounds(hosts, atOnce int) int {
	switch {
	case hosts == 0:
		return 0
	case atOnce <= 0:
		return 1
	}
	return (hosts + atOnce - 1) / atOnce
}

// sum and times stop at the longest duration there is.
func sum(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func times(d time.Duration, n int) time.Duration {
	if n > 0 && d > math.MaxInt64/time.Duration(n) {
		return math.MaxInt64
	}
	return d * time.Duration(n)
}
