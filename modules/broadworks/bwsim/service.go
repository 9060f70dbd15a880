package bwsim

import "context"

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
		h.closeInterfaces()
	case was && !is:
		h.record(Event{Kind: Up, Text: cause})
		h.note(cause, down)
		h.openInterfaces()
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
