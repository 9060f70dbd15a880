package journal

import (
	"fmt"
	"testing"

	"github.com/muster-run/muster/engine/event"
)

// 2,000 hosts with 20 nodes each.
func BenchmarkRead(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		b.Fatal(err)
	}
	for n := range 40_000 {
		node := fmt.Sprintf("xsp%04d.fra: cti.task.listener%d", n/20, n%20)
		w.Append(Record{Intent: &Intent{Node: node, Attempt: 1}})
		w.Handle(sampleEvent())
		w.Append(Record{Effect: &Effect{Node: node, Attempt: 1, Class: "idempotent", What: "set tlsVersion 1.2"}})
		w.Handle(event.Event{Type: event.NodeFinished, Node: sampleEvent().Node, Status: event.OK})
		w.Append(Record{Outcome: &Outcome{Node: node, Outcome: "changed"}})
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	v, err := s.Verify(1)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(v.Bytes)
	for b.Loop() {
		if st, err := s.Read(1); err != nil || len(st.Nodes) != 40_000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for range 300 {
		w, err := s.Create(sampleBegin(), sampleProcess())
		if err != nil {
			b.Fatal(err)
		}
		for range 1000 {
			w.Handle(sampleEvent())
		}
		w.Append(Record{Finish: &Finish{}})
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if list, err := s.List(); err != nil || len(list) != 300 {
			b.Fatal(err)
		}
	}
}
