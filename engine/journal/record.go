package journal

import (
	"encoding/json"
	"time"
)

// Record is one fact of a run. Exactly one pointer is set; none is in a record of a later version that this one does not know.
type Record struct {
	Begin    *Begin    `json:"begin,omitempty"`
	Process  *Process  `json:"process,omitempty"`
	Intent   *Intent   `json:"intent,omitempty"`
	Effect   *Effect   `json:"effect,omitempty"`
	Outcome  *Outcome  `json:"outcome,omitempty"`
	Observed *Observed `json:"observed,omitempty"`
	Steer    *Steer    `json:"steer,omitempty"`
	Event    *Event    `json:"event,omitempty"`
	Finish   *Finish   `json:"finish,omitempty"`
	// Time is set by Append when it is zero. It stands last, so that the first bytes of a payload tell its kind.
	Time time.Time `json:"time"`
}

// Begin is the first record: what the run is made of.
type Begin struct {
	Run      int      `json:"run"`
	Version  string   `json:"version"` // of muster
	Playbook string   `json:"playbook"`
	WorkDir  string   `json:"workdir"`
	Command  []string `json:"command"`
	Options  Options  `json:"options"`
	// Inputs are keyed digests of all that was read, by name ("file site.hcl"): resume compares them.
	Inputs map[string]string `json:"inputs,omitempty"`
	Hosts  []string          `json:"hosts,omitempty"`
}

// Options are the command line's, as resume needs them.
type Options struct {
	Inventories []string          `json:"inventories,omitempty"`
	Limit       string            `json:"limit,omitempty"`
	Exclude     string            `json:"exclude,omitempty"`
	Vars        map[string]string `json:"vars,omitempty"` // never sensitive ones
	VarFiles    []string          `json:"var_files,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Targets     []string          `json:"targets,omitempty"`
	PluginDirs  []string          `json:"plugin_dirs,omitempty"`
	Forks       int               `json:"forks,omitempty"`
	PlanFile    string            `json:"plan_file,omitempty"`
	NoVars      []string          `json:"no_vars,omitempty"` // names of sensitive --var, to be given again
}

// Process is one process that works on the run: the one that began it, or one that resumed it.
type Process struct {
	User       string            `json:"user"`
	Machine    string            `json:"machine"`
	PID        int               `json:"pid"`
	Socket     string            `json:"socket,omitempty"`
	Resumed    bool              `json:"resumed,omitempty"`
	Exclude    []string          `json:"exclude,omitempty"`
	OnlyFailed bool              `json:"only_failed,omitempty"`
	Accepted   map[string]string `json:"accepted,omitempty"` // inputs accepted as changed
}

// Intent says that an attempt of a node is about to begin. Node names are those of addr.Node.String.
type Intent struct {
	Node    string `json:"node"`
	Attempt int    `json:"attempt"`
}

// Effect is an operation that is about to be sent to a host.
type Effect struct {
	Node    string `json:"node"`
	Attempt int    `json:"attempt"`
	Op      uint64 `json:"op"`
	Class   string `json:"class"` // "idempotent" or "once"
	What    string `json:"what"`  // redacted, one line, at most 200 bytes; what is longer is cut
}

// Outcome is the end of a node.
type Outcome struct {
	Node    string          `json:"node"`
	Outcome string          `json:"outcome"` // "ok", "changed", "failed", "unknown", ...
	Class   string          `json:"class,omitempty"`
	Notify  []string        `json:"notify,omitempty"` // handlers, as node names
	Outputs json.RawMessage `json:"outputs,omitempty"`
	Hidden  bool            `json:"hidden,omitempty"` // it has outputs that are not here: sensitive, or too large
	Reason  string          `json:"reason,omitempty"`
}

// Observed is what was seen of a host outside its nodes: it died by itself, or came back.
type Observed struct {
	Host   string `json:"host"`
	Down   bool   `json:"down"`
	Reason string `json:"reason,omitempty"`
}

// Steer is what a person asked of the running process.
type Steer struct {
	What    string `json:"what"` // "pause", "continue", "promote", "abort", "stop"
	Rollout string `json:"rollout,omitempty"`
	By      string `json:"by,omitempty"`
}

// Finish is the last word of a process. A run without one died, or is running.
type Finish struct {
	ExitCode int    `json:"exit_code"`
	Paused   bool   `json:"paused,omitempty"`
	Aborted  bool   `json:"aborted,omitempty"`
	Text     string `json:"text,omitempty"`
}

// Sizes in bytes. A journal is read whole when a run is resumed, so that one host's chatter must not fill it.
const (
	maxPayload = 16 << 20 // of a record; a longer one is no record
	maxOutputs = 1 << 20  // of an outcome; longer ones are left out, and the node is run again by a resume
	maxWhat    = 200
	maxText    = 32 << 10 // of each text of an event
	maxList    = 1000     // changes, notes and actions of an event
)

// encode gives the payload of a record.
func encode(r Record) ([]byte, error) {
	switch {
	case r.Outcome != nil && len(r.Outcome.Outputs) > maxOutputs:
		o := *r.Outcome
		o.Outputs, o.Hidden = nil, true
		r.Outcome = &o
	case r.Effect != nil && len(r.Effect.What) > maxWhat:
		e := *r.Effect
		e.What = cut(e.What, maxWhat)
		r.Effect = &e
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxPayload && r.Event != nil {
		return json.Marshal(Record{Event: r.Event.bare(), Time: r.Time})
	}
	if len(payload) > maxPayload {
		return nil, &tooLarge{len(payload)}
	}
	return payload, nil
}
