package journal

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine/event"
)

// A thousand hosts' intents share a sync: while the first is under way, all others gather.
func TestGroupCommit(t *testing.T) {
	d := newFaulty()
	s := store(t, d)
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	before := d.count("sync")
	gate, reached := make(chan struct{}), make(chan struct{})
	var once sync.Once
	d.mu.Lock()
	d.fail = func(op string) error {
		if op == "sync" {
			once.Do(func() { close(reached) })
			<-gate
		}
		return nil
	}
	d.mu.Unlock()
	first := w.Append(Record{Intent: &Intent{Node: "first", Attempt: 1}})
	var group, ready sync.WaitGroup
	group.Go(func() {
		if err := w.Wait(t.Context(), first); err != nil {
			t.Error(err)
		}
	})
	<-reached
	const hosts = 1000
	ready.Add(hosts)
	for i := range hosts {
		group.Go(func() {
			ticket := w.Append(Record{Intent: &Intent{Node: fmt.Sprint(i), Attempt: 1}})
			ready.Done()
			if err := w.Wait(t.Context(), ticket); err != nil {
				t.Error(err)
			}
		})
	}
	ready.Wait()
	close(gate)
	group.Wait()
	if n := d.count("sync") - before; n != 2 {
		t.Errorf("%d syncs for 1 and %d waiters", n, hosts)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err := s.Read(1); err != nil || len(st.Nodes) != hosts+1 {
		t.Errorf("%d nodes, %v", len(st.Nodes), err)
	}
}

// What nobody waits for is written a moment later, and events are not synced for.
func TestWrittenWhenNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFaulty()
		s := store(t, d)
		w, err := s.Create(sampleBegin(), sampleProcess())
		if err != nil {
			t.Fatal(err)
		}
		writes, syncs := d.count("write"), d.count("sync")
		expect := func(what string, moreWrites, moreSyncs int) {
			t.Helper()
			synctest.Wait()
			if w, s := d.count("write")-writes, d.count("sync")-syncs; w != moreWrites || s != moreSyncs {
				t.Errorf("%s: %d writes, %d syncs", what, w, s)
			}
		}
		w.Handle(event.Event{Type: event.NodeLog, Text: "one"})
		time.Sleep(most - 1)
		w.Handle(event.Event{Type: event.NodeLog, Text: "two"})
		expect("before it is due", 0, 0)
		time.Sleep(time.Nanosecond)
		expect("due", 1, 0)
		time.Sleep(time.Hour)
		expect("idle", 1, 0)
		w.Append(Record{Outcome: &Outcome{Node: "n", Outcome: "ok"}})
		time.Sleep(most)
		expect("an outcome", 2, 1)
		w.Handle(event.Event{Type: event.NodeLog, Text: "three"})
		time.Sleep(most)
		expect("an event", 3, 1)
		ticket := w.Append(Record{Event: &Event{}})
		time.Sleep(most)
		if err := w.Wait(t.Context(), ticket); err != nil {
			t.Error(err)
		}
		expect("an event that somebody waits for", 4, 2)
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		expect("closed", 4, 2)
	})
}

// A disk that hangs does not fill the memory with events, and what is missing is said in its place.
func TestEventsWhileTheDiskHangs(t *testing.T) {
	d := newFaulty()
	s := store(t, d)
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	hang, reached := make(chan struct{}), make(chan struct{})
	var once sync.Once
	d.mu.Lock()
	d.fail = func(string) error { once.Do(func() { close(reached) }); <-hang; return nil }
	d.mu.Unlock()
	first := w.Append(Record{Steer: &Steer{What: "pause"}})
	waited := make(chan error)
	go func() { waited <- w.Wait(t.Context(), first) }()
	<-reached
	text := strings.Repeat("x", maxText)
	for range backlog/maxText + 10 {
		w.Handle(event.Event{Type: event.NodeLog, Text: text})
	}
	w.mu.Lock()
	if w.bytes > backlog || w.missing == 0 {
		t.Errorf("%d bytes in memory, %d events left out", w.bytes, w.missing)
	}
	w.mu.Unlock()
	close(hang)
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(t.Context(), w.Append(Record{Steer: &Steer{What: "continue"}})); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	said := false
	err = s.Events(1, func(e event.Event) error {
		said = said || strings.Contains(e.Text, "events are missing here")
		return nil
	})
	if err != nil || !said {
		t.Errorf("said: %v, %v", said, err)
	}
}

func BenchmarkAppendAndWait(b *testing.B) {
	for _, waiters := range []int{1, 1000} {
		b.Run(fmt.Sprintf("waiters=%d", waiters), func(b *testing.B) {
			s, err := Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			w, err := s.Create(sampleBegin(), sampleProcess())
			if err != nil {
				b.Fatal(err)
			}
			var group sync.WaitGroup
			turns := make(chan struct{}, waiters)
			for range waiters {
				group.Go(func() {
					for range turns {
						if err := w.Wait(b.Context(), w.Append(Record{Intent: &Intent{Node: "xsp01: cti.task.listener", Attempt: 1}})); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for b.Loop() {
				turns <- struct{}{}
			}
			close(turns)
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
