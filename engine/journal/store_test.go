package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/event"
)

func TestDir(t *testing.T) {
	for _, c := range []struct {
		environ []string
		want    string
	}{
		{[]string{"HOME=/home/ops", "XDG_STATE_HOME=/var/state"}, "/var/state/muster"},
		{[]string{"HOME=/home/ops", "XDG_STATE_HOME=state"}, "/home/ops/.local/state/muster"},
		{[]string{"HOME=/home/ops", "XDG_STATE_HOME="}, "/home/ops/.local/state/muster"},
		{[]string{"HOMES=/x"}, ""},
	} {
		got, err := Dir(c.environ)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%v: %q, %v", c.environ, got, err)
		}
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{
		filepath.Dir(dir): 0o700, dir: 0o700, s.runs: 0o700, s.dir(1): 0o700, s.Path(1): 0o600, filepath.Join(s.dir(1), reserveName): 0o600,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if info, err := os.Stat(filepath.Join(s.dir(1), reserveName)); err != nil || info.Size() != reserveSize {
		t.Errorf("reserve: %v, %v", info, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir(1), reserveName)); err == nil {
		t.Error("the reserve of a run that ended is kept")
	}
}

// What others could have read or changed is refused, with what to do.
func TestUnsafe(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s *Store) error
		says  string
	}{
		"directory for all":  {func(s *Store) error { return os.Chmod(s.dir(1), 0o755) }, "chmod 700"},
		"file for the group": {func(s *Store) error { return os.Chmod(s.Path(1), 0o640) }, "chmod 600"},
		"link to a directory": {func(s *Store) error {
			return errors.Join(os.Rename(s.dir(1), s.dir(1)+"x"), os.Symlink(s.dir(1)+"x", s.dir(1)))
		}, "symbolic link"},
		"link to a file": {func(s *Store) error {
			return errors.Join(os.Rename(s.Path(1), s.Path(1)+"x"), os.Symlink(s.Path(1)+"x", s.Path(1)))
		}, "symbolic link"},
		"a directory": {func(s *Store) error {
			return errors.Join(os.Remove(s.Path(1)), os.Mkdir(s.Path(1), 0o700))
		}, ""},
		"a file as the run": {func(s *Store) error {
			return errors.Join(os.RemoveAll(s.dir(1)), os.WriteFile(s.dir(1), nil, 0o600))
		}, "not a directory"},
		"another owner": {func(s *Store) error { return os.Chown(s.Path(1), 12345, -1) }, "another user"},
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, osDisk{})
			w, err := s.Create(sampleBegin(), sampleProcess())
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(s); errors.Is(err, os.ErrPermission) {
				t.Skip("only root can do this")
			} else if err != nil {
				t.Fatal(err)
			}
			_, err = s.Read(1)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("read: %v", err)
			}
			if _, _, err := s.Continue(1, sampleProcess()); err == nil {
				t.Error("continued")
			}
			if list, err := s.List(); err != nil || len(list) != 1 || list[0].Err == nil {
				t.Errorf("list: %+v, %v", list, err)
			}
		})
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "runs"), 0o750); err != nil {
		t.Fatal(err)
	}
	var bad *Unsafe
	if _, err := Open(dir); !errors.As(err, &bad) {
		t.Errorf("open: %v", err)
	}
}

func TestNoSuchRun(t *testing.T) {
	s := store(t, osDisk{})
	if _, err := s.Read(4); !errors.Is(err, ErrNoRun) {
		t.Error(err)
	}
	if _, _, err := s.Continue(4, sampleProcess()); !errors.Is(err, ErrNoRun) {
		t.Error(err)
	}
	if _, running := s.Running(4); running {
		t.Error("it runs")
	}
}

// A journal that was copied to another number is not that run's.
func TestRunNumberIsChecked(t *testing.T) {
	s := store(t, osDisk{})
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), os.Rename(s.dir(1), s.dir(2))); err != nil {
		t.Fatal(err)
	}
	var damaged *Damaged
	if _, err := s.Read(2); !errors.As(err, &damaged) {
		t.Error(err)
	}
}

