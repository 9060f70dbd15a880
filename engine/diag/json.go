package diag

import (
	"encoding/json"

	"github.com/hashicorp/hcl/v2"
)

// jsonDiagnostic is the form in --json output. Fields may be added, never changed.
type jsonDiagnostic struct {
	Severity string     `json:"severity"`
	Code     string     `json:"code"`
	Summary  string     `json:"summary"`
	Detail   string     `json:"detail,omitempty"`
	Advice   string     `json:"advice,omitempty"`
	Range    *jsonRange `json:"range,omitempty"`
	In       string     `json:"in,omitempty"`
	Source   string     `json:"source,omitempty"`
	Mark     *jsonMark  `json:"mark,omitempty"`
	Where    string     `json:"where,omitempty"`
	What     string     `json:"what,omitempty"`
	State    string     `json:"state,omitempty"`
	Do       []string   `json:"do,omitempty"`
}

type jsonRange struct {
	File  string  `json:"file"`
	Start jsonPos `json:"start"`
	End   jsonPos `json:"end"`
}

type jsonPos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

type jsonMark struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// MarshalJSON gives the form that programs read: lines and columns from 1, bytes from 0, ends exclusive.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	word, _ := d.kind()
	out := jsonDiagnostic{
		Severity: lowerFirst(word), Code: d.Code, Summary: d.Summary, Detail: d.Detail, Advice: d.Advice, In: d.In, Source: d.Source,
		Where: d.Where, What: d.What, State: d.State, Do: d.Do,
	}
	if r := d.Subject; r != nil {
		out.Range = &jsonRange{File: r.Filename, Start: pos(r.Start), End: pos(r.End)}
	}
	if d.Mark != nil {
		out.Mark = &jsonMark{From: d.Mark.From, To: d.Mark.To}
	}
	return json.Marshal(out)
}

func pos(p hcl.Pos) jsonPos { return jsonPos{Line: p.Line, Column: p.Column, Byte: p.Byte} }
