package sdk

// Verdict is the answer of a Check.
type Verdict string

const (
	NoChange Verdict = "no_change" // the host is as the arguments say
	Change   Verdict = "change"    // Apply would change it; Diff says what
	Unknown  Verdict = "unknown"   // cannot be told before the run; Reason says why
)

// CheckResult is what Check found. For a probe, NoChange means that the condition holds; one that does not hold is an
// error.
type CheckResult struct {
	Verdict Verdict
	Reason  string // for Unknown, one clause: "the server does not show the anchor's bytes"
	Diff    []Diff

	// Pending is set when what is stored is right but not yet in effect, such as "restart pending: port 8012 still
	// presents the old certificate". The engine then notifies the task's handlers although nothing changes.
	Pending string

	// Notes are shown in the plan beside the diff: a warning, what is assumed, what could not be proved.
	Notes []string

	// Outputs is a value of the Outputs schema as far as it is known without a change.
	Outputs Object
}

// ApplyResult is what Apply did.
type ApplyResult struct {
	Changed bool
	Diff    []Diff
	Notes   []string
	Outputs Object
}

// Diff is one line of a change. Identical lines are shown once for all hosts, so nothing in it may differ between hosts
// without need.
type Diff struct {
	What   string // what changes: `trust anchor webexclientroot2023`, `ciphers`
	Before string // empty: was not there
	After  string // empty: is taken away
}
