package schedule

// Event is what the executor tells the machine.
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

// Pause holds the run: no unit begins, and no node of a host that has no unit under way. What has begun goes on, retries
// included, and units under way go to their end with their health. A soak goes on, the clock of a wave stands. Checks and
// gates, which are on no host, are not held.
type Pause struct{}

// Continue takes Pause back.
type Continue struct{}

// Promote is the answer to an Ask: the rest of the rollout may begin. It changes nothing where nothing was asked, or where
// the canary failed meanwhile.
type Promote struct{ Rollout int }

// Observed says how a host is found outside of its nodes. One that is down takes a place in each of its groups until it is
// found well; it counts for no failure. A canary host that is down while its rollout soaks or waits for the promotion is a
// canary that failed.
type Observed struct {
	Host int
	Down bool
}

func (Begin) event()    {}
func (Ended) event()    {}
func (Wake) event()     {}
func (Stop) event()     {}
func (Pause) event()    {}
func (Continue) event() {}
func (Promote) event()  {}
func (Observed) event() {}

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
