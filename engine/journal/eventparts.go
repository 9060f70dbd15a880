package journal

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

type rangeJSON struct {
	File  string  `json:"file"`
	Start posJSON `json:"start"`
	End   posJSON `json:"end"`
}

type posJSON struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

type diagJSON struct {
	Severity diag.Severity `json:"severity"`
	Code     string        `json:"code"`
	Summary  string        `json:"summary"`
	Detail   string        `json:"detail,omitempty"`
	Advice   string        `json:"advice,omitempty"`
	Subject  *rangeJSON    `json:"subject,omitempty"`
	Context  *rangeJSON    `json:"context,omitempty"`
	In       string        `json:"in,omitempty"`
	Source   string        `json:"source,omitempty"`
	Mark     *[2]int       `json:"mark,omitempty"`
	Where    string        `json:"where,omitempty"`
	What     string        `json:"what,omitempty"`
	State    string        `json:"state,omitempty"`
	Do       []string      `json:"do,omitempty"`
}

func rangeToJSON(r *hcl.Range) *rangeJSON {
	if r == nil {
		return nil
	}
	return &rangeJSON{r.Filename, posJSON{r.Start.Line, r.Start.Column, r.Start.Byte}, posJSON{r.End.Line, r.End.Column, r.End.Byte}}
}

func (r *rangeJSON) hcl() *hcl.Range {
	if r == nil {
		return nil
	}
	return &hcl.Range{
		Filename: r.File,
		Start:    hcl.Pos{Line: r.Start.Line, Column: r.Start.Column, Byte: r.Start.Byte},
		End:      hcl.Pos{Line: r.End.Line, Column: r.End.Column, Byte: r.End.Byte},
	}
}

func diagToJSON(d *diag.Diagnostic) *diagJSON {
	if d == nil {
		return nil
	}
	j := &diagJSON{
		Severity: d.Severity, Code: d.Code, Summary: cut(d.Summary, maxText), Detail: cut(d.Detail, maxText), Advice: cut(d.Advice, maxText),
		Subject: rangeToJSON(d.Subject), Context: rangeToJSON(d.Context), In: d.In, Source: d.Source,
		Where: d.Where, What: cut(d.What, maxText), State: cut(d.State, maxText), Do: cutAll(d.Do),
	}
	if d.Mark != nil {
		j.Mark = &[2]int{d.Mark.From, d.Mark.To}
	}
	return j
}

func (j *diagJSON) diagnostic() *diag.Diagnostic {
	if j == nil {
		return nil
	}
	d := &diag.Diagnostic{
		Severity: j.Severity, Code: j.Code, Summary: j.Summary, Detail: j.Detail, Advice: j.Advice,
		Subject: j.Subject.hcl(), Context: j.Context.hcl(), In: j.In, Source: j.Source,
		Where: j.Where, What: j.What, State: j.State, Do: j.Do,
	}
	if j.Mark != nil {
		d.Mark = &diag.Mark{From: j.Mark[0], To: j.Mark[1]}
	}
	return d
}

type runJSON struct {
	Playbook  string     `json:"playbook"`
	Mode      event.Mode `json:"mode"`
	Number    int        `json:"number,omitempty"`
	Resumed   bool       `json:"resumed,omitempty"`
	Hosts     []string   `json:"hosts,omitempty"`
	Plays     []string   `json:"plays,omitempty"`
	Addresses []string   `json:"addresses,omitempty"`
}

func runToJSON(r *event.Run) *runJSON {
	if r == nil {
		return nil
	}
	return &runJSON{
		Playbook: r.Playbook, Mode: r.Mode, Number: r.Number, Resumed: r.Resumed, Hosts: r.Hosts, Plays: r.Plays, Addresses: r.Addresses,
	}
}

func (j *runJSON) run() *event.Run {
	if j == nil {
		return nil
	}
	return &event.Run{
		Playbook: j.Playbook, Mode: j.Mode, Number: j.Number, Resumed: j.Resumed, Hosts: j.Hosts, Plays: j.Plays, Addresses: j.Addresses,
	}
}

type summaryJSON struct {
	ExitCode          int                       `json:"exit_code"`
	Duration          time.Duration             `json:"ns,omitempty"`
	Hosts             map[event.Status][]string `json:"hosts,omitempty"`
	Nodes             map[event.Status]int      `json:"nodes,omitempty"`
	Restarts          int                       `json:"restarts,omitempty"`
	HeldBack          []string                  `json:"held_back,omitempty"`
	Unfinished        []string                  `json:"unfinished,omitempty"`
	LeftOut           []string                  `json:"left_out,omitempty"`
	Down              []string                  `json:"down,omitempty"`
	Interrupted       bool                      `json:"interrupted,omitempty"`
	Aborted           bool                      `json:"aborted,omitempty"`
	Paused            bool                      `json:"paused,omitempty"`
	WaitsForPromotion []string                  `json:"waits_for_promotion,omitempty"`
	ControlFailed     string                    `json:"control_failed,omitempty"`
	Outputs           map[string]outputJSON     `json:"outputs,omitempty"`
}

type outputJSON struct {
	Value     string `json:"value"`
	Sensitive bool   `json:"sensitive,omitempty"`
}

func summaryToJSON(s *event.Summary) *summaryJSON {
	if s == nil {
		return nil
	}
	j := &summaryJSON{
		ExitCode: s.ExitCode, Duration: s.Duration, Hosts: s.Hosts, Nodes: s.Nodes, Restarts: s.Restarts, HeldBack: s.HeldBack,
		Unfinished: s.Unfinished, LeftOut: s.LeftOut, Down: s.Down, Interrupted: s.Interrupted, Aborted: s.Aborted, Paused: s.Paused,
		WaitsForPromotion: s.WaitsForPromotion, ControlFailed: s.ControlFailed,
	}
	for name, o := range s.Outputs {
		if j.Outputs == nil {
			j.Outputs = map[string]outputJSON{}
		}
		j.Outputs[name] = outputJSON{o.Value, o.Sensitive}
	}
	return j
}

func (j *summaryJSON) summary() *event.Summary {
	if j == nil {
		return nil
	}
	s := &event.Summary{
		ExitCode: j.ExitCode, Duration: j.Duration, Hosts: j.Hosts, Nodes: j.Nodes, Restarts: j.Restarts, HeldBack: j.HeldBack,
		Unfinished: j.Unfinished, LeftOut: j.LeftOut, Down: j.Down, Interrupted: j.Interrupted, Aborted: j.Aborted, Paused: j.Paused,
		WaitsForPromotion: j.WaitsForPromotion, ControlFailed: j.ControlFailed,
	}
	for name, o := range j.Outputs {
		if s.Outputs == nil {
			s.Outputs = map[string]event.Output{}
		}
		s.Outputs[name] = event.Output{Value: o.Value, Sensitive: o.Sensitive}
	}
	return s
}
