package journal_test

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *journal.Store {
	t.Helper()
	s, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func create(t *testing.T, s *journal.Store) *journal.Writer {
	t.Helper()
	w, err := s.Create(journal.Begin{Playbook: "site.hcl", Hosts: []string{"a", "b"}}, journal.Process{User: "ops", Machine: "bastion", PID: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func TestAppendAndReadBack(t *testing.T) {
	s := open(t)
	w := create(t, s)
	w.Append(journal.Record{Intent: &journal.Intent{Node: "a: p.task.t", Attempt: 1}})
	w.Handle(event.Event{Seq: 1, Time: time.Now(), Type: event.NodeStarted, Attempt: 1})
	last := w.Append(journal.Record{Outcome: &journal.Outcome{Node: "a: p.task.t", Outcome: "changed"}})
	if err := w.Wait(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	st, err := s.Read(w.Run())
	if err != nil {
		t.Fatal(err)
	}
	if n := st.Nodes["a: p.task.t"]; n == nil || n.Outcome != "changed" || n.Intents != 1 || n.Begun {
		t.Errorf("node: %+v", n)
	}
	if p, ok := s.Running(w.Run()); !ok || p.PID != 7 {
		t.Errorf("running: %+v %v", p, ok)
	}
	if _, _, err := s.Continue(w.Run(), journal.Process{}); !errors.Is(err, journal.ErrRunning) {
		t.Errorf("continue: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w, st, err = s.Continue(w.Run(), journal.Process{PID: 8, Resumed: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Processes) != 1 {
		t.Errorf("processes: %+v", st.Processes)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := s.Events(w.Run(), func(e event.Event) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d events, %v", n, err)
	}
	list, err := s.List()
	if err != nil || len(list) != 1 || list[0].Err != nil || list[0].Process.PID != 7 || list[0].Finish != nil || list[0].Last.Before(list[0].Began) {
		t.Errorf("list: %+v, %v", list, err)
	}
}
