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
	RolloutStopped Type = "rollout_stopped" // Text: by which rule, Hosts held back
	HostFinished   Type = "host_finished"   // Node.Host, Status
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

// Run describes a run as it begins.
type Run struct {
	Playbook string
	Mode     Mode
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

// Summary is the end of a run. Every host stands in exactly one class.
type Summary struct {
	ExitCode    int
	Duration    time.Duration
	Hosts       map[Status][]string // Changed, OK, Failed, Unreachable, Unknown, NotRun (and WouldChange, Unsure in plans)
	Nodes       map[Status]int
	Restarts    int // handlers that ran
	HeldBack    []string
	Interrupted bool
	Outputs     map[string]Output
}

// Output is a value of an output block, rendered; a sensitive one shows as "(sensitive)".
type Output struct {
	Value     string // JSON
	Sensitive bool
}
