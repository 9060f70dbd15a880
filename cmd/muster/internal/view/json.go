package view

import (
	"encoding/json"
	"io"
	"time"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

// JSONFormat is the version of the JSON lines: the minor number grows with additions, the major one when a field is
// renamed, removed or means something else. Readers ignore fields and types that they do not know.
const JSONFormat = "1.0"

// JSON writes every event as one line of JSON. Its first line names the format.
type JSON struct {
	enc *json.Encoder
}

// NewJSON writes the version line and returns the sink.
func NewJSON(w io.Writer) *JSON {
	j := &JSON{json.NewEncoder(w)}
	j.enc.SetEscapeHTML(false)
	j.write(map[string]string{"type": "version", "format": JSONFormat})
	return j
}

func (j *JSON) write(v any) { _ = j.enc.Encode(v) } // a reader that has gone is no error, see the package comment

// Handle writes one event.
func (j *JSON) Handle(e event.Event) { j.write(lineOf(e)) }

// Diagnostics writes problems that were found outside a run.
func (j *JSON) Diagnostics(ds diag.Diagnostics) {
	for i := range ds {
		j.write(jsonEvent{Type: string(event.Diagnostic), Diagnostic: &ds[i]})
	}
}

// Object writes one more line, of a type that is no event.
func (j *JSON) Object(v any) { j.write(v) }

type jsonEvent struct {
	Type       string           `json:"type"`
	Seq        uint64           `json:"seq,omitempty"`
	Time       *time.Time       `json:"time,omitempty"`
	Address    string           `json:"address,omitempty"` // cti.task.anchors["root"]
	Play       string           `json:"play,omitempty"`
	Host       string           `json:"host,omitempty"`
	Module     string           `json:"module,omitempty"`
	Status     string           `json:"status,omitempty"`
	Attempt    int              `json:"attempt,omitempty"`
	Text       string           `json:"text,omitempty"`
	Changes    []Change         `json:"changes,omitempty"`
	Notes      []string         `json:"notes,omitempty"`
	Pending    string           `json:"pending,omitempty"`
	Due        *time.Time       `json:"due,omitempty"`
	Millis     int64            `json:"duration_ms,omitempty"`
	Hosts      []string         `json:"hosts,omitempty"`
	Diagnostic *diag.Diagnostic `json:"diagnostic,omitempty"`
	Run        *jsonRun         `json:"run,omitempty"`
	Summary    *jsonSummary     `json:"summary,omitempty"`
}

// Change is a line of a diff for programs.
type Change struct {
	What   string `json:"what"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type jsonRun struct {
	Playbook string   `json:"playbook"`
	Mode     string   `json:"mode"`
	Hosts    []string `json:"hosts"`
	Plays    []string `json:"plays"`
	Number   int      `json:"number,omitempty"`
	Resumed  bool     `json:"resumed,omitempty"`
}

type jsonSummary struct {
	ExitCode    int                        `json:"exit_code"`
	Millis      int64                      `json:"duration_ms"`
	Hosts       map[event.Status][]string  `json:"hosts"`
	Nodes       map[event.Status]int       `json:"nodes"`
	Restarts    int                        `json:"handlers_run"`
	HeldBack    []string                   `json:"held_back,omitempty"`
	Unfinished  []string                   `json:"unfinished,omitempty"`
	LeftOut     []string                   `json:"left_out,omitempty"`
	Down        []string                   `json:"down,omitempty"`
	Interrupted bool                       `json:"interrupted,omitempty"`
	Aborted     bool                       `json:"aborted,omitempty"`
	Paused      bool                       `json:"paused,omitempty"`
	Promotion   []string                   `json:"waits_for_promotion,omitempty"`
	Control     string                     `json:"control_failed,omitempty"`
	Outputs     map[string]json.RawMessage `json:"outputs,omitempty"`
}

func lineOf(e event.Event) jsonEvent {
	l := jsonEvent{
		Type: string(e.Type), Seq: e.Seq, Time: moment(e.Time), Play: e.Node.Play, Host: e.Node.Host, Module: e.Module,
		Status: string(e.Status), Attempt: e.Attempt, Text: e.Text, Notes: e.Notes, Pending: e.Pending, Due: moment(e.Due),
		Millis: e.Duration.Milliseconds(), Hosts: e.Hosts, Diagnostic: e.Diag,
	}
	if e.Node.Name != "" {
		l.Address = e.Node.Instance.String()
	}
	for _, c := range e.Changes {
		l.Changes = append(l.Changes, Change(c))
	}
	if e.Run != nil {
		l.Run = &jsonRun{e.Run.Playbook, string(e.Run.Mode), e.Run.Hosts, e.Run.Plays, e.Run.Number, e.Run.Resumed}
	}
	if s := e.Summary; s != nil {
		l.Summary = &jsonSummary{s.ExitCode, s.Duration.Milliseconds(), s.Hosts, s.Nodes, s.Restarts, s.HeldBack, s.Unfinished, s.LeftOut, s.Down,
			s.Interrupted, s.Aborted, s.Paused, s.WaitsForPromotion, s.ControlFailed, outputs(s.Outputs)}
	}
	return l
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func outputs(in map[string]event.Output) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for name, o := range in {
		out[name] = json.RawMessage(o.Value)
		switch {
		case o.Sensitive:
			out[name] = json.RawMessage(`"(sensitive)"`)
		case !json.Valid(out[name]):
			out[name], _ = json.Marshal(o.Value)
		}
	}
	return out
}
