package sdk

import (
	"context"
	"time"
)

// Module is one thing a task can ask for. Optional abilities are interfaces of their own: Validator, FanOut.
//
// Methods are called concurrently for different hosts, so a Module keeps no state per host; what must outlive one call
// belongs in the shell's memory (Shell.Memory) or on the host.
type Module interface {
	// Describe says what the module takes and is. It is called once per process and does no I/O.
	Describe() Description

	// Check reads the host and says whether Apply would change it. It changes nothing. It is never called with unknown
	// arguments. An error that is a *Failure is shown to the user with its parts; any other error is shown as it is.
	Check(ctx context.Context, req *Request) (*CheckResult, error)

	// Apply brings the host to what the arguments say and reads back what it wrote. The engine calls it only after a
	// Check of the same node that said Change.
	Apply(ctx context.Context, req *Request) (*ApplyResult, error)
}

// Validator is a module that judges its arguments beyond their types, before any host is contacted.
type Validator interface {
	// Validate sees the arguments as the playbook gives them: parts not known before the run are unknown cty values,
	// and req.Conn is nil. It returns what is wrong, at argument paths; it does no I/O.
	Validate(ctx context.Context, req *Request) []Problem
}

// Kind says what a second Apply would do.
type Kind string

const (
	State  Kind = "state"  // a second apply reports no change
	Action Kind = "action" // every apply acts
	Probe  Kind = "probe"  // changes nothing; may stand in a health block
)

// Description is a module's face: for the engine, which checks playbooks against it, and for `muster docs`.
type Description struct {
	Name    string // snake_case; what a task's first label says
	Summary string // one sentence
	Doc     string // Markdown: what it reads and writes on the host, what is assumed, what it cannot prove
	Example string // HCL of one task that uses it
	Kind    Kind

	Args    Schema // what a task gives
	Outputs Schema // what `task.NAME.attr` can read; all optional in results

	// HostData names the host.data keys the module reads; the engine passes those and no others.
	HostData []Attribute

	// Exclusive names resources of a host of which one node at a time may hold each, such as "cli".
	Exclusive []string

	// Probes says that Check honours Request.Unfinished, so that a run that died can be resumed over this module. Only for
	// an Action: what a State module's earlier attempt did, its plain Check sees.
	Probes bool
}

// Host is the managed host a node runs on.
type Host struct {
	Name    string // as in the inventory
	Address string // what the engine connects to, without port
}

// Request is what Validate, Check and Apply are given.
type Request struct {
	Host Host
	// Args is the decoded arguments (see Decode); Data the host.data values that the module declared.
	Args Object
	Data Object
	Conn Conn
	// Unfinished is set for Check only, and only of a module that Probes: an earlier attempt of this node has no outcome.
	// Check then answers NoChange when the host shows that it was done (a note says how), Change when it shows that it was
	// not, Unknown with a reason when it cannot be told; one that is still under way it waits for.
	Unfinished *Unfinished
	// Report carries what a person may want to see while the call runs. Never nil.
	Report Reporter
}

// Unfinished is an earlier attempt that sent an operation of effect Once and whose end nobody knows.
type Unfinished struct {
	// Since is when the engine was about to send it, by the control machine's clock, which need not agree with the host's;
	// what the module left on the host before the operation proves more.
	Since time.Time
}

// Reporter streams to the run's events. Text is redacted and made printable by the engine.
type Reporter interface {
	// Log is kept with the node and shown on demand.
	Log(text string)
	// Progress replaces what was shown before for this node.
	Progress(text string)
}
