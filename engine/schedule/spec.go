// Package schedule is the core of a run as a pure state machine: Step(now, event) gives commands. It decides what may
// start now, given outcomes, the hosts' queues, exclusive resources, rollouts with their budgets, and retries due.
//
// It starts no goroutine, reads no clock and does no I/O, so a schedule of faults replays exactly. It knows nodes by
// index and hosts by number; what a node does is the executor's affair.
//
// Its nouns: a node is a task on a host. A host's queue is its nodes by rank. A unit is a host in a rollout; it is parked
// when its turn has come on the host and not in the rollout. A place is one of the max_unavailable of a group. A wave is the
// part of a group's units that may begin before those after it. A run may take several processes; each makes a machine of
// its own and tells it, as Before, what the ones before it left.
package schedule

import "time"

// Spec is everything the machine needs to know before the run. It is not changed by it.
type Spec struct {
	Nodes    []Node
	Hosts    int // hosts are 0..Hosts-1
	Rollouts []Rollout
	// Before is what earlier processes of this run left, parallel to Nodes; nil: nothing.
	Before []Before
	// Seed is what the jitter of retries follows from: each pause differs by up to a quarter, so that hosts which failed
	// together do not come again together.
	Seed uint64
	// Unattended says that nobody can promote: a rollout that would Ask holds back what is left instead (NotPromoted).
	Unattended bool
	// Forks is how many nodes may run at once over the whole run; 0 means no limit. Hosts that have begun something go
	// before those that have not, so that few are half-way at any time.
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
	// smaller rank on it have ended, unless both stand in the same Parallel block: nodes next to each other in rank with
	// the same number. When a node does not end well, NotRun included, its host starts nothing more.
	Rank     int
	Parallel int // 0: none; never of a Handler
	// Exclusive holds resources of the host, as numbers from 0 to 63, of which one running node at a time may hold each.
	Exclusive []int
	// Needs must all have ended well (OK, Changed, Skipped, or a handler that was not notified) before this starts; if
	// one did not, this is NotRun. A node that waits for a need holds up its host's queue behind it.
	Needs []int
	// Spares leaves out of Needs those that came to nothing because their host was unreachable at first contact: the node
	// goes on with the rest. When nothing is left, it is NotRun.
	Spares bool
	// Rollout and Group say which rollout's unit (the host's nodes in that rollout) the node belongs to; -1: none. A node
	// of a unit must not need, through others, a node of another unit of the same rollout: such a run ends in Deadlock.
	Rollout int
	Group   int

	Retry Retry
	// Within and Stable are of Health: how long it may take, from the first question, until the probe has held for
	// Stable; default 5 min, and 0: one good answer is enough. A bad answer begins Stable anew. Every is the pause between
	// questions, default 2 s. A probe is asked only if something of its unit ran.
	Within, Stable, Every time.Duration
}

// Retry of a node whose attempt ended in one of the classes. It keeps its place in the queue; its exclusive resources are
// free until the next attempt.
type Retry struct {
	Attempts int           // in all; 0 and 1: no retry
	Backoff  time.Duration // before the second attempt; it doubles with each, up to 5 min, give or take a quarter (Spec.Seed)
	On       []Class
}

// Class of an attempt that did not end well, as sdk.Class has them.
type Class string

// Rollout is one rolling change. Units are hosts; a unit begins with its first node that really starts and ends when its
// last one ended. A host that had nothing to do never took a place.
type Rollout struct {
	Name string
	// Groups are the hosts in order, group by group.
	Groups []Group
	// Canary is how many units must have ended well, one after another in the order of Groups, before any other starts:
	// each host is waited for until it is known whether it has something to do. CanaryHosts, when not empty, names them
	// instead. One that does not end well halts the rollout.
	Canary      int
	CanaryHosts []int
	// Soak is the time between the last canary host's good end, or the Begin of a process that found it proved, and the
	// first other host. Manual: then Ask, and wait for Promote. A canary host that fails or is observed to be down before
	// the others may begin is a canary that failed. A canary in which no host had a part is not soaked, only asked for.
	Soak   time.Duration
	Manual bool
	// Promoted says that an earlier process had the promotion, or that hosts beyond the canary began in one: no canary, soak
	// or Ask again. Proved counts, for Canary, the units that earlier processes saw end well and that have no node left to
	// run; they are taken to be the first such ones in the order of Groups.
	Promoted     bool
	Proved       int
	GroupsAtOnce int // at least 1
	// MaxFailed is how many failed hosts of the run the rollout bears: with one more it starts no further unit.
	MaxFailed int
}

// Group of a rollout.
type Group struct {
	Name  string
	Hosts []int
	// MaxUnavailable is how many hosts of the group may be down at once: those whose unit is under way, those that are
	// failed, unknown, lost or were unreachable at first contact, and those observed to be down. A unit that ended well frees
	// its place, whatever was observed before; one that did not keeps it. At least 1.
	MaxUnavailable int
	// Batches are the sizes of the waves that the group is cut into, those of its units that have not ended when it opens,
	// in order; the last size repeats. A wave begins when every unit of the one before it has ended. None: one wave.
	Batches []int
	// Within is how long one wave, or one canary unit, may take: from its first start, or from when it would have started but
	// for a host observed to be down, to its last end. Then the group begins no further unit (WaveOverdue); those under way
	// go to their end. 0: as long as it takes.
	Within time.Duration
	// Gone is how many hosts of the group are down and have no part in this run; they take places, and are not in Hosts.
	Gone int
}

// Before is what is known of a node when a run is resumed.
type Before struct {
	// Outcome, of those that are good: the node ended so. It is not run again, gives no Finished, and what needs it may
	// start; the rest says nothing then. Pending: it has not ended.
	Outcome Outcome
	// Begun says that the node was started and has no good end. If it is in a unit, the host is down from the start, its
	// place is taken, and the unit goes on before any other of its rollout begins.
	Begun bool
	// Notified, of a Handler: it is owed, and runs when its turn comes.
	Notified bool
}
