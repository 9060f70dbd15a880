package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/engine/schedule"
	"github.com/muster-run/muster/plugins/sdk"
)

// What holds where the playbook says nothing.
const (
	taskTimeout    = 10 * time.Minute
	handlerTimeout = 20 * time.Minute
	healthTimeout  = 30 * time.Second // of one question
	healthWithin   = 5 * time.Minute
	healthEvery    = 2 * time.Second
	retryAttempts  = 3
	retryBackoff   = 5 * time.Second
	mostAttempts   = 100
)

// retriable are the classes that a retry may be asked for. What is unknown is not among them: an effect that may have
// taken place is not repeated blindly.
var retriable = []string{string(sdk.Unreachable), string(sdk.Timeout), string(sdk.Busy), string(sdk.Failed)}

// settings evaluates what is planned before the run and is the same on all hosts: it may refer to var and local.
type settings struct {
	b     *builder
	block string
	why   string
}

func (b *builder) settings(in, why string) settings { return settings{b, in, why} }

// context is what an expression is evaluated in; nil when it refers to what it may not.
func (s settings) context(e hcl.Expression) *hcl.EvalContext {
	if e == nil {
		return &hcl.EvalContext{}
	}
	names := lang.Names{Vars: s.b.names.Vars, Locals: s.b.names.Locals, Why: s.why}
	if ds := lang.Check(names, e); len(ds) > 0 {
		s.b.add(ds.Within(s.block)...)
		return nil
	}
	ec, ds := (&lang.Scope{Globals: s.b.plan.globals}).Context(lang.Refs(e))
	s.b.add(ds...)
	return ec
}

func (s settings) duration(e hcl.Expression, missing time.Duration) time.Duration {
	ec := s.context(e)
	if ec == nil {
		return missing
	}
	d, ds := lang.Duration(e, ec, missing)
	s.report(ds)
	if e != nil && !ds.HasErrors() && d == 0 && missing > 0 {
		s.b.add(diag.Diagnostics{diag.At(e.Range(), diag.BadDuration, "a duration of zero leaves no time", "It would always have run out.",
			`Write for example "90s" or "1h30m".`)}.Within(s.block)...)
		return missing
	}
	return d
}

func (s settings) integer(e hcl.Expression, missing, least, most int) int {
	ec := s.context(e)
	if ec == nil {
		return missing
	}
	n, ds := lang.Int(e, ec, missing, least, most)
	s.report(ds)
	return n
}

func (s settings) count(e hcl.Expression, missing lang.Count) lang.Count {
	ec := s.context(e)
	if ec == nil {
		return missing
	}
	c, ds := lang.CountOf(e, ec, missing)
	s.report(ds)
	return c
}

func (s settings) counts(e hcl.Expression) []lang.Count {
	ec := s.context(e)
	if ec == nil {
		return nil
	}
	list, ds := lang.Counts(e, ec)
	s.report(ds)
	if ds.HasErrors() {
		return nil
	}
	return list
}

// word is one of those allowed, of which the first is what holds where nothing is written.
func (s settings) word(e hcl.Expression, allowed ...string) string {
	w := s.text(e)
	if w == "" && (e == nil || s.open(e)) || slices.Contains(allowed, w) {
		return cmp.Or(w, allowed[0])
	}
	s.b.add(diag.Diagnostics{diag.At(e.Range(), diag.NotAllowed, fmt.Sprintf("%q is not allowed here", w), "Allowed are: "+diag.List(allowed)+".",
		diag.DidYouMean(w, allowed, fmt.Sprintf("Write %q, or remove it.", allowed[0])))}.Within(s.block)...)
	return allowed[0]
}

// open reports that a setting has no value that could be judged: it is wrong, which was reported, or a variable is missing,
// which it may be where no inventory is given.
func (s settings) open(e hcl.Expression) bool {
	if e == nil {
		return false
	}
	ec := s.context(e)
	if ec == nil {
		return true
	}
	_, ds := lang.Text(e, ec)
	return ds.HasErrors()
}

func (s settings) text(e hcl.Expression) string {
	ec := s.context(e)
	if ec == nil {
		return ""
	}
	t, ds := lang.Text(e, ec)
	s.report(ds)
	return t
}

// report leaves out that a value is not known when no inventory is given: variables may be missing then.
func (s settings) report(ds diag.Diagnostics) {
	for _, d := range ds {
		if d.Code != diag.NotYetKnown || s.b.in.Inventory != nil {
			s.b.add(diag.Diagnostics{d}.Within(s.block)...)
		}
	}
}

const runWhy = "What the engine needs to know before the run sees variables and locals that depend on no host."

// runBlock reads how a task or handler is run.
func (b *builder) runBlock(block *Block, r *playbook.Run) {
	block.Timeout = taskTimeout
	if block.Addr.Kind == addr.Handler {
		block.Timeout = handlerTimeout
	}
	if r == nil {
		return
	}
	s := b.settings(block.in()+", run", runWhy)
	block.Timeout = s.duration(r.Timeout, block.Timeout)
	if r.Attempts == nil && r.Backoff == nil && r.When == nil {
		return
	}
	block.Retry = schedule.Retry{Attempts: s.integer(r.Attempts, retryAttempts, 1, mostAttempts), Backoff: s.duration(r.Backoff, retryBackoff),
		On: []schedule.Class{schedule.Class(sdk.Unreachable), schedule.Class(sdk.Timeout), schedule.Class(sdk.Busy)}}
	if r.When != nil {
		block.Retry.On = b.retryClasses(s, r.When)
	}
}

func (b *builder) retryClasses(s settings, e hcl.Expression) []schedule.Class {
	ec := s.context(e)
	if ec == nil {
		return nil
	}
	words, ds := lang.Strings(e, ec)
	s.report(ds)
	var on []schedule.Class
	for _, w := range words {
		if !slices.Contains(retriable, w) {
			detail := "Allowed are: " + diag.List(retriable) + "."
			if w == string(sdk.Uncertain) {
				detail = "An effect that may have taken place is not repeated blindly. " + detail
			}
			b.add(diag.Diagnostics{diag.At(e.Range(), diag.NotAllowed, fmt.Sprintf("%q is no reason for a retry", w), detail,
				diag.DidYouMean(w, retriable, "Choose among them."))}.Within(s.block)...)
			continue
		}
		on = append(on, schedule.Class(w))
	}
	return on
}

func (b *builder) healthTimes(block *Block, h *playbook.Health) {
	s := b.settings(block.in(), runWhy)
	block.Timeout, block.every = healthTimeout, healthEvery
	block.within = s.duration(h.Within, healthWithin)
	block.stable = s.duration(h.Stable, 0)
	if h.Stable != nil && block.stable >= block.within {
		b.addIn(block, diag.At(h.Stable.Range(), diag.BadRollout, "stable is not shorter than within",
			fmt.Sprintf("It has to hold for %s, and is asked for %s: no host could ever pass.", short(block.stable), short(block.within)),
			"Write a longer within, or a shorter stable."))
	}
}
