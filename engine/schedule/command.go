package schedule

import "time"

// Command is what the machine asks for. They are carried out in order: a Start after a Persist waits for it to be
// durable.
type Command interface{ command() }

// Persist records the intent to start a node.
type Persist struct{ Node, Attempt int }

// Start runs an attempt of a node, counted from 1.
type Start struct{ Node, Attempt int }

// Finished says that a node has ended for good; it comes once for each node, the machine's own decisions included. A
// health probe that was under way when the run or its host stopped is Unknown, with the Reason.
type Finished struct {
	Node    int
	Outcome Outcome
	// Cause is the node because of which this one is NotRun, or -1; Reason says it in words when a rule held it back.
	Cause  int
	Reason Reason
}

// Reason why a node was not run.
type Reason uint8

// Reasons.
const (
	NoReason      Reason = iota
	EarlierFailed        // a node before it on the host, or one it needs, did not end well (Cause)
	CanaryFailed         // the canary did not end well
	BudgetSpent          // more hosts failed than max_failed
	NoPlaceLeft          // max_unavailable hosts of the group are down and will not come back in this run
	StoppedByUser        // Stop
	Deadlock             // rollouts wait for each other in a way that only the run shows: the plan is at fault
	NotPromoted          // the canary is well, and nobody can say that the rest may begin
	WaveOverdue          // a wave of the group took longer than it may
)

// Retrying says that an attempt, this one, did not end well and another one is due.
type Retrying struct {
	Node, Attempt int
	Due           time.Time
}

// WakeAt asks for a Wake at that time, in place of any asked for before.
type WakeAt struct{ At time.Time }

// Wave says that a wave of a rollout begins: its canary (Group -1) or one of a group's. It comes with the first unit that
// really starts there, so a wave without anything to do is not named. Hosts are those that may take part in it: in this
// process, and for the canary at most as many as may still be proved. Batch counts from 1.
type Wave struct {
	Rollout, Group, Batch, Batches int
	Hosts                          []int
}

// Soaking says, once, that the canary is well and that nothing else begins before Until.
type Soaking struct {
	Rollout int
	Until   time.Time
}

// Ask says, once, that the canary (Hosts) is well and soaked, and that nothing else begins before Promote.
type Ask struct {
	Rollout int
	Hosts   []int
}

// Halted says that a rollout, or one group of it (Group is -1 for the whole), held units back, and why. It comes once,
// when each of its units is decided: Hosts are those that had something to do and were not let, and no others. The
// Finished of each of their nodes came before, as soon as it was known.
type Halted struct {
	Rollout, Group int
	Reason         Reason
	Hosts          []int
}

// Done says that every node has finished. Nothing follows it.
type Done struct{}

func (Persist) command()  {}
func (Start) command()    {}
func (Finished) command() {}
func (Retrying) command() {}
func (WakeAt) command()   {}
func (Wave) command()     {}
func (Soaking) command()  {}
func (Ask) command()      {}
func (Halted) command()   {}
func (Done) command()     {}
