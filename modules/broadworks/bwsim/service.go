package bwsim

import (
	"context"
	"errors"
	"time"
)

// The causes of a server being down.
const (
	restartCause     = "restartbw"
	stopCause        = "stopbw"
	unreachableCause = "unreachable"
)

// Down tells whether the server does not serve at this moment.
func (h *Host) Down() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.down) > 0
}

// stopped tells whether BroadWorks does not run, whatever the network does.
func (h *Host) stopped() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.down[restartCause] || h.down[stopCause]
}

// setDown notes or takes back a cause of being down and brings the listeners
// in line with it. Up is recorded before anybody can see it: whoever waits for
// this host before stopping the next is then not taken to stop both at once.
func (h *Host) setDown(cause string, down bool) {
	h.serving.Lock()
	defer h.serving.Unlock()
	h.mu.Lock()
	was, others := len(h.down) > 0, len(h.down)
	if h.down[cause] {
		others--
	}
	h.mu.Unlock()
	switch is := down || others > 0; {
	case is && !was:
		h.record(Event{Kind: Down, Text: cause})
		h.note(cause, down)
		h.closeCTI()
	case was && !is:
		h.record(Event{Kind: Up, Text: cause})
		h.note(cause, down)
		h.openCTI()
	default:
		h.note(cause, down)
	}
}

func (h *Host) note(cause string, down bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if down {
		h.down[cause] = true
	} else {
		delete(h.down, cause)
	}
}

// activate makes the stored configuration the active one, with new processes.
func (h *Host) activate() {
	h.mu.Lock()
	h.active = h.stored.clone()
	h.procs = h.nextProcesses(h.procs, "")
	h.mu.Unlock()
	h.record(Event{Kind: Activated})
}

var errRestarting = errors.New("a restart is in progress")

// restart stops the server and begins its start, which goes on when the
// session that asked for it is gone. The channel is closed when it is done.
func (h *Host) restart() (<-chan struct{}, error) {
	done := make(chan struct{})
	if _, ignored := h.fault(RestartIgnored); ignored {
		close(done)
		return done, nil
	}
	if !h.beginRestart() {
		return nil, errRestarting
	}
	h.record(Event{Kind: RestartBegin})
	h.setDown(restartCause, true)
	h.signal()
	h.fleet.running.Go(func() {
		if h.startAgain(h.fleet.ctx) {
			close(done)
		}
	})
	return done, nil
}

// beginRestart lets one restart in at a time.
func (h *Host) beginRestart() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.restarting {
		return false
	}
	h.restarting = true
	h.restarts++
	return true
}

// startAgain ends a restart; false when the fleet ended first.
func (h *Host) startAgain(ctx context.Context) bool {
	timer := time.NewTimer(h.fleet.opts.RestartTime)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	for {
		changed := h.change()
		if _, stuck := h.fault(RestartStuck); !stuck {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
	h.activate()
	h.record(Event{Kind: RestartEnd})
	h.setDown(stopCause, false)
	h.setDown(restartCause, false)
	h.mu.Lock()
	h.restarting = false
	h.mu.Unlock()
	h.signal()
	return true
}

// stop is stopbw of the whole server.
func (h *Host) stop() {
	h.setDown(stopCause, true)
	h.signal()
}

// start is startbw of the whole server; false when it runs already.
func (h *Host) start() bool {
	h.mu.Lock()
	stopped := h.down[stopCause]
	h.mu.Unlock()
	if !stopped {
		return false
	}
	h.activate()
	h.setDown(stopCause, false)
	h.signal()
	return true
}

// awaitUp waits until BroadWorks runs.
func (h *Host) awaitUp(ctx context.Context) error {
	for {
		changed := h.change()
		if !h.stopped() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// restartCount is how many restarts have begun.
func (h *Host) restartCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.restarts
}
