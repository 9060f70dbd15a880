// Package schedule is the core of a run as a pure state machine: Step(now, event) gives commands. It decides what may
// start now, given outcomes, the hosts' queues, exclusive resources, rollouts with their budgets, and retries due.
//
// It starts no goroutine, reads no clock and does no I/O, so a schedule of faults replays exactly. It knows nodes by
// index and hosts by number; what a node does is the executor's affair.
package schedule

import "time"

// Spec is everything the machine needs to know before the run. It is not changed by it.
type Spec struct {
	Nodes    []Node
	Hosts    int // hosts are 0..Hosts-1
	Rollouts []Rollout
	// Forks is how many nodes may run at once over the whole run; 0 means no limit.
	Forks int
}

// Role of a node.
type Role uint8

// A Task runs when its turn comes; a Handler only if it was notified; a Health probe after the unit it belongs to, asked
// until it holds; a Check or a Gate has no host: a check is evaluated by the executor, a gate by the machine itself.
const (
	Task Role = iota
	Handler
	Health
	Check
	Gate
)

// Node is one node of the graph. Its index in Spec.Nodes is its identity.
type Node struct {
	Role Role
	Host int // -1 for Check and Gate
	// Rank is the node's place in its host's queue, equal ranks never on one host. A host starts a node only when all of
	// smaller rank on it have ended, unless both stand in the same Parallel block.
	Rank     int
	Parallel int // 0: none
	// Exclusive holds resources of the host, as small numbers, of which one running node at a time may hold each.
	Exclusive []int
	// Needs must all have ended well (OK, Changed, Skipped, or a handler that was not notified) before this starts; if
	// one did not, this is NotRun.
	Needs []int
	// Rollout and Group say which rollout's unit (the host's nodes in that rollout) the node belongs to; -1: none.
	Rollout int
	Group   int

	Retry Retry
	// Within and Stable are of Health: how long it may take until the probe holds, and how long it must then go on
	// holding. Every is the pause between questions, default 2 s.
	Within, Stable, Every time.Duration
}

// Retry of a node whose attempt ended in one of the classes.
type Retry struct {
	Attempts int // in all; 0 and 1: no retry
	Backoff  time.Duration
	On       []Class
}

// Class of an attempt that did not end well, as sdk.Class has them.
type Class string

// Rollout is one rolling change. Units are hosts; a unit begins with its first node and ends when its last one ended.
type Rollout struct {
	Name string
	// Groups are the hosts in order, group by group.
	Groups []Group
	// Canary is how many units must have ended well, one after another, before any other starts. CanaryHosts, when not
	// empty, names them instead.
	Canary       int
	CanaryHosts  []int
	GroupsAtOnce int // at least 1
	// MaxFailed is how many failed hosts of the run the rollout bears: with one more it starts no further unit.
	MaxFailed int
}

// Group of a rollout.
type Group struct {
	Name  string
	Hosts []int
	// MaxUnavailable is how many hosts of the group may be down at once: those whose unit is under way, and those that
	// are failed, unknown, lost or were unreachable at first contact.
	MaxUnavailable int
}
