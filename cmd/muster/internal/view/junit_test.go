package view

import (
	"bytes"
	"encoding/xml"
	"testing"
	"time"

	"github.com/muster-run/muster/engine/addr"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

func TestJUnit(t *testing.T) {
	var out bytes.Buffer
	err := JUnit(&out, "muster run 43", func(sink event.Sink) {
		s := newStream(sink)
		s.emit(event.Event{Type: event.RunStarted, Run: &event.Run{Mode: event.Apply, Hosts: []string{"xsp01.fra"}}})
		protocols(s, "xsp01.fra", event.Changed, "TLSv1")
		s.emit(event.Event{Type: event.NodeFinished, Node: task("xsp02.fra", "anchors", "root"), Module: "trust_anchor", Status: event.Failed, Duration: 1500 * time.Millisecond,
			Diag: &diag.Diagnostic{Code: diag.NodeFailed, Summary: `could not add "root" & <issuing>`, Where: "xsp02.fra", Detail: "The alias\x00 is taken.", Do: []string{"Choose another."}}})
		s.emit(event.Event{Type: event.NodeFinished, Node: task("xsp03.fra", "anchors", "root"), Status: event.Unreachable, Text: "no answer"})
		restart(s, "xsp02.fra", event.NotRun, 0)
		s.emit(event.Event{Type: event.NodeFinished, Node: addr.Node{Instance: addr.Instance{Block: addr.Block{Kind: addr.Check, Name: "keys"}}}, Status: event.OK})
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "junit", out.String())
	var read junit
	if err := xml.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Suites) != 2 || read.Tests != 5 || read.Failures != 1 || read.Errors != 1 || read.Skipped != 1 {
		t.Errorf("read back: %d suites, %d tests, %d failures, %d errors, %d skipped", len(read.Suites), read.Tests, read.Failures, read.Errors, read.Skipped)
	}
}
