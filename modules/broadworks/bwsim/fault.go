package bwsim

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind int

// The faults a host can have. Drop, Hang and Refuse look at commands typed in
// the shell, in bwcli or given to exec, and use Match, Skip and Times.
const (
	// Drop closes the whole SSH connection in the middle of a matching command,
	// after its echo and before its prompt.
	Drop FaultKind = iota + 1
	// Hang never answers a matching command.
	Hang
	// Refuse answers a matching command with Text and does nothing; an empty
	// Text is one of the dialect's own wordings.
	Refuse
	// DiskFull leaves Bytes on the disk; writing more fails.
	DiskFull
	// RestartStuck lets restartbw stop the server and never start it again.
	RestartStuck
	// RestartIgnored acknowledges restartbw and does nothing.
	RestartIgnored
	// SlowStart makes bwcli take Delay before its banner.
	SlowStart
	// Unreachable takes the host off the network: connections are dropped and
	// every listener is closed. It counts as down.
	Unreachable
	// AuthRefused refuses every key.
	AuthRefused
	// CutUpload drops the connection once an SFTP upload has written Bytes.
	CutUpload
)

// Fault is something that goes wrong on one host until it is cleared.
type Fault struct {
	Kind FaultKind
	// Match is a part of the command line, upper and lower case as typed; ""
	// matches every command.
	Match string
	// Skip lets that many matching commands pass first.
	Skip int
	// Times is how often the fault strikes; 0 is every time.
	Times int
	// AfterEffect lets the command of Drop or Hang take effect: only its answer
	// is lost.
	AfterEffect bool
	// Text is what Refuse answers; lines are separated by \n.
	Text string
	// Bytes is the space that DiskFull leaves, or where CutUpload cuts.
	Bytes int64
	// Delay is how long SlowStart waits.
	Delay time.Duration
}

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
		if a.Kind != Drop && a.Kind != Hang && a.Kind != Refuse {
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
