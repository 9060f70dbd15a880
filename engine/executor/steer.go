package executor

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/schedule"
)

// Steering is what somebody asks of a run under way.
type Steering struct {
	What    string // "pause", "continue", "promote", "abort": as journal.Steer has them
	Rollout string // of promote; empty: all that wait
	By      string // who, for the record
	// Reply, which has room for one, is told nil once it took effect, or why it did not. May be nil.
	Reply chan<- error
}

// Why a steering has no effect.
var (
	errNothingAsks = errors.New("no rollout waits for promotion")
	errOver        = errors.New("the run is ending")
)

// steer records what is asked, and turns it into what the core is told; nothing when it has no effect.
func (e *Executor) steer(s Steering) []schedule.Event {
	events, err := e.steered(s)
	if s.Reply != nil {
		s.Reply <- err
	}
	return events
}

func (e *Executor) steered(s Steering) ([]schedule.Event, error) {
	if e.stopped || e.lost != "" {
		return nil, errOver
	}
	switch s.What {
	case "pause":
		e.steerRecord(s)
		e.emit(event.Event{Type: event.Paused, Text: "paused" + by(s.By) + ": no host begins, what runs goes to its end"})
		return []schedule.Event{schedule.Pause{}}, nil
	case "continue":
		e.steerRecord(s)
		e.emit(event.Event{Type: event.Continued, Text: "goes on" + by(s.By)})
		return []schedule.Event{schedule.Continue{}}, nil
	case "promote":
		return e.promote(s)
	case "abort":
		e.steerRecord(s)
		e.aborted = true
		return []schedule.Event{e.interrupt("aborted" + by(s.By) + ": what runs may end, nothing new begins")}, nil
	}
	return nil, fmt.Errorf("%q is nothing that a run can be asked", s.What)
}

func (e *Executor) steerRecord(s Steering) {
	e.record.add(journal.Record{Steer: &journal.Steer{What: s.What, Rollout: s.Rollout, By: s.By}})
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

// promote answers the rollouts that ask.
func (e *Executor) promote(s Steering) ([]schedule.Event, error) {
	var rollouts []int
	for r := range e.asking {
		if s.Rollout == "" || e.plan.Spec.Rollouts[r].Name == s.Rollout {
			rollouts = append(rollouts, r)
		}
	}
	if len(rollouts) == 0 {
		return nil, errNothingAsks
	}
	slices.Sort(rollouts)
	var events []schedule.Event
	for _, r := range rollouts {
		delete(e.asking, r)
		e.promotedBy(r, s.By)
		e.emit(event.Event{Type: event.Promoted, Text: e.plan.Spec.Rollouts[r].Name + ": promoted" + by(s.By)})
		events = append(events, schedule.Promote{Rollout: r})
	}
	return events, nil
}

// promotedBy records that a rollout goes beyond its canary, so that a process that resumes it asks for none again.
func (e *Executor) promotedBy(rollout int, who string) {
	if e.promoted[rollout] {
		return
	}
	e.promoted[rollout] = true
	e.record.add(journal.Record{Steer: &journal.Steer{What: "promote", Rollout: e.plan.Spec.Rollouts[rollout].Name, By: who}})
}

// soaking tells that the canary is watched for a while.
func (e *Executor) soaking(c schedule.Soaking) {
	e.watch.soaks[c.Rollout] = c.Until
	left := c.Until.Sub(e.now()).Round(time.Second)
	e.emit(event.Event{Type: event.RolloutSoaks, Due: c.Until,
		Text: fmt.Sprintf("%s: the canary is well and soaks for %s", e.plan.Spec.Rollouts[c.Rollout].Name, left)})
}

// ask tells that somebody has to say whether the rest may begin.
func (e *Executor) ask(c schedule.Ask) {
	e.asking[c.Rollout] = true
	e.emit(event.Event{Type: event.RolloutWaits, Hosts: e.names(c.Hosts),
		Text: e.plan.Spec.Rollouts[c.Rollout].Name + ": the canary is well and waits for promotion"})
}
