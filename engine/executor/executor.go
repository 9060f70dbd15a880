// Package executor is the shell around the core: it carries out what schedule commands. It evaluates a node's arguments,
// turns secrets into handles, gives the module its connection, calls Check and Apply, and tells what came of it as
// events, in the journal, and as the core's Ended. What earlier processes of the run left there it takes up.
//
// One goroutine owns the core and everything that must be in order; an attempt of a node runs in a goroutine of its own,
// of which the core allows no more than Forks. Nothing here decides what may start.
package executor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/engine/transport"
)

// Options of a run.
type Options struct {
	Plan    *plan.Plan
	Mode    event.Mode
	Pool    *transport.Pool
	Secrets *secret.Store
	// Redact takes known secrets out of text; sensitive values of arguments are made known to it.
	Redact  *secret.Redactor
	Sources lang.Sources // reads the files and secrets that arguments name
	Emit    func(event.Event)
	// Stop is closed at the first Ctrl-C: nothing new begins. Cancelling the context is the second: what runs ends as
	// soon as it can, unknown where something was sent.
	Stop <-chan struct{}

	// Journal records the run; nil: nothing is recorded. Earlier is what the run's earlier processes left in it; nil: the
	// run begins.
	Journal Journal
	Earlier *journal.State
	// LeftOut are hosts that the plan has no part for because this process was told so.
	LeftOut []string
	// Steer is what people ask of the run under way; may be nil.
	Steer <-chan Steering
	// Halt says why nothing new may begin for a reason that is neither a user's nor a host's; may be nil.
	Halt <-chan Halt
	// Barred are hosts, by name, that must not be contacted in this run, and why: to it they are unreachable.
	Barred map[string]error
	// Attended says that somebody is there to promote a canary, and to say how a rollout that stopped itself goes on.
	Attended bool
	// Seed of the jitter of pauses; 0: one by chance.
	Seed uint64
}

// Halt is a reason to begin nothing new. Host, if any, must not be changed any more, not even by what runs.
type Halt struct{ Why, Host string }

// Executor is one run. Use Run.
type Executor struct {
	plan    *plan.Plan
	mode    event.Mode
	pool    *transport.Pool
	secrets *secret.Store
	redact  *secret.Redactor
	sources lang.Sources
	emit    func(event.Event)
	now     func() time.Time
	core    *schedule.Machine
	record  record
	past    *past // nil when the run begins
	earlier *journal.State
	leftOut []string

	hosts    []*hostState
	shells   shells
	results  *results
	settles  map[int]int // node that settles a handler's marker -> the handler
	fans     map[*plan.Block]*fan
	ends     chan ended
	heard    time.Time         // when what the core is told now was heard
	held     map[int]time.Time // health that has to hold -> since when every answer was good
	intents  []journal.Ticket  // of the last attempt of each node
	watch    *watch
	halted   []schedule.Halted
	asking   map[int]bool // rollouts that wait for promotion
	promoted map[int]bool // rollouts whose promotion is recorded
	attended bool
	running  int
	stopped  bool   // by the user
	aborted  bool   // likewise, by somebody who steers
	lost     string // why the control machine cannot go on
}

// ended is an attempt that ended, on its way to the owner of the core.
type ended struct {
	node int
	out  outcome
	pay  func() outcome // what is left to do once the answer proves the node; nil: nothing
}

// Run carries out a plan to its end, or from where earlier processes left it, and says how every host ended. An error means
// that the plan's spec is broken; nothing was done then.
func Run(ctx context.Context, o Options) (*event.Summary, error) {
	e := &Executor{
		plan: o.Plan, mode: o.Mode, pool: o.Pool, secrets: o.Secrets, redact: o.Redact, sources: o.Sources, emit: o.Emit, now: time.Now,
		record: record{to: o.Journal}, earlier: o.Earlier, leftOut: o.LeftOut, attended: o.Attended,
		results: newResults(o.Plan), intents: make([]journal.Ticket, len(o.Plan.Nodes)),
		ends: make(chan ended), held: map[int]time.Time{}, asking: map[int]bool{}, promoted: map[int]bool{},
	}
	e.hosts = newHosts(o.Plan, o.Barred)
	e.settles = settlers(o.Plan)
	e.fans = newFans(o.Plan)
	e.past = newPast(o.Plan, o.Earlier)
	e.recall()
	e.watch = newWatch(e)
	core, err := schedule.New(e.spec(o.Seed))
	if err != nil {
		return nil, fmt.Errorf("executor: %w", err)
	}
	e.core = core
	begin := e.now()
	e.walk(ctx, o)
	e.shells.closeAll()
	e.reportFans()
	e.reportDown()
	s := e.summary()
	s.Outputs = e.outputs()
	s.Duration = e.now().Sub(begin)
	e.record.finish(ctx, journal.Finish{ExitCode: s.ExitCode, Paused: s.Paused, Aborted: s.Aborted, Text: oneLine(s.ControlFailed)})
	return s, nil
}

// spec is what the core is given: the plan's, with what is known from earlier processes. A plan only reads, so no rollout
// holds anything back.
func (e *Executor) spec(seed uint64) schedule.Spec {
	spec := e.plan.Spec
	if e.mode == event.Plan {
		return readOnly(spec)
	}
	if spec.Seed = seed; seed == 0 {
		spec.Seed = rand.Uint64()
	}
	spec.Unattended = !e.attended
	if e.past != nil {
		spec.Before, spec.Rollouts = e.past.before(), e.past.rollouts()
	}
	return spec
}

// readOnly is the spec of a plan: nothing is rolled out, so no rollout holds a reading back.
func readOnly(s schedule.Spec) schedule.Spec {
	nodes := make([]schedule.Node, len(s.Nodes))
	for i, n := range s.Nodes {
		n.Rollout, n.Group = -1, 0
		nodes[i] = n
	}
	s.Nodes, s.Rollouts = nodes, nil
	return s
}

func (e *Executor) hostOf(node int) *hostState {
	if h := e.plan.Nodes[node].Host; h >= 0 {
		return e.hosts[h]
	}
	return nil
}
