package bwsim

import "time"

// FaultKind is what goes wrong.
type FaultKind int

// The faults a host can have. Drop, Hang, Refuse and Slow look at commands typed
// in the shell, in bwcli or given to exec, and use Match, Skip and Times.
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
	// Slow answers a matching command after Delay.
	Slow
	// ExportEmpty lets exportKeys write an empty file and say that it is done.
	ExportEmpty
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
	// Delay is how long SlowStart and Slow wait.
	Delay time.Duration
}
