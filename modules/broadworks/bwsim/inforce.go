package bwsim

import (
	"maps"
	"slices"
	"strings"
)

// armed is a fault in force, with how often it was met.
type armed struct {
	Fault
	seen int
}

// strikes counts a meeting and tells whether the fault acts on it.
func (a *armed) strikes(line string) bool {
	if !strings.Contains(line, a.Match) {
		return false
	}
	a.seen++
	return a.seen > a.Skip && (a.Times == 0 || a.seen <= a.Skip+a.Times)
}

// Fault puts a fault in force and returns the function that takes it away.
func (h *Host) Fault(f Fault) (remove func()) {
	h.mu.Lock()
	h.lastFault++
	id := h.lastFault
	h.faults[id] = &armed{Fault: f}
	if f.Kind == CutUpload {
		h.uploaded = 0
	}
	h.mu.Unlock()
	h.faultsChanged()
	return func() {
		h.mu.Lock()
		delete(h.faults, id)
		h.mu.Unlock()
		h.faultsChanged()
	}
}

// ClearFaults takes every fault of the host away.
func (h *Host) ClearFaults() {
	h.mu.Lock()
	clear(h.faults)
	h.mu.Unlock()
	h.faultsChanged()
}

// faultsChanged brings the disk and the network in line with the faults.
func (h *Host) faultsChanged() {
	free := int64(-1)
	if f, ok := h.fault(DiskFull); ok {
		free = f.Bytes
	}
	h.fs.LimitFree(free)
	_, off := h.fault(Unreachable)
	if off {
		h.setDown(unreachableCause, true)
		h.unplug()
	} else {
		h.plug()
		h.setDown(unreachableCause, false)
	}
	h.signal()
}

// fault finds a fault of a kind that has no command to match.
func (h *Host) fault(kind FaultKind) (Fault, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.faults {
		if a.Kind == kind {
			return a.Fault, true
		}
	}
	return Fault{}, false
}

// trip finds the fault that strikes a command line, if any.
func (h *Host) trip(line string) (Fault, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var struck Fault
	for _, id := range slices.Sorted(maps.Keys(h.faults)) {
		a := h.faults[id]
		if !slices.Contains([]FaultKind{Drop, Hang, Refuse, Slow}, a.Kind) {
			continue
		}
		if a.strikes(line) && struck.Kind == 0 {
			struck = a.Fault
		}
	}
	return struck, struck.Kind != 0
}

// signal wakes whoever waits for faults or the service to change.
func (h *Host) signal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.changed)
	h.changed = make(chan struct{})
}

// change returns the channel that the next signal closes.
func (h *Host) change() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}
