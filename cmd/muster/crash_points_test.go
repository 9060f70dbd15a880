package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// crashSample is how many points of a run are tried when not all are.
const crashSample = 40

// TestCrashPoints kills the process with SIGKILL at points before and after every journal write, sync and dispatch of a run
// over twelve hosts, and has the run resumed: the fleet ends as that of an unbroken run, restarted as often, nothing is owed
// and nothing is left. It tries forty points, spread evenly; MUSTER_CRASH_ALL=1 tries all, MUSTER_CRASH_POINT=N only that.
func TestCrashPoints(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a fleet for every point")
	}
	unbroken := newCrashFleet(t)
	n := unbroken.points(t)
	want := unbroken.state()
	t.Logf("%d points", n)
	for _, line := range want {
		t.Log(line)
	}
	turns := make(chan struct{}, max(2, runtime.NumCPU()))
	for _, point := range crashPoints(t, n) {
		t.Run(strconv.Itoa(point), func(t *testing.T) {
			t.Parallel()
			turns <- struct{}{}
			defer func() { <-turns }()
			crashAt(t, point, want)
		})
	}
}

// crashPoints are those to try.
func crashPoints(t *testing.T, n int) (out []int) {
	sample := crashSample
	switch {
	case os.Getenv("MUSTER_CRASH_POINT") != "":
		one, err := strconv.Atoi(os.Getenv("MUSTER_CRASH_POINT"))
		if err != nil {
			t.Fatal(err)
		}
		return []int{one}
	case os.Getenv("MUSTER_CRASH_ALL") == "1":
		sample = n
	case raced:
		sample = 8
	}
	for i := range min(sample, n) {
		out = append(out, 1+i*n/min(sample, n))
	}
	return out
}

func crashAt(t *testing.T, point int, want []string) {
	f := newCrashFleet(t)
	out, exit, died := f.apply(t, fmt.Sprint("MUSTER_CRASHPOINT=", point))
	if !died {
		// Runs differ by a few points: which records share a sync is a matter of time.
		if exit != 0 {
			t.Fatalf("it was not killed and ended with %d\n%s", exit, out)
		}
		t.Log("the run ended before the point")
	} else if again, exit, _ := f.resume(t); exit != 0 {
		t.Errorf("the second process: exit %d\n%s\nafter\n%s", exit, again, out)
	}
	if diff := cmp.Diff(want, f.state()); diff != "" {
		t.Errorf("the fleet is not as after an unbroken run (-unbroken +resumed):\n%s", diff)
	}
	f.judgeDownAtMost(t, 2)
}

// resume carries the run on. A process that was killed before its journal stood has begun nothing: then it is begun.
func (f *crashFleet) resume(t *testing.T) (string, int, bool) {
	t.Helper()
	if runs, err := os.ReadDir(f.file("state/muster/runs")); err != nil || len(runs) == 0 {
		return f.apply(t)
	}
	return f.apply(t)
}

// judgeDownAtMost wants no more servers of a site to have been down together.
func (f *crashFleet) judgeDownAtMost(t *testing.T, most int) {
	t.Helper()
	for site, n := range f.maxDown() {
		if n > most {
			t.Errorf("%d servers of %s were down at once, %d allowed", n, site, most)
		}
	}
}
