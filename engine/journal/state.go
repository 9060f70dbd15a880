package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// State is what a journal says up to its last valid record.
type State struct {
	Begin     Begin
	Processes []Process
	Nodes     map[string]*Node // those that something was recorded of
	Promoted  map[string]bool  // by name of the rollout
	Aborted   bool
	Finish    *Finish // of the last process; nil: it died, or is running
	Began     time.Time
	Last      time.Time // of the last record
	Torn      bool      // an incomplete record at the end was left out: the power went, or it is just being written
}

// Node is what is known of one node.
type Node struct {
	Intents  int
	Outcome  string // since the last intent; empty: none
	Class    string
	Begun    bool // it was started, and has no good end
	Notified bool // a handler that was notified and has had no good end since: it is owed
	Outputs  json.RawMessage
	Hidden   bool
	// Once says that an effect of class once was sent, and no outcome since says what became of it.
	Once  bool
	Since time.Time // of the intent whose attempt sent the first such effect
	// Sent says that an effect of any class was sent, and the node has had no good end since. A failure does not take it
	// back: what was written before it is on the host, and whom it notifies is still owed.
	Sent bool

	intent time.Time
}

// good are the outcomes that end a node for good; told are those that leave no effect in doubt.
var (
	good = []string{"ok", "changed", "skipped", "not_notified"}
	told = append([]string{"failed"}, good...)
)

// load reads a whole journal. The scanner stands behind the last valid record then.
func load(s *scanner) (*State, error) {
	st := &State{Nodes: map[string]*Node{}, Promoted: map[string]bool{}}
	var last []byte
	for n := 0; ; n++ {
		payload, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if last = payload; isEvent(payload) && n > 0 {
			continue
		}
		r, err := decode(payload, s.at)
		if err != nil {
			return nil, err
		}
		if n == 0 && r.Begin == nil {
			return nil, &Damaged{int64(headerLen), "its first record does not begin a run"}
		}
		st.add(r)
	}
	if last == nil {
		return nil, &Damaged{s.at, "nothing is in it"}
	}
	r, err := decode(last, s.at)
	if err != nil {
		return nil, err
	}
	st.Last, st.Torn = r.Time, s.torn
	return st, nil
}

// isEvent tells events without decoding them: they are most of a journal, and no part of the state.
func isEvent(payload []byte) bool { return bytes.HasPrefix(payload, []byte(`{"event":`)) }

// decode reads a payload that ends at an offset.
func decode(payload []byte, end int64) (Record, error) {
	var r Record
	if err := json.Unmarshal(payload, &r); err != nil {
		return r, &Damaged{end - int64(len(payload)) - frameLen, fmt.Sprintf("a record cannot be read (%v)", err)}
	}
	return r, nil
}

func (st *State) add(r Record) {
	switch {
	case r.Begin != nil && st.Began.IsZero():
		st.Begin, st.Began = *r.Begin, r.Time
	case r.Process != nil:
		st.Processes, st.Finish = append(st.Processes, *r.Process), nil
	case r.Intent != nil:
		st.Finish = nil // a process that had paused went on
		st.node(r.Intent.Node).begin(r.Time)
	case r.Effect != nil:
		st.node(r.Effect.Node).effect(r)
	case r.Outcome != nil:
		st.outcome(r.Outcome)
	case r.Steer != nil:
		st.steer(r.Steer)
	case r.Finish != nil:
		st.Finish = r.Finish
		st.Aborted = st.Aborted || r.Finish.Aborted
	}
}

func (st *State) node(name string) *Node {
	n, ok := st.Nodes[name]
	if !ok {
		n = &Node{}
		st.Nodes[name] = n
	}
	return n
}

func (n *Node) begin(at time.Time) {
	n.Intents++
	n.Outcome, n.Class, n.Outputs, n.Hidden = "", "", nil, false
	n.Begun, n.intent = true, at
}

func (n *Node) effect(r Record) {
	n.Sent = true
	if r.Effect.Class != "once" || n.Once {
		return
	}
	n.Once, n.Since = true, n.intent
	if n.intent.IsZero() {
		n.Since = r.Time
	}
}

func (st *State) outcome(o *Outcome) {
	n := st.node(o.Node)
	n.Outcome, n.Class, n.Outputs, n.Hidden = o.Outcome, o.Class, o.Outputs, o.Hidden
	if slices.Contains(told, o.Outcome) {
		n.Once, n.Since = false, time.Time{}
	}
	if slices.Contains(good, o.Outcome) {
		n.Begun, n.Sent, n.Notified = false, false, false
	}
	for _, h := range o.Notify {
		st.node(h).notify()
	}
}

// notify makes a handler owed. One that has had its turn gets another.
func (n *Node) notify() {
	n.Notified = true
	if slices.Contains(good, n.Outcome) {
		n.Outcome, n.Class, n.Outputs, n.Hidden = "", "", nil, false
	}
}

func (st *State) steer(s *Steer) {
	switch s.What {
	case "promote":
		st.Promoted[s.Rollout] = true
	case "abort":
		st.Aborted = true
	}
}
