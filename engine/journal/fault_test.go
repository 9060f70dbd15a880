package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine/event"
)

// promise is what a Wait said of a record.
type promise struct {
	node string
	end  bool
	err  error
}

// work appends intents and outcomes of some nodes, waits for each, and gives what it was told.
func work(t *testing.T, w *Writer, nodes int) []promise {
	t.Helper()
	var out []promise
	wait := func(node string, end bool, ticket Ticket) error {
		err := w.Wait(t.Context(), ticket)
		out = append(out, promise{node, end, err})
		return err
	}
	for i := range nodes {
		node := fmt.Sprintf("h%03d: p.task.t", i)
		w.Handle(event.Event{Type: event.NodeStarted, Text: node})
		if wait(node, false, w.Append(Record{Intent: &Intent{Node: node, Attempt: 1}})) == nil {
			_ = wait(node, true, w.Append(Record{Outcome: &Outcome{Node: node, Outcome: "changed"}}))
		}
	}
	ended := w.Append(Record{Outcome: &Outcome{Node: "late", Outcome: "ok"}})
	finished := w.Append(Record{Finish: &Finish{ExitCode: 7}})
	_ = wait("late", true, ended)
	if err := w.Wait(t.Context(), finished); (err == nil) != (w.Wait(t.Context(), ended) == nil) {
		t.Errorf("the finish and the outcome before it differ: %v", err)
	}
	return out
}

// check compares what was promised with what a later process reads.
func check(t *testing.T, promises []promise, st *State) {
	t.Helper()
	for _, p := range promises {
		n := st.Nodes[p.node]
		if p.err == nil && (n == nil || p.end && n.Outcome == "") {
			t.Errorf("%s: promised and not there: %+v", p.node, n)
		}
	}
}

