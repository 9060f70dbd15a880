package bwsim

import (
	"slices"
	"sync"
	"time"
)

// EventKind is what happened.
type EventKind string

// The kinds of events.
const (
	// Connected and Disconnected are an authenticated SSH connection's ends.
	Connected    EventKind = "connected"
	Disconnected EventKind = "disconnected"
	// Refused is a login that was turned away.
	Refused EventKind = "refused"
	// Command is one command as it was typed, before it takes effect; the parts
	// of a line chained with ";" in bwcli are events of their own. What is typed
	// at a password prompt is never recorded.
	Command EventKind = "command"
	// FileWrite is a file's new content: Path, Size and SHA256 are set. A file
	// written over SFTP is recorded when its handle is closed.
	FileWrite EventKind = "file-write"
	// FileRename is a rename of Text to Path, FileRemove a removal of Path.
	FileRename EventKind = "file-rename"
	FileRemove EventKind = "file-remove"
	// RestartBegin and RestartEnd frame one restartbw of the whole server.
	RestartBegin EventKind = "restart-begin"
	RestartEnd   EventKind = "restart-end"
	// Down and Up frame any time when the server does not serve: restarts,
	// stopbw to startbw, and the Unreachable fault. Text names the cause.
	Down EventKind = "down"
	Up   EventKind = "up"
	// Activated says that the stored configuration became the active one.
	Activated EventKind = "activated"
	// Request is an HTTP request that was answered; Text is method, path and
	// status.
	Request EventKind = "request"
	// KeysMade says that the authentication service made keys, KeysImported
	// that importKeys stored some; SHA256 is their Keys.Digest.
	KeysMade     EventKind = "keys-made"
	KeysImported EventKind = "keys-imported"
	// ListenFailed is a port that could not be opened; Text is why.
	ListenFailed EventKind = "listen-failed"
)

// Event is one entry of the fleet's record. Seq orders all events of a fleet.
type Event struct {
	Seq  int
	Time time.Time
	Host string
	Kind EventKind
	// Session numbers the SSH connection, 0 when there is none.
	Session int
	// Context is where a Command was typed: "$" for the shell, "exec" for an
	// exec request, else the bwcli prompt without its ">".
	Context string
	// Text is the command, or the cause of Down and Refused.
	Text   string
	Path   string
	Size   int64
	SHA256 string
}

// recorder collects the events of a fleet.
type recorder struct {
	mu     sync.Mutex
	events []Event
}

func (r *recorder) add(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Seq, e.Time = len(r.events)+1, time.Now()
	r.events = append(r.events, e)
}

func (r *recorder) all() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Record returns what happened so far, in order.
func (f *Fleet) Record() []Event { return f.rec.all() }

// MaxDown tells, for each group, how many of its hosts were down at the same
// moment at most. The function names the group of a host; hosts of group ""
// are left out.
func (f *Fleet) MaxDown(group func(*Host) string) map[string]int {
	groups := map[string]string{}
	for _, h := range f.hosts {
		groups[h.Name()] = group(h)
	}
	now, most := map[string]int{}, map[string]int{}
	for _, e := range f.Record() {
		g := groups[e.Host]
		switch {
		case g == "":
		case e.Kind == Down:
			now[g]++
			most[g] = max(most[g], now[g])
		case e.Kind == Up:
			now[g]--
		}
	}
	return most
}
