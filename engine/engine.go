// Package engine is a whole run on one page: load, plan, walk, summarise.
//
// It receives its modules and its dialer as interfaces, so it runs in a test with modules in the same process and no
// network, and it never learns what a plugin or SSH is.
package engine

import (
	"context"
	"fmt"
	"maps"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/executor"
	"github.com/muster-run/muster/engine/inventory"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/plan"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// Options is what a command line gives.
type Options struct {
	Playbook    string            // file or directory
	Inventories []string          // files or directories; none: only structure and schemas are checked
	Limit       string            // pattern
	Vars        map[string]string // --var; a value is HCL where the variable's type is not string
	VarFiles    []string
	Environ     []string // for MUSTER_VAR_x
	Tags        []string
	Targets     []string
	Version     string // of muster, for requires
	Forks       int    // nodes running at once over all hosts; 0: 50
	WorkDir     string
	Exclude     []plan.Excluded // hosts that are left out although the limit selects them; see Excluded

	Modules Modules
	Dialer  transport.Dialer
	Sinks   []event.Sink
	// Prompt asks the operator for a secret; nil when there is no terminal.
	Prompt func(ctx context.Context, name string) ([]byte, error)
}

// Modules finds modules by the name that a playbook writes.
type Modules interface {
	// Module returns the module; the error names the nearest one when there is none.
	Module(ctx context.Context, name string) (sdk.Module, error)
	// Names lists all modules there are, for "did you mean".
	Names() []string
}

// Run is a playbook that was found right: its plan, and what it takes to carry it out.
type Run struct {
	options   Options
	playbook  *playbook.Playbook
	inventory *inventory.Inventory
	plan      *plan.Plan
	files     map[string][]byte
	redact    *secret.Redactor
	store     *secret.Store
	sources   *sources
	pool      *transport.Pool // connections live as long as the Run, so that an apply uses those of its plan
}

// Load does all that needs no host: it reads playbook and inventory, builds the graph, and has every argument judged. The
// Run is never nil, so that the diagnostics can be shown with the files' text; it is fit to execute only when none of them
// is an error.
func Load(ctx context.Context, o Options) (*Run, diag.Diagnostics) {
	r := &Run{options: o, files: map[string][]byte{}, redact: secret.NewRedactor()}
	r.store = secret.NewStore(r.redact)
	r.pool = transport.NewPool(transport.Retry(transport.Ramp(o.Dialer, o.forks()), transport.RetryOptions{}))
	pb, ds := playbook.Load(o.Playbook)
	if pb == nil {
		return r, ds
	}
	r.playbook = pb
	maps.Copy(r.files, pb.Sources)
	if len(o.Inventories) > 0 {
		inv, more := inventory.Load(o.Inventories)
		ds = append(ds, more...)
		if inv != nil {
			r.inventory = inv
			maps.Copy(r.files, inv.Sources)
		}
	}
	if ds.HasErrors() {
		return r, ds
	}
	r.sources = newSources(&lang.Files{Dir: pb.Dir, WorkDir: o.WorkDir}, r.store, o.Prompt)
	p, more := plan.Build(ctx, plan.Input{
		Playbook: pb, Inventory: r.inventory, Modules: o.Modules, Sources: r.sources,
		Inputs: lang.Inputs{Files: o.VarFiles, Environ: o.Environ, Vars: o.Vars},
		Limit:  o.Limit, Exclude: o.Exclude, Tags: o.Tags, Targets: o.Targets, Forks: o.forks(), Version: o.Version,
		Secret: func(text string) { r.redact.Add(secret.NewValue([]byte(text))) },
	})
	r.plan = p
	ds = append(ds, more...)
	return r, r.clean(append(ds, r.sources.files.Notes()...))
}

// clean takes sensitive values out of diagnostics: what is wrong with a value is often said with the value.
func (r *Run) clean(ds diag.Diagnostics) diag.Diagnostics {
	for i := range ds {
		d := &ds[i]
		for _, text := range []*string{&d.Summary, &d.Detail, &d.Advice, &d.In, &d.Source} {
			*text = r.redact.String(*text)
		}
	}
	return ds
}

// forks is the limit in force. One connection and one worker cost little, so the default is high; what protects a fleet
// is a rollout, not a small number here.
func (o Options) forks() int {
	if o.Forks > 0 {
		return o.Forks
	}
	return 50
}

// Plan is the graph of the run.
func (r *Run) Plan() *plan.Plan { return r.plan }

// Files holds the bytes of every file that was read, for snippets.
func (r *Run) Files() map[string][]byte { return r.files }

// Close ends the run's connections and forgets its secrets.
func (r *Run) Close() {
	_ = r.pool.Close()
	_ = r.store.Close()
}

// Walk says how a Run is carried out once. A run that paused is walked again, with what its journal says by then.
type Walk struct {
	// Mode Plan only reads; Apply changes.
	Mode   event.Mode
	Number int // of the run in the journal; 0: it is not recorded
	// Stop is closed to let what runs end and begin nothing new. Cancelling the context abandons what runs.
	Stop <-chan struct{}
	// Steer is what people ask of the run under way; may be nil. Attended says that there are some: a canary waits for them
	// to be promoted, and a rollout that stopped itself for them to say how to go on.
	Steer    <-chan executor.Steering
	Attended bool
	// Journal records what is done; nil: nothing is. It is not closed. Earlier is what it says of earlier processes.
	Journal executor.Journal
	Earlier *journal.State
	// Lease is what keeps other runs off the hosts, as Lock gives it; may be nil. A host that it does not hold is not
	// contacted, and with one that is lost the run stops.
	Lease Lease
	Seed  uint64 // of the jitter of pauses; 0: one by chance
}

// Walk carries the run out and says how it ended. An error is our fault, not the playbook's: nothing was contacted then.
func (r *Run) Walk(ctx context.Context, w Walk) (*event.Summary, error) {
	clean := func(s string) string { return secret.Printable(r.redact.String(s)) }
	stream := event.NewStream(clean, r.options.Sinks...)
	defer stream.Close()
	halt, done := watchLease(w.Lease)
	defer done()

	stream.Emit(event.Event{Type: event.RunStarted, Run: r.describe(w)})
	summary, err := executor.Run(ctx, executor.Options{
		Plan: r.plan, Mode: w.Mode, Pool: r.pool, Secrets: r.store, Redact: r.redact, Sources: r.sources, Emit: stream.Emit,
		Stop: w.Stop, Steer: w.Steer, Halt: halt, Barred: barred(w.Lease), LeftOut: r.leftOut(), Attended: w.Attended,
		Journal: w.Journal, Earlier: w.Earlier, Seed: w.Seed,
	})
	if err != nil {
		return nil, err
	}
	stream.Emit(event.Event{Type: event.RunFinished, Summary: summary})
	return summary, nil
}

// Execute walks the plan without a record.
func (r *Run) Execute(ctx context.Context, mode event.Mode, stop <-chan struct{}) (*event.Summary, error) {
	return r.Walk(ctx, Walk{Mode: mode, Stop: stop})
}

func (r *Run) describe(w Walk) *event.Run {
	d := &event.Run{Playbook: r.playbook.Path, Mode: w.Mode, Number: w.Number, Resumed: w.Earlier != nil}
	for _, h := range r.plan.Hosts {
		d.Hosts, d.Addresses = append(d.Hosts, h.Name), append(d.Addresses, h.Address)
	}
	for _, p := range r.plan.Plays {
		d.Plays = append(d.Plays, fmt.Sprintf("%s (%s)", p.Name, p.Pattern))
	}
	return d
}
