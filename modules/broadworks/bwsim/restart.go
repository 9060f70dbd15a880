package bwsim

import (
	"context"
	"errors"
)

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
	if wait(ctx, h.fleet.opts.RestartTime) != nil {
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

// restartCount is how many restarts have begun.
func (h *Host) restartCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.restarts
}
