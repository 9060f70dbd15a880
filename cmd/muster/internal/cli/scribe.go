package cli

import (
	"context"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

// scribe records the events of a run ahead of all views. What concerns the course of a run it makes durable before anybody
// sees it, so that another terminal, which reads the journal, never knows less than this one.
type scribe struct{ w *journal.Writer }

// Handle records one event.
func (s scribe) Handle(e event.Event) {
	t := s.w.Append(journal.Record{Time: e.Time, Event: &journal.Event{Event: e}})
	switch e.Type {
	case event.RunStarted, event.RolloutWave, event.RolloutSoaks, event.RolloutWaits, event.Promoted, event.RolloutStopped,
		event.HostDown, event.HostUp, event.Paused, event.Continued, event.Interrupted, event.RunFinished:
		_ = s.w.Wait(context.Background(), t) // a journal that failed stops the run, and the summary says so
	}
}
