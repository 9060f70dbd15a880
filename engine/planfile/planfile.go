// Package planfile keeps a plan that somebody reviews before it is applied: what a reading found on each host, sealed, so
// that what is applied is what was read.
//
// Its nouns: a File is the plan of one reading; a Host has the Findings that its nodes gave; a seal is a keyed digest of
// every byte of the file, under the user's own key; drift is what another reading finds different from what was reviewed.
//
// It is no record of what was done (that is the journal), holds nothing that an apply would follow blindly, and knows
// neither playbooks nor how hosts are reached: the run is built anew from the options, and each host is read again.
package planfile

import (
	"encoding/json"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

// Version of the format. A reader refuses any other.
const Version = 1

// File is a plan as it was read.
type File struct {
	Version  int       // of the format; Write sets it
	Muster   string    // the version that made it
	Made     time.Time // when the reading ended
	Playbook string    // as it was named
	WorkDir  string    // absolute; what relative paths of Options begin at
	Command  []string  // as it was typed, for people; secrets are not in it
	Options  Options
	Inputs   map[string]string // keyed digests of what the run was made of, by name

	Plays    []string // as event.Run has them
	Hosts    []Host   // in the order of the inventory
	Checks   []Finding
	Duration time.Duration
	ExitCode int
	// Notes and Rollouts are what the plan says besides: tasks that always act, the arithmetic of its rollouts in the
	// form that who writes the file chose.
	Notes    []string
	Rollouts json.RawMessage `json:",omitempty"`
}

// Options are those of the command that made the plan, without any that is sensitive. They are the fields of
// journal.Options, in their order, so that one can be converted to the other.
type Options struct {
	Inventories []string
	Limit       string
	Exclude     string
	Vars        map[string]string
	VarFiles    []string
	Tags        []string
	Targets     []string
	PluginDirs  []string
	Forks       int
	PlanFile    string
	NoVars      []string // names of variables that are sensitive, to be given again
}

// Host is what was read on one host.
type Host struct {
	Name    string
	Address string
	Class   event.Status // as event.Summary has it
	Nodes   []Finding    // in the order that they ended in
}

// Finding is how a node ended in a plan.
type Finding struct {
	Seq     int // its place among all findings of the file
	Node    addr.Node
	Module  string         `json:",omitempty"`
	Status  event.Status   // OK, WouldChange, WouldRun, Unsure, Skipped, Failed, Unreachable, Unknown, NotRun
	Text    string         `json:",omitempty"`
	Changes []event.Change `json:",omitempty"`
	Notes   []string       `json:",omitempty"`
	Pending string         `json:",omitempty"`
	Problem *Problem       `json:",omitempty"`
}

// Problem is the diagnostic of a node that did not end well, without what points into files.
type Problem struct {
	Code, Summary, Detail, Advice, In, Where, What, State string
	Do                                                    []string
}

func problem(d *diag.Diagnostic) *Problem {
	if d == nil {
		return nil
	}
	return &Problem{Code: d.Code, Summary: d.Summary, Detail: d.Detail, Advice: d.Advice, In: d.In, Where: d.Where, What: d.What, State: d.State, Do: d.Do}
}

func (p *Problem) diagnostic() *diag.Diagnostic {
	if p == nil {
		return nil
	}
	return &diag.Diagnostic{Code: p.Code, Summary: p.Summary, Detail: p.Detail, Advice: p.Advice, In: p.In, Where: p.Where, What: p.What, State: p.State, Do: p.Do}
}