// List trips over nothing that is no run, and sweeps what an old creation left.
func TestListAndSweep(t *testing.T) {
	s := store(t, osDisk{})
	for name, age := range map[string]time.Duration{".new-1": 2 * time.Hour, ".new-2": 0} {
		dir := filepath.Join(s.runs, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.runs, "7"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	first.Append(Record{Finish: &Finish{ExitCode: 4}})
	for range 2000 { // more than the first look at the end takes in
		first.Handle(event.Event{Type: event.NodeLog, Text: strings.Repeat("x", 200)})
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	list, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range list {
		got = append(got, fmt.Sprintln(in.Run, in.Running, in.Finish != nil, in.Begin.Playbook, in.Process.PID, in.Last.After(in.Began), in.Err))
	}
	want := []string{"2 true false site.hcl 4711 false <nil>\n", "1 false true site.hcl 4711 true <nil>\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	left, _ := filepath.Glob(filepath.Join(s.runs, newPattern))
	if len(left) != 1 || filepath.Base(left[0]) != ".new-2" {
		t.Errorf("left: %v", left)
	}
}

// The state that List gives agrees with Read's for every kind of end.
func TestListAgreesWithRead(t *testing.T) {
	b := sample(t)
	for _, end := range ends(t, b)[1:] {
		s := store(t, osDisk{})
		if err := errors.Join(os.Mkdir(s.dir(1), 0o700), os.WriteFile(s.Path(1), b[:end], 0o600)); err != nil {
			t.Fatal(err)
		}
		st, err := s.Read(1)
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.List()
		if err != nil || list[0].Err != nil {
			t.Fatal(err, list)
		}
		if in := list[0]; !cmp.Equal(in.Finish, st.Finish) || !in.Last.Equal(st.Last) || !in.Began.Equal(st.Began) || !cmp.Equal(in.Begin, st.Begin) {
			t.Errorf("at %d: %+v and %+v", end, in, st)
		}
	}
}

func TestVerify(t *testing.T) {
	b := sample(t)
	s := store(t, osDisk{})
	if err := errors.Join(os.Mkdir(s.dir(1), 0o700), os.WriteFile(s.Path(1), b[:len(b)-5], 0o600)); err != nil {
		t.Fatal(err)
	}
	at := ends(t, b)
	whole := at[len(at)-2]
	if v, err := s.Verify(1); err != nil || v != (Verdict{len(at) - 2, whole, int64(len(b)) - 5 - whole}) {
		t.Errorf("%+v, %v", v, err)
	}
	b[at[3]+40] ^= 1
	if err := os.WriteFile(s.Path(1), b, 0o600); err != nil {
		t.Fatal(err)
	}
	var damaged *Damaged
	if _, err := s.Verify(1); !errors.As(err, &damaged) || damaged.Offset != at[3] {
		t.Error(err)
	}
}

// helper runs this test binary again as another process that works in a directory.
func helper(t *testing.T, dir string, what ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelper$")
	cmd.Env = append(os.Environ(), "JOURNAL_HELPER="+strings.Join(append(what, dir), " "))
	cmd.Stderr = os.Stderr
	return cmd
}

// TestHelper is what the other process does.
func TestHelper(t *testing.T) {
	what := strings.Fields(os.Getenv("JOURNAL_HELPER"))
	if len(what) == 0 {
		t.Skip("only as a helper")
	}
	s, err := Open(what[len(what)-1])
	if err != nil {
		t.Fatal(err)
	}
	switch what[0] {
	case "create":
		for range 20 {
			w, err := s.Create(sampleBegin(), Process{PID: os.Getpid()})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
	case "hold":
		w, err := s.Create(sampleBegin(), Process{User: "ops", Machine: "bastion", PID: os.Getpid()})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Wait(t.Context(), w.Append(Record{Intent: &Intent{Node: "n", Attempt: 1}})); err != nil {
			t.Fatal(err)
		}
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin) // until killed
	case "crash":
		crashing(t, s)
	}
}

func TestNumbersAreUniqueAcrossProcesses(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []*exec.Cmd
	for range 3 {
		cmd := helper(t, dir, "create")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	runs, err := s.numbers()
	if err != nil || len(runs) != 60 || runs[0] != 60 {
		t.Errorf("%d runs: %v, %v", len(runs), runs, err)
	}
	pids := map[int]int{}
	for _, run := range runs {
		st, err := s.Read(run)
		if err != nil {
			t.Fatal(err)
		}
		pids[st.Processes[0].PID]++
	}
	for pid, n := range pids {
		if n != 20 {
			t.Errorf("process %d has %d runs", pid, n)
		}
	}
}

func TestAnotherProcessHoldsTheRun(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	cmd := helper(t, dir, "hold")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !bytes.Equal(lines.Bytes(), []byte("held")) {
	}
	var running *Running
	_, _, err = s.Continue(1, sampleProcess())
	if !errors.As(err, &running) || !errors.Is(err, ErrRunning) || running.Process == nil || running.Process.PID != cmd.Process.Pid {
		t.Errorf("continue: %v", err)
	}
	if p, ok := s.Running(1); !ok || p.PID != cmd.Process.Pid {
		t.Errorf("running: %v %v", p, ok)
	}
	if st, err := s.Read(1); err != nil || st.Nodes["n"].Intents != 1 {
		t.Errorf("read: %+v, %v", st, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if p, ok := s.Running(1); ok {
		t.Errorf("still running: %v", p)
	}
	w, st, err := s.Continue(1, sampleProcess())
	if err != nil || !st.Nodes["n"].Begun || st.Finish != nil {
		t.Fatalf("%+v, %v", st, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if runs, _ := s.numbers(); !slices.Equal(runs, []int{1}) {
		t.Errorf("runs: %v", runs)
	}
}
