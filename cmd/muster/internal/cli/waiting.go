package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/muster-run/muster/cmd/muster/internal/control"
	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/executor"
)

// Handle watches for a rollout that waits for its promotion: then the keyboard counts.
func (d *desk) Handle(e event.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch e.Type {
	case event.RolloutWaits:
		d.waiting = true
		d.forget()
		fmt.Fprintf(d.words, promotionScreen, d.run, e.Text, view.Hosts(e.Hosts, 60))
		if !d.reading && d.walk != nil {
			d.reading = true
			go d.promotion(d.walk)
		}
	case event.Promoted, event.RolloutStopped, event.RunFinished:
		d.waiting = false
	}
}

const promotionScreen = `
Run %[1]d: waiting for promotion.   %[2]s
 canary       %[3]s
 p  promote      a  abort      then Enter
 or from anywhere:  muster promote %[1]d    muster abort %[1]d

`

// promotion reads the keyboard while a walk waits for a promotion.
func (d *desk) promotion(walk chan struct{}) {
	for {
		var line string
		var ok bool
		select {
		case line, ok = <-d.line():
		case <-walk:
			return
		}
		if !ok {
			return // nobody is there any more; other terminals can still promote
		}
		d.mu.Lock()
		waiting := d.waiting
		d.mu.Unlock()
		verb := map[string]control.Verb{"p": control.Promote, "promote": control.Promote, "a": control.Abort, "abort": control.Abort}[word(line)]
		switch {
		case !waiting:
			fmt.Fprintln(d.words, "Nothing is waited for at the moment.")
		case verb == "":
			fmt.Fprintln(d.words, "p promotes, a aborts.")
		default:
			if err := d.pass(context.Background(), walk, executor.Steering{What: what[verb].steering, By: by(self())}); err != nil {
				fmt.Fprintf(d.words, "Not done: %v.\n", err)
			}
		}
	}
}

func word(line string) string { return strings.ToLower(strings.TrimSpace(line)) }

const pausedScreen = `
Run %[1]d is paused; everything is saved, and its hosts are kept from other runs.

 r  retry what failed, run what is owed, go on        muster resume %[1]d
 a  abort: stop here, keep what was done              muster abort %[1]d
 q  leave it: others may change the hosts; resume it later

r, a or q, then Enter: `

// paused waits until somebody says how a paused run goes on. Closing stop leaves it.
func (d *desk) paused(ctx context.Context, stop <-chan struct{}) decision {
	asking := make(chan decision)
	d.mu.Lock()
	d.asking = asking
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.asking = nil
		d.mu.Unlock()
	}()
	d.forget()
	fmt.Fprintf(d.words, pausedScreen, d.run)
	for {
		select {
		case line, ok := <-d.line():
			switch word(line) {
			case "r", "resume":
				return decision{verb: control.Resume, by: by(self())}
			case "a", "abort":
				return decision{verb: control.Abort, by: by(self())}
			case "q", "quit", "leave":
				return decision{}
			}
			if !ok {
				return decision{} // nobody is there any more
			}
			fmt.Fprint(d.words, "r resumes, a aborts, q leaves: ")
		case got := <-asking:
			fmt.Fprintf(d.words, "\n%s from another terminal, by %s.\n", got.verb, got.by)
			return got
		case <-stop:
			return decision{}
		case <-ctx.Done():
			return decision{}
		}
	}
}
