package schedule

import "time"

// Event is what the executor tells the machine: Begin, Ended, Wake or Stop.
type Event interface{ event() }

// Begin starts the run.
type Begin struct{}

// Ended says how an attempt of a node ended.
type Ended struct {
	Node    int
	Outcome Outcome
	// Class, for an outcome that is not good, is what Retry.On is compared with; none: not to be repeated, as when a once
	// operation is unknown.
	Class Class
	// Notify names handlers (node indexes, on the same host) that the node notifies: it changed something, or found
	// that what is stored is not yet in effect. It counts even if the attempt did not end well, and once however often.
	Notify []int
}

// Wake says that the time of a WakeAt has come.
type Wake struct{}

// Stop says that nothing new may begin; what runs may end. It is Ctrl-C, or a journal that failed.
type Stop struct{ Reason string }

func (Begin) event() {}
func (Ended) event() {}
func (Wake) event()  {}
func (Stop) event()  {}

// Outcome is how a node, or one attempt of it, ended.
type Outcome uint8

// Outcomes. The last three are given only by the machine.
const (
	Pending     Outcome = iota
	OK                  // as it should be, nothing changed
	Changed             //
	Skipped             // its condition is false
	Failed              // the host answered, and it is wrong
	Unreachable         // no connection at first contact: nothing was sent, in no attempt and by no node of the host
	Lost                // the connection went away during the run and did not come back
	Unknown             // an effect was sent, and nobody knows what became of it
	NotRun              // something before it did not end well, or a rule held it back
	NotNotified         // a handler that nobody notified
)

// Good reports whether what depends on the node may start.
func (o Outcome) Good() bool {
	return o == OK || o == Changed || o == Skipped || o == NotNotified
}

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
)

// Retrying says that an attempt, this one, did not end well and another one is due.
type Retrying struct {
	Node, Attempt int
	Due           time.Time
}

// WakeAt asks for a Wake at that time, in place of any asked for before.
type WakeAt struct{ At time.Time }

// Wave says that a stage of a rollout begins: its canary (Group -1) or a group. It comes with the first unit that really
// starts there, so a stage without anything to do is not named.
type Wave struct{ Rollout, Group int }

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
func (Halted) command()   {}
func (Done) command()     {}
