package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

var moment = time.Date(2026, 11, 21, 22, 50, 0, 0, time.UTC)

func sampleBegin() Begin {
	return Begin{
		Version: "0.4.0", Playbook: "site.hcl", WorkDir: "/srv/ops", Command: []string{"muster", "apply", "site.hcl"},
		Options: Options{Inventories: []string{"lab.hcl"}, Limit: "xsp", Vars: map[string]string{"tls": "1.2"}, Forks: 20, NoVars: []string{"password"}},
		Inputs:  map[string]string{"file site.hcl": "5f2b", "variable password": "a01c"},
		Hosts:   []string{"xsp01", "xsp02"},
	}
}

func sampleProcess() Process {
	return Process{User: "ops", Machine: "bastion1", PID: 4711, Socket: "/run/user/1000/muster/1"}
}

// sampleRecords are of every kind: two hosts, a rollout, a once effect that stays open.
func sampleRecords() []Record {
	task := func(host string) string { return host + ": cti.task.listener" }
	handler := func(host string) string { return host + ": cti.handler.restart" }
	return []Record{
		{Event: &Event{event.Event{Seq: 1, Time: moment, Type: event.RunStarted, Run: &event.Run{Playbook: "site.hcl", Mode: event.Apply, Number: 1, Hosts: []string{"xsp01", "xsp02"}}}}},
		{Intent: &Intent{Node: task("xsp01"), Attempt: 1}},
		{Intent: &Intent{Node: task("xsp02"), Attempt: 1}},
		{Effect: &Effect{Node: task("xsp01"), Attempt: 1, Op: 3, Class: "idempotent", What: "set tlsVersion 1.2"}},
		{Outcome: &Outcome{Node: task("xsp01"), Outcome: "changed", Notify: []string{handler("xsp01")}, Outputs: json.RawMessage(`{"port":8443}`)}},
		{Outcome: &Outcome{Node: task("xsp02"), Outcome: "failed", Class: "timeout", Reason: "no prompt within 30 s"}},
		{Event: &Event{sampleEvent()}},
		{Steer: &Steer{What: "promote", Rollout: "cti.handler.restart", By: "ops"}},
		{Intent: &Intent{Node: handler("xsp01"), Attempt: 1}},
		{Effect: &Effect{Node: handler("xsp01"), Attempt: 1, Op: 9, Class: "once", What: "restart"}},
		{Observed: &Observed{Host: "xsp02", Down: true, Reason: "connection closed"}},
		{Finish: &Finish{ExitCode: 4, Paused: true, Text: "1 host failed"}},
	}
}

func sampleEvent() event.Event {
	return event.Event{
		Seq: 7, Time: moment.Add(3 * time.Second), Type: event.NodeFinished, Module: "bw_file", Status: event.Failed, Attempt: 2,
		Node:    addr.Node{Instance: addr.Instance{Block: addr.Block{Play: "cti", Kind: addr.Task, Name: "anchors"}, Key: "root", Keyed: true}, Host: "xsp01"},
		Changes: []event.Change{{What: "port", Before: "80", After: "443"}}, Notes: []string{"a note"}, Duration: 1500 * time.Millisecond,
		Diag: &diag.Diagnostic{Code: diag.NodeFailed, Summary: "refused", Subject: &hcl.Range{Filename: "site.hcl", Start: hcl.Pos{Line: 3, Column: 1, Byte: 40}, End: hcl.Pos{Line: 3, Column: 9, Byte: 48}}},
	}
}

// sample writes a journal of two processes with a store and gives its bytes.
func sample(t testing.TB) []byte {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range sampleRecords() {
		r.Time = moment.Add(time.Duration(i) * time.Second)
		ticket := w.Append(r)
		if i%4 == 3 {
			if err := w.Wait(t.Context(), ticket); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w, _, err = s.Continue(1, Process{User: "ops", Machine: "bastion2", PID: 12, Resumed: true, Exclude: []string{"xsp02"}})
	if err != nil {
		t.Fatal(err)
	}
	w.Append(Record{Time: moment.Add(time.Minute), Intent: &Intent{Node: "xsp01: cti.handler.restart", Attempt: 1}})
	w.Append(Record{Time: moment.Add(time.Minute), Outcome: &Outcome{Node: "xsp01: cti.handler.restart", Outcome: "changed"}})
	w.Append(Record{Time: moment.Add(time.Minute), Finish: &Finish{}})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.Path(1))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stateText gives a state in a form that can be compared, without what tells how the file ended.
func stateText(t testing.TB, st *State) string {
	t.Helper()
	c := *st
	c.Torn = false
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s\n", b)
}
