package journal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// crashing works on a run and writes to what is standard output what was promised.
func crashing(t *testing.T, s *Store) {
	t.Helper()
	w, err := s.Create(sampleBegin(), sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := w.Wait(t.Context(), w.Append(Record{Intent: &Intent{Node: strconv.Itoa(i), Attempt: 1}})); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("promised %d\n", i)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w, _, err = s.Continue(1, sampleProcess())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// kill -9 before and after each write, sync and rename: what was promised is there, and nothing is in the way of the next process.
func TestKilledAtEveryPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the test again")
	}
	binary := filepath.Join(t.TempDir(), "crash.test")
	if out, err := exec.Command("go", "test", "-c", "-tags", "crashpoint", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(dir string, env ...string) (string, error) {
		cmd := exec.Command(binary, "-test.run=^TestHelper$")
		cmd.Env = append(append(os.Environ(), "JOURNAL_HELPER=crash "+dir), env...)
		out, err := cmd.Output()
		return string(out), err
	}
	count := filepath.Join(t.TempDir(), "count")
	if out, err := run(t.TempDir(), "MUSTER_CRASHPOINT_COUNT="+count); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(count)
	if err != nil {
		t.Fatal(err)
	}
	points, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || points < 14 {
		t.Fatalf("%d crash points, %v", points, err)
	}
	for n := 1; n <= points; n++ {
		dir := t.TempDir()
		out, err := run(dir, "MUSTER_CRASHPOINT="+strconv.Itoa(n))
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("point %d: %v\n%s", n, err, out)
		}
		afterCrash(t, dir, n, strings.Count(out, "promised"))
	}
}

func afterCrash(t *testing.T, dir string, point, promised int) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.List()
	if err != nil || len(list) > 1 || len(list) == 0 && promised > 0 {
		t.Fatalf("point %d: %v, %v", point, list, err)
	}
	if len(list) == 0 {
		return
	}
	if list[0].Err != nil || list[0].Running || list[0].Finish != nil {
		t.Errorf("point %d: %+v", point, list[0])
	}
	w, st, err := s.Continue(1, sampleProcess())
	if err != nil {
		t.Fatalf("point %d: %v", point, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if len(st.Nodes) < promised || len(st.Nodes) > promised+1 {
		t.Errorf("point %d: %d nodes, %d were promised", point, len(st.Nodes), promised)
	}
}
