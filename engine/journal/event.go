package journal

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/event"
)

// Event is an event in the journal. Its JSON is this package's own and complete, so that views and reports can be fed from
// a journal as from a run. Texts that are too long are cut, and say so.
type Event struct{ event.Event }

type eventJSON struct {
	Seq      uint64        `json:"seq,omitempty"`
	Time     time.Time     `json:"time,omitzero"`
	Type     event.Type    `json:"type"`
	Node     nodeJSON      `json:"node,omitzero"`
	Module   string        `json:"module,omitempty"`
	Status   event.Status  `json:"status,omitempty"`
	Attempt  int           `json:"attempt,omitempty"`
	Text     string        `json:"text,omitempty"`
	Changes  []changeJSON  `json:"changes,omitempty"`
	Notes    []string      `json:"notes,omitempty"`
	Pending  string        `json:"pending,omitempty"`
	Due      time.Time     `json:"due,omitzero"`
	Duration time.Duration `json:"ns,omitempty"`
	Hosts    []string      `json:"hosts,omitempty"`
	Diag     *diagJSON     `json:"diag,omitempty"`
	Run      *runJSON      `json:"run,omitempty"`
	Summary  *summaryJSON  `json:"summary,omitempty"`
}

type nodeJSON struct {
	Play  string    `json:"play,omitempty"`
	Kind  addr.Kind `json:"kind,omitempty"`
	Of    string    `json:"of,omitempty"`
	Name  string    `json:"name,omitempty"`
	Key   string    `json:"key,omitempty"`
	Keyed bool      `json:"keyed,omitempty"`
	Host  string    `json:"host,omitempty"`
	Phase string    `json:"phase,omitempty"`
}

type changeJSON struct {
	What   string `json:"what"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// MarshalJSON gives the journal's form.
func (e Event) MarshalJSON() ([]byte, error) {
	n := e.Node
	j := eventJSON{
		Seq: e.Seq, Time: e.Time, Type: e.Type, Module: e.Module, Status: e.Status, Attempt: e.Attempt, Text: cut(e.Text, maxText),
		Node:  nodeJSON{n.Play, n.Kind, n.Of, n.Name, n.Key, n.Keyed, n.Host, n.Phase},
		Notes: cutAll(e.Notes), Pending: cut(e.Pending, maxText), Due: e.Due, Duration: e.Duration, Hosts: e.Hosts,
		Diag: diagToJSON(e.Diag), Run: runToJSON(e.Run), Summary: summaryToJSON(e.Summary),
	}
	for i, c := range e.Changes {
		if i == maxList {
			j.Changes = append(j.Changes, changeJSON{What: more(len(e.Changes) - maxList)})
			break
		}
		j.Changes = append(j.Changes, changeJSON{cut(c.What, maxText), cut(c.Before, maxText), cut(c.After, maxText)})
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads it. Fields of a later version are skipped.
func (e *Event) UnmarshalJSON(b []byte) error {
	var j eventJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	n := j.Node
	e.Event = event.Event{
		Seq: j.Seq, Time: j.Time, Type: j.Type, Module: j.Module, Status: j.Status, Attempt: j.Attempt, Text: j.Text,
		Node: addr.Node{
			Instance: addr.Instance{Block: addr.Block{Play: n.Play, Kind: n.Kind, Of: n.Of, Name: n.Name}, Key: n.Key, Keyed: n.Keyed},
			Host:     n.Host, Phase: n.Phase,
		},
		Notes: j.Notes, Pending: j.Pending, Due: j.Due, Duration: j.Duration, Hosts: j.Hosts,
		Diag: j.Diag.diagnostic(), Run: j.Run.run(), Summary: j.Summary.summary(),
	}
	for _, c := range j.Changes {
		e.Changes = append(e.Changes, event.Change{What: c.What, Before: c.Before, After: c.After})
	}
	return nil
}

// bare is what is kept of an event that is too large even after its texts were cut.
func (e *Event) bare() *Event {
	return &Event{event.Event{
		Seq: e.Seq, Time: e.Time, Type: e.Type, Node: e.Node, Module: cut(e.Module, maxWhat), Status: e.Status, Attempt: e.Attempt,
		Duration: e.Duration, Text: "(left out of the journal: too large)",
	}}
}

// cut shortens a text to about so many bytes, at the border of a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	keep := most - len(" ... (1234567890 bytes cut)")
	for keep > 0 && !utf8.RuneStart(s[keep]) {
		keep--
	}
	return s[:keep] + " ... (" + strconv.Itoa(len(s)-keep) + " bytes cut)"
}

func cutAll(in []string) []string {
	var out []string
	for i, s := range in {
		if i == maxList {
			return append(out, more(len(in)-maxList))
		}
		out = append(out, cut(s, maxText))
	}
	return out
}

func more(n int) string { return "... and " + strconv.Itoa(n) + " more" }
