package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/muster-run/muster/cmd/muster/internal/control"
	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lease"
)

// carrier carries a run out: it has its journal, the lease on its hosts, and the desk that it is steered from.
type carrier struct {
	*app
	s       *session
	records *records
	process journal.Process
	journal *journal.Writer
	earlier *journal.State // what earlier processes left; nil: it begins
	code    func(int) int  // what else an exit code means; may be nil
}

// openJournal begins the journal of a run, or goes on with one.
type openJournal func(p journal.Process) (*journal.Writer, *journal.State, error)

// begins is a run that begins with this process.
func (rs *records) begins(b journal.Begin) openJournal {
	return func(p journal.Process) (*journal.Writer, *journal.State, error) {
		w, err := rs.store.Create(b, p)
		if err != nil {
			return nil, nil, unusable(err)
		}
		return w, nil, nil
	}
}

// carry carries a run out to its end, or to where somebody leaves it, and gives the exit code.
func (c *carrier) carry(ctx context.Context, open openJournal) (int, error) {
	ctx, signals, done := watch(ctx, c.s.words)
	defer done()
	d := newDesk(c.app, c.s.words)
	if server := c.listen(d); server != nil {
		defer server.Close()
		c.process.Socket = server.Path()
	}
	w, earlier, err := open(c.process)
	if err != nil {
		return exitUsage, err
	}
	defer w.Close() // what could not be written is said by the run's summary
	c.journal, c.earlier, d.run = w, earlier, w.Run()
	c.s.pulse.sinks = slices.Concat([]event.Sink{scribe{w}}, c.s.pulse.sinks, []event.Sink{d})
	signals.running = c.s.pulse.text
	signals.resume = func() string { return fmt.Sprintf("; go on with: muster resume %d", w.Run()) }
	c.s.pulse.under(func(s *event.Summary) int { return c.exit(signals.ended(s)) })

	held, err := c.lock(ctx, signals.stop)
	if err != nil {
		return exitUsage, err
	}
	if held != nil {
		defer c.unlock(held)
	}
	return c.walks(ctx, signals, d, held)
}

func (c *carrier) exit(code int) int {
	if c.code != nil {
		return c.code(code)
	}
	return code
}

// listen opens the control socket. Without one a run goes on as well, only nobody else can steer it.
func (c *carrier) listen(d *desk) *control.Server {
	dir, err := control.Dir(c.Environ)
	if err == nil {
		var server *control.Server
		if server, err = control.Listen(dir, d.handle); err == nil {
			return server
		}
	}
	fmt.Fprintf(c.s.words, "Note: other terminals cannot steer this run: %v\n", err)
	return nil
}

// walks walks the plan, and again as long as somebody resumes what a rollout's rule has paused.
func (c *carrier) walks(ctx context.Context, signals *interrupts, d *desk, held *lease.Lease) (int, error) {
	for {
		ended := d.walking()
		walk := engine.Walk{
			Mode: event.Apply, Number: c.journal.Run(), Stop: signals.stop, Steer: d.steer, Attended: c.attended(), Journal: c.journal, Earlier: c.earlier,
		}
		if held != nil {
			walk.Lease = held
		}
		summary, err := c.s.Walk(ctx, walk)
		ended()
		if err != nil {
			return exitUsage, err
		}
		code := c.exit(signals.ended(summary))
		if code != summary.ExitCode { // a signal, say, of which the run itself cannot know
			_ = c.note(ctx, journal.Record{Finish: &journal.Finish{ExitCode: code, Paused: summary.Paused, Aborted: summary.Aborted}}) // a failed journal was told
		}
		if !summary.Paused {
			return code, nil
		}
		switch decision := d.paused(ctx, signals.stop); decision.verb {
		case control.Resume:
			if c.earlier, err = c.records.store.Read(c.journal.Run()); err != nil {
				return exitControl, unreadable(c.journal.Run(), err)
			}
			decision.taken()
		case control.Abort:
			err := c.note(ctx, abortOf(decision.by)...)
			decision.taken()
			fmt.Fprintf(c.s.words, aborted, c.journal.Run())
			return exitInterrupted, err
		default:
			fmt.Fprintf(c.s.words, "Left as it is. Go on with: muster resume %d\n", c.journal.Run())
			return code, nil
		}
	}
}

func (d decision) taken() {
	if d.done != nil {
		close(d.done)
	}
}

const aborted = "Run %d is aborted and cannot be resumed. What was done stays; restarts that are owed are noted on the hosts, and the next apply runs them.\n"

// abortOf is what the journal says of an abort while nothing runs. It ends as an abort of what runs does.
func abortOf(by string) []journal.Record {
	return []journal.Record{{Steer: &journal.Steer{What: "abort", By: by}}, {Finish: &journal.Finish{ExitCode: exitInterrupted, Aborted: true}}}
}

// attended reports whether somebody sits in front of the run who can be asked, and sees the question.
func (c *carrier) attended() bool { return c.Ask && c.s.words != io.Discard }

// note writes records and returns when they are durable.
func (c *carrier) note(ctx context.Context, records ...journal.Record) error {
	var last journal.Ticket
	for _, r := range records {
		last = c.journal.Append(r)
	}
	return c.journal.Wait(ctx, last)
}