// Every operation fails once, in every place.
func TestEveryOperationFails(t *testing.T) {
	for _, errno := range []error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT} {
		for n, failed := 0, true; failed; n++ {
			failed = false
			d := newFaulty()
			s := store(t, d)
			left, op := n, ""
			var mu sync.Mutex
			d.fail = func(what string) error {
				mu.Lock()
				defer mu.Unlock()
				if left--; left == -1 {
					failed, op = true, what
					return errno
				}
				return nil
			}
			w, err := s.Create(sampleBegin(), sampleProcess())
			if err != nil {
				if list, err := s.List(); err != nil || len(list) != 0 {
					t.Errorf("%v at %s: after a failed creation: %+v, %v", errno, op, list, err)
				}
				if isFull(errno) != errors.Is(err, ErrFull) {
					t.Errorf("%v at %s: %v", errno, op, err)
				}
				continue
			}
			promises := work(t, w, 3)
			if err := w.Close(); (err != nil) != isClosed(w.Failed()) {
				t.Errorf("%v at %s: closed with %v", errno, op, err)
			}
			d.mu.Lock()
			d.fail = nil
			d.mu.Unlock()
			st, err := s.Read(w.Run())
			if err != nil {
				t.Fatalf("%v at %s: %v", errno, op, err)
			}
			check(t, promises, st)
			if op == "sync" && errors.Is(w.Err(), errno) && promises[len(promises)-1].err == nil {
				t.Errorf("%v at a sync: something is claimed afterwards", errno)
			}
			if op == "write" && isFull(errno) && (promises[len(promises)-1].err != nil || st.Finish == nil) {
				t.Errorf("%v at a write: what ended is not recorded: %v", errno, promises)
			}
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// A disk that is full for good: at every fill level, what had ended is in the reserve, and nothing that was refused was claimed.
func TestDiskFull(t *testing.T) {
	for room := int64(0); room < 3000; room += 53 * thin {
		d := newFaulty()
		s := store(t, d)
		w, err := s.Create(sampleBegin(), sampleProcess())
		if err != nil {
			t.Fatal(err)
		}
		d.mu.Lock()
		d.room = room
		d.mu.Unlock()
		promises := work(t, w, 20)
		if !errors.Is(w.Close(), ErrFull) || !strings.Contains(w.Err().Error(), "no space") {
			t.Fatalf("room %d: %v", room, w.Err())
		}
		st, err := s.Read(w.Run())
		if err != nil {
			t.Fatal(err)
		}
		check(t, promises, st)
		for _, p := range promises {
			if p.end && p.err != nil {
				t.Errorf("room %d: the outcome of %s is lost: %v", room, p.node, p.err)
			}
		}
		if st.Finish == nil || st.Torn {
			t.Errorf("room %d: finish %v, torn %v", room, st.Finish, st.Torn)
		}
		if _, _, err := s.Continue(w.Run(), sampleProcess()); room < 100 && !errors.Is(err, ErrFull) {
			t.Errorf("room %d: continued on a full disk: %v", room, err)
		}
		d.mu.Lock()
		d.room = -1
		d.mu.Unlock()
		if w, _, err = s.Continue(w.Run(), sampleProcess()); err != nil {
			t.Fatalf("room %d: after space was made: %v", room, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The reserve is finite: when it is used up, too, nothing is claimed any more.
func TestReserveUsedUp(t *testing.T) {
	d := newFaulty()
	s := store(t, d)
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.room = 0
	d.mu.Unlock()
	text := strings.Repeat("x", 200<<10)
	var kept, lost int
	for i := range 10 {
		err := w.Wait(t.Context(), w.Append(Record{Outcome: &Outcome{Node: fmt.Sprint(i), Outcome: "ok", Reason: text}}))
		switch {
		case err == nil && lost > 0:
			t.Error("claimed after the reserve was used up")
		case err == nil:
			kept++
		default:
			lost++
		}
	}
	if kept != 5 || lost != 5 {
		t.Errorf("%d kept, %d lost", kept, lost)
	}
	if err := w.Close(); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "is not recorded") {
		t.Error(err)
	}
	if st, err := s.Read(1); err != nil || len(st.Nodes) != kept {
		t.Errorf("%d nodes, %v", len(st.Nodes), err)
	}
}

// The power goes at any moment, also between a write and its sync: all that Wait promised is there, and what is there is a
// prefix of what was appended.
func TestPowerCut(t *testing.T) {
	torn := 0
	for seed := range uint64(80 / thin) {
		r := rand.New(rand.NewPCG(seed, 1))
		synctest.Test(t, func(t *testing.T) {
			cut, promised, total := powerCut(t, r)
			st, err := loadBytes(cut)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			n := 0
			if st.Nodes["n"] != nil {
				n = st.Nodes["n"].Intents
			}
			if n < promised || n > total {
				t.Fatalf("seed %d: %d of %d intents are there, %d were promised", seed, n, total, promised)
			}
			if st.Torn {
				torn++
			}
			resumeAfter(t, cut, n)
		})
	}
	if torn < 8/thin {
		t.Errorf("only %d cuts tore anything", torn)
	}
}

// powerCut lets a process write until the power goes before a sync or between two, and gives what is on the disk then.
func powerCut(t *testing.T, r *rand.Rand) (cut []byte, promised, total int) {
	t.Helper()
	d := newFaulty()
	s := store(t, d)
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	f := d.journal(t)
	var told atomic.Int64
	syncs, dice := r.IntN(8), rand.New(rand.NewPCG(r.Uint64(), 2))
	d.mu.Lock()
	d.fail = func(op string) error { // by the writing goroutine alone
		if op == "sync" {
			if syncs--; syncs == -1 {
				cut, promised = f.afterPowerCut(dice), int(told.Load())
			}
		}
		return nil
	}
	d.mu.Unlock()
	total = 1 + r.IntN(40)
	for i := 1; i <= total; i++ {
		for range r.IntN(4) {
			w.Handle(event.Event{Type: event.NodeLog, Text: strings.Repeat("x", r.IntN(1500))})
		}
		if r.IntN(3) == 0 {
			time.Sleep(most) // events are written and not synced
		}
		if ticket := w.Append(Record{Intent: &Intent{Node: "n", Attempt: i}}); r.IntN(4) == 0 && w.Wait(t.Context(), ticket) == nil {
			told.Store(int64(i))
		}
	}
	synctest.Wait()
	end := f.afterPowerCut(r)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if cut == nil || syncs >= 0 { // the power goes at the end, before Close's sync
		return end, int(told.Load()), total
	}
	return cut, promised, total
}

// resumeAfter puts what a power cut left in the place of a journal and goes on with it.
func resumeAfter(t *testing.T, content []byte, intents int) {
	t.Helper()
	s := store(t, osDisk{})
	if err := os.Mkdir(s.dir(1), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Path(1), content, 0o600); err != nil {
		t.Fatal(err)
	}
	w, st, err := s.Continue(1, Process{Resumed: true})
	if err != nil {
		t.Fatal(err)
	}
	w.Append(Record{Intent: &Intent{Node: "n", Attempt: 1}})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := s.Read(1)
	if err != nil || after.Nodes["n"].Intents != intents+1 || after.Torn || len(after.Processes) != len(st.Processes)+1 {
		t.Fatalf("after going on: %+v, %v", after, err)
	}
}

// A process whose sync failed leaves bytes that the system counts as written and that are not. The next one writes them again.
func TestContinueWritesAgainWhatWasNotSynced(t *testing.T) {
	d := newFaulty()
	s := store(t, d)
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.fail = func(op string) error {
		if op == "sync" {
			return syscall.EIO
		}
		return nil
	}
	d.mu.Unlock()
	if w.Wait(t.Context(), w.Append(Record{Intent: &Intent{Node: "n", Attempt: 1}})) == nil {
		t.Fatal("claimed")
	}
	if w.Close() == nil || !errors.Is(w.Err(), syscall.EIO) {
		t.Fatal(w.Err())
	}
	d.mu.Lock()
	d.fail, d.ops = nil, nil
	d.mu.Unlock()
	w, st, err := s.Continue(1, sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if st.Nodes["n"].Intents != 1 {
		t.Errorf("%+v", st.Nodes["n"])
	}
	write, sync := slices.Index(d.ops, "write journal"), slices.Index(d.ops, "sync journal")
	if write < 0 || sync < write {
		t.Errorf("operations: %v", d.ops)
	}
}

// What a creation does is durable in the order in which it would be missed.
func TestCreateSyncsNames(t *testing.T) {
	d := newFaulty()
	s := store(t, d)
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	next := 0
	for _, want := range []string{"tempdir runs", "write reserve", "sync reserve", "write journal", "sync journal", "syncdir .new-", "rename 000001", "syncdir runs"} {
		i := slices.IndexFunc(d.ops[next:], func(op string) bool { return strings.HasPrefix(op, want) })
		if i < 0 {
			t.Fatalf("no %q after %d in %v", want, next, d.ops)
		}
		next += i + 1
	}
	if left, _ := filepath.Glob(filepath.Join(s.runs, newPattern)); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestWaitObeysItsContext(t *testing.T) {
	d := newFaulty()
	s := store(t, d)
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	d.mu.Lock()
	d.fail = func(op string) error { <-hang; return nil }
	d.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	ticket := w.Append(Record{Intent: &Intent{Node: "n", Attempt: 1}})
	waited := make(chan error)
	go func() { waited <- w.Wait(ctx, ticket) }()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(hang)
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := w.Wait(ctx, ticket); err != nil {
		t.Errorf("durable, and Wait says %v", err)
	}
	if w.Wait(t.Context(), w.Append(Record{Intent: &Intent{Node: "n", Attempt: 2}})) == nil {
		t.Error("claimed after Close")
	}
}

// The file was made under another name, which nobody would find.
func TestFailureNamesTheJournal(t *testing.T) {
	d := newFaulty()
	s := store(t, d)
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.fail = func(string) error { return &fs.PathError{Op: "write", Path: "runs/.new-1/journal", Err: syscall.EIO} }
	d.mu.Unlock()
	ticket := w.Append(Record{Intent: &Intent{Node: "n", Attempt: 1}})
	if err := w.Wait(t.Context(), ticket); err == nil || !strings.Contains(err.Error(), s.Path(1)) || strings.Contains(err.Error(), ".new-") {
		t.Errorf("%v does not name %s", err, s.Path(1))
	}
	_ = w.Close()
}
