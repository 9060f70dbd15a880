package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

// course is a recorded run with everything that may happen to a rollout.
func course(s *stream, end event.Summary) {
	hosts := []string{"xsp01.fra", "xsp02.fra", "xsp03.fra", "xsp01.muc"}
	host := func(name string) addr.Node { return addr.Node{Host: name} }
	s.emit(event.Event{Type: event.RunStarted, Run: &event.Run{Playbook: "site.hcl", Mode: event.Apply, Hosts: hosts, Number: 43, Resumed: true}})
	s.emit(event.Event{Type: event.RolloutWave, Text: "cti.handler.restart: canary", Hosts: hosts[:1]})
	restart(s, hosts[0], event.OK, 3*time.Second)
	s.emit(event.Event{Type: event.RolloutSoaks, Text: "cti.handler.restart: canary well", Due: s.at.Add(10 * time.Minute)})
	s.emit(event.Event{Type: event.RolloutWaits, Text: "cti.handler.restart: canary well, who promotes it?", Hosts: hosts[:1]})
	s.emit(event.Event{Type: event.Promoted, Text: "cti.handler.restart by mb@bastion"})
	s.emit(event.Event{Type: event.RolloutWave, Text: "cti.handler.restart: fra, wave 1 of 2", Hosts: hosts[1:2]})
	s.emit(event.Event{Type: event.Paused, Text: "paused by mb@bastion: no host begins"})
	s.emit(event.Event{Type: event.Continued, Text: "goes on by mb@bastion"})
	s.emit(event.Event{Type: event.HostDown, Node: host(hosts[0]), Text: "tls_probe does not answer any more"})
	s.emit(event.Event{Type: event.HostUp, Node: host(hosts[0]), Text: "tls_probe answers again"})
	s.emit(event.Event{Type: event.RunFinished, Summary: &end})
}

func TestCourse(t *testing.T) {
	hosts := map[event.Status][]string{event.OK: {"xsp01.fra"}, event.NotRun: {"xsp02.fra", "xsp03.fra", "xsp01.muc"}}
	for name, end := range map[string]event.Summary{
		"promotion":   {ExitCode: 6, WaitsForPromotion: []string{"cti.handler.restart"}},
		"paused":      {ExitCode: 5, Paused: true},
		"aborted":     {ExitCode: 130, Aborted: true, Interrupted: true},
		"interrupted": {ExitCode: 143, Interrupted: true},
		"journal":     {ExitCode: 7, ControlFailed: "the journal cannot be written: no space left on device"},
		"down":        {ExitCode: 3, Down: []string{"xsp01.fra"}},
	} {
		t.Run(name, func(t *testing.T) {
			end.Hosts = hosts
			var both bytes.Buffer
			course(newStream(NewPlain(Options{Out: &both, Err: &both})), end)
			golden(t, "course-"+name, both.String())
		})
	}
	var out bytes.Buffer
	course(newStream(NewJSON(&out)), event.Summary{ExitCode: 6, Hosts: hosts, WaitsForPromotion: []string{"cti.handler.restart"}, LeftOut: []string{"as1.fra"}})
	golden(t, "course-json", out.String())
}

// The recap of a run in which everything is the matter fits a screen.
func TestRecapFitsAScreen(t *testing.T) {
	var out, err bytes.Buffer
	s := newStream(NewPlain(Options{Out: &out, Err: &err, Printer: diag.Printer{Width: 100}}))
	hosts := fleet(700)
	s.emit(event.Event{Type: event.RunStarted, Run: &event.Run{Playbook: "site.hcl", Mode: event.Apply, Hosts: hosts, Number: 43}})
	sum := &event.Summary{ExitCode: 3, Hosts: map[event.Status][]string{}, Nodes: map[event.Status]int{}, Outputs: map[string]event.Output{},
		HeldBack: hosts[:50], Unfinished: hosts[:50], LeftOut: hosts[50:60], Down: hosts[60:70], ControlFailed: "the journal cannot be written"}
	for i, status := range []event.Status{event.Changed, event.OK, event.Failed, event.Unreachable, event.Unknown, event.Skipped, event.NotRun} {
		sum.Hosts[status], sum.Nodes[status] = hosts[i*100:(i+1)*100], 100
	}
	for i := range 9 {
		sum.Outputs[fmt.Sprintf("output%d", i)] = event.Output{Value: `"` + strings.Repeat("long ", 100) + `"`}
		s.emit(event.Event{Type: event.NodeFinished, Node: node(hosts[i], addr.Handler, fmt.Sprintf("restart%d", i), ""), Module: "restart", Status: event.OK})
	}
	s.emit(event.Event{Type: event.RunFinished, Summary: sum})
	_, recap, found := strings.Cut(out.String(), "\x1b[1mRun 43")
	if n := strings.Count(recap, "\n"); !found || n > 24 {
		t.Errorf("the recap has %d lines, want at most 24:\n%s", n, recap)
	}
}
