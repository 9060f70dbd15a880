// Package event holds what happens in a run: every fact is one Event in one ordered stream, and displays, reports and
// the journal are sinks of it. Events are idempotent by Node, so that a slow sink may merge progress.
//
// Nothing here decides anything, and text in an event is already redacted and printable.
package event

import (
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
)

// Type says what happened; the string is the name in JSON output.
type Type string

// All types there are. Additions are allowed in a minor version of the JSON format; renaming is not.
const (
	RunStarted     Type = "run_started"     // Run
	NodeStarted    Type = "node_started"    // Node, Attempt
	NodeProgress   Type = "node_progress"   // Node, Text
	NodeLog        Type = "node_log"        // Node, Text
	NodeRetrying   Type = "node_retrying"   // Node, Attempt, Text (why), Due
	NodeFinished   Type = "node_finished"   // Node, Status, Changes, Notes, Pending, Duration, Diag
	RolloutWave    Type = "rollout_wave"    // Text: what begins, Hosts
	RolloutSoaks   Type = "rollout_soaks"   // Text, Due: until when the canary is only watched
	RolloutWaits   Type = "rollout_waits"   // Text, Hosts: the canary is well, and somebody has to promote it
	Promoted       Type = "promoted"        // Text: which rollout, and by whom
	RolloutStopped Type = "rollout_stopped" // Text: by which rule, Hosts held back
	HostDown       Type = "host_down"       // Node.Host, Text: a host went down that nobody was changing
	HostUp         Type = "host_up"         // Node.Host, Text: it answers well again
	Paused         Type = "paused"          // Text: by whom; no host begins
	Continued      Type = "continued"       // Text: by whom
	Diagnostic     Type = "diagnostic"      // Diag, not tied to a node
	Interrupted    Type = "interrupted"     // Text
	RunFinished    Type = "run_finished"    // Summary
)

// Status is the end of a node, or of a host.
type Status string

// A node ends in exactly one of these. WouldChange and WouldRun stand only in plans.
const (
	OK          Status = "ok"
	Changed     Status = "changed"
	WouldChange Status = "would_change"
	WouldRun    Status = "would_run" // a handler that an apply would run
	Unsure      Status = "unsure"    // a plan cannot tell: Text says why
	Failed      Status = "failed"
	Skipped     Status = "skipped"     // its `when` is false
	Unreachable Status = "unreachable" // no connection at first contact
	Unknown     Status = "unknown"     // an effect was sent, its outcome is not known
	NotRun      Status = "not_run"     // something before it failed, or a rollout's rule held it back: Text says what
	NotNotified Status = "not_notified"
)

// Event is one fact of a run.
type Event struct {
	Seq      uint64
	Time     time.Time
	Type     Type
	Node     addr.Node
	Module   string
	Status   Status
	Attempt  int
	Text     string
	Changes  []Change
	Notes    []string
	Pending  string
	Due      time.Time
	Duration time.Duration
	Hosts    []string
	Diag     *diag.Diagnostic
	Run      *Run
	Summary  *Summary
}

// Change is one line of a diff, equal text for equal changes on different hosts.
type Change struct{ What, Before, After string }

// Run describes a run as it begins, or as it goes on.
type Run struct {
	Playbook string
	Mode     Mode
	Number   int  // in the journal; 0: it is not recorded
	Resumed  bool // an earlier process began it
	Hosts    []string
	Plays    []string
	// Addresses of Hosts, for sinks that tell what differs between hosts by nothing but that.
	Addresses []string
}

// Mode of a run.
type Mode string

// Plan reads only; Apply changes.
const (
	Plan  Mode = "plan"
	Apply Mode = "apply"
)

// Summary is the end of a run: of all of it, also of what earlier processes did before it was resumed. Every host stands in
// exactly one class of Hosts or in LeftOut.
type Summary struct {
	ExitCode    int
	Duration    time.Duration       // of this process
	Hosts       map[Status][]string // Changed, OK, Failed, Unreachable, Unknown, NotRun (and WouldChange, Unsure in plans)
	Nodes       map[Status]int
	Restarts    int      // handlers that ran
	HeldBack    []string // hosts that a rollout's rule did not let begin
	Unfinished  []string // hosts in class NotRun on which something was changed all the same: they are half-way
	LeftOut     []string // hosts that this process was told to leave out, and that are not done
	Down        []string // hosts that were well after their restart and are down now; they stand in class Failed, too
	Interrupted bool     // by a signal, or Aborted
	Aborted     bool     // by somebody who steered
	// Paused says that a rollout that pauses on failure was stopped by its rule and that somebody is there to say how to go
	// on: the run is over for now, and can be resumed or aborted.
	Paused            bool
	WaitsForPromotion []string // rollouts whose canary is well and that nobody could promote
	// ControlFailed says why the control machine could not go on: its journal, or a lease that it lost. Nothing is wrong
	// with the hosts then.
	ControlFailed string
	Outputs       map[string]Output
}

// Output is a value of an output block, rendered; a sensitive one shows as "(sensitive)".
type Output struct {
	Value     string // JSON
	Sensitive bool
}
