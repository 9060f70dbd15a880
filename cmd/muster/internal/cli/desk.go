package cli

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/muster-run/muster/cmd/muster/internal/control"
	"github.com/muster-run/muster/engine/executor"
)

// desk is where a run under way is steered from: other terminals through the control socket, and this one by its keyboard
// while the run waits for somebody.
type desk struct {
	*app
	words io.Writer
	run   int

	steer chan executor.Steering // to the walk

	mu      sync.Mutex
	walk    chan struct{} // closed when the walk under way has ended; nil: none is
	asking  chan decision // set while a paused run waits; takes one
	waiting bool          // for a promotion
	reading bool          // the keyboard is read during this walk
}

// decision is how a paused run goes on.
type decision struct {
	verb control.Verb // Resume, Abort; empty: leave it as it is
	by   string
	done chan struct{} // closed when it was taken; may be nil
}

func newDesk(a *app, words io.Writer) *desk {
	return &desk{app: a, words: words, steer: make(chan executor.Steering)}
}

// walking says that a walk begins; the function returned, that it has ended.
func (d *desk) walking() (ended func()) {
	done := make(chan struct{})
	d.mu.Lock()
	d.walk = done
	d.mu.Unlock()
	return func() {
		d.mu.Lock()
		d.walk, d.waiting, d.reading = nil, false, false
		d.mu.Unlock()
		close(done)
	}
}

// errEnding is the answer to whoever comes too late.
var errEnding = errors.New("the run is just ending")

// pass hands a wish to the walk and returns when it has taken effect.
func (d *desk) pass(ctx context.Context, walk chan struct{}, s executor.Steering) error {
	reply := make(chan error, 1)
	s.Reply = reply
	select {
	case d.steer <- s:
	case <-walk:
		return errEnding
	case <-ctx.Done():
		return errors.New("the run did not listen in time")
	}
	select {
	case err := <-reply:
		return err
	case <-walk:
		select {
		case err := <-reply:
			return err
		default:
			return errEnding
		}
	case <-ctx.Done():
		return errors.New("the run took it and did not say in time what came of it")
	}
}

// what is how the run calls a verb, and what to say when it was done.
var what = map[control.Verb]struct{ steering, done string }{
	control.Pause:   {"pause", "run %d: no further host begins, what is under way goes to its end. Go on with: muster resume %[1]d"},
	control.Resume:  {"continue", "run %d goes on"},
	control.Promote: {"promote", "run %d: the canary is promoted, the rest begins"},
	control.Abort:   {"abort", "run %d begins nothing new and ends; it cannot be resumed"},
}

// handle answers another terminal.
func (d *desk) handle(ctx context.Context, r control.Request) control.Answer {
	d.mu.Lock()
	walk, asking := d.walk, d.asking
	d.mu.Unlock()
	switch {
	case walk != nil:
		if err := d.pass(ctx, walk, executor.Steering{What: what[r.Verb].steering, Rollout: r.Rollout, By: r.By}); err != nil {
			return control.Refused("run %d: %v", d.run, err)
		}
		return control.Done(what[r.Verb].done, d.run)
	case asking != nil:
		return d.decided(ctx, asking, r)
	}
	return control.Refused("run %d is just beginning or ending; try again in a moment", d.run)
}

// decided answers for a run that waits after its own rule had stopped it.
func (d *desk) decided(ctx context.Context, asking chan decision, r control.Request) control.Answer {
	switch r.Verb {
	case control.Pause:
		return control.Refused("run %d is paused already: its rollout was stopped by its rule", d.run)
	case control.Promote:
		return control.Refused("run %d waits for no promotion: its rollout was stopped by its rule. Use: muster resume %[1]d", d.run)
	}
	taken := make(chan struct{})
	select {
	case asking <- decision{verb: r.Verb, by: r.By, done: taken}:
	case <-ctx.Done():
		return control.Refused("run %d is just ending", d.run)
	}
	select {
	case <-taken:
	case <-ctx.Done():
	}
	if r.Verb == control.Abort {
		return control.Done("run %d is aborted; it cannot be resumed", d.run)
	}
	return control.Done("run %d goes on: what failed is tried again", d.run)
}
