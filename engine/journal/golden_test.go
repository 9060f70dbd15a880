package journal

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/event"
)

var update = flag.Bool("update", false, "write the golden journals that are missing; one that exists is never written again")

// scenarios are what the golden journals hold. What a version wrote, every later one reads.
var scenarios = map[string]func(t *testing.T, w *Writer) []byte{
	"finished": func(t *testing.T, w *Writer) []byte {
		for _, r := range sampleRecords()[:7] {
			w.Append(r)
		}
		w.Append(Record{Outcome: &Outcome{Node: "xsp01: cti.handler.restart", Outcome: "changed"}})
		w.Append(Record{Finish: &Finish{ExitCode: 4, Text: "1 host failed"}})
		return nil
	},
	"died-with-once": func(t *testing.T, w *Writer) []byte {
		for _, r := range sampleRecords()[:10] {
			w.Append(r)
		}
		return nil
	},
	"unknown-and-hidden": func(t *testing.T, w *Writer) []byte {
		for _, r := range []Record{
			{Intent: &Intent{Node: "a: p.task.secret", Attempt: 1}},
			{Outcome: &Outcome{Node: "a: p.task.secret", Outcome: "ok", Hidden: true}},
			{Intent: &Intent{Node: "a: p.task.reset", Attempt: 1}},
			{Effect: &Effect{Node: "a: p.task.reset", Attempt: 1, Op: 1, Class: "once", What: "reset"}},
			{Intent: &Intent{Node: "a: p.task.reset", Attempt: 2}},
			{Outcome: &Outcome{Node: "a: p.task.reset", Outcome: "unknown", Class: "timeout"}},
			{Steer: &Steer{What: "abort", By: "ops"}},
			{Finish: &Finish{ExitCode: 3, Aborted: true}},
		} {
			w.Append(r)
		}
		return nil
	},
	"torn": func(t *testing.T, w *Writer) []byte {
		w.Append(Record{Intent: &Intent{Node: "a: p.task.t", Attempt: 1}})
		w.Append(Record{Outcome: &Outcome{Node: "a: p.task.t", Outcome: "ok"}})
		return []byte{0x40, 0, 0, 0, 0, 0}
	},
}

func TestGolden(t *testing.T) {
	dir := filepath.Join("testdata", "golden", "v1")
	if *update {
		for name, write := range scenarios {
			golden(t, filepath.Join(dir, name), write)
		}
		if _, err := os.Stat(filepath.Join(dir, "resumed.journal")); err != nil {
			save(t, filepath.Join(dir, "resumed"), sample(t))
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil || len(files) < len(scenarios)+1 {
		t.Fatalf("%d golden journals, %v", len(files), err)
	}
	for _, path := range files {
		want, err := os.ReadFile(strings.TrimSuffix(path, ".journal") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		st, err := loadBytes(b)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if diff := cmp.Diff(string(want), stateText(t, st)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

// golden writes one, with the state it must give.
func golden(t *testing.T, path string, write func(*testing.T, *Writer) []byte) {
	t.Helper()
	if _, err := os.Stat(path + ".journal"); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	s := store(t, osDisk{})
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	tail := write(t, w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.Path(1))
	if err != nil {
		t.Fatal(err)
	}
	save(t, path, append(b, tail...))
}

func save(t *testing.T, path string, b []byte) {
	t.Helper()
	st, err := loadBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path+".journal", b, 0o644), os.WriteFile(path+".json", []byte(stateText(t, st)), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// FuzzReader: nothing makes the reader panic, and what it accepts of a file that is cut is a prefix of what it accepts of the whole.
func FuzzReader(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*", "*.journal"))
	if err != nil {
		f.Fatal(err)
	}
	for i, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, 100*(i+1))
		f.Add(resize(bytes.Clone(b[:len(b)/2]), int64(len(b))), len(b)/3)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		all := payloads(b)
		if cut < 0 || cut > len(b) {
			return
		}
		some := payloads(b[:cut])
		if len(some) > len(all) {
			t.Fatalf("%d records of the file cut at %d, %d of the whole", len(some), cut, len(all))
		}
		for i := range some {
			if !bytes.Equal(some[i], all[i]) {
				t.Fatalf("record %d differs when the file is cut at %d", i, cut)
			}
		}
		if st, err := loadBytes(b); err == nil && (st.Began.IsZero() && st.Begin.Run != 0 || st.Nodes == nil) {
			t.Fatalf("accepted as %+v", st)
		}
	})
}

// payloads gives what can be read before the end or the first damage.
func payloads(b []byte) [][]byte {
	sc, err := newScanner(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil
	}
	var out [][]byte
	for {
		p, err := sc.next()
		if err != nil {
			return out
		}
		var e Event
		_ = e.UnmarshalJSON(p) // must not panic
		out = append(out, p)
	}
}

// What events tell of a run, a journal tells, too.
func TestEventsComeBackInOrder(t *testing.T) {
	s := store(t, osDisk{})
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	stream := event.NewStream(func(s string) string { return s }, w)
	for range 500 {
		stream.Emit(sampleEvent())
	}
	stream.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	seq := uint64(0)
	err = s.Events(1, func(e event.Event) error {
		seq++
		want := sampleEvent()
		want.Seq, want.Time = seq, e.Time
		if diff := cmp.Diff(want, e); diff != "" || time.Since(e.Time) > time.Hour {
			t.Errorf("%d: %s", seq, diff)
		}
		return nil
	})
	if err != nil || seq != 500 {
		t.Errorf("%d events, %v", seq, err)
	}
	stop := errors.New("stop")
	if err := s.Events(1, func(event.Event) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}
