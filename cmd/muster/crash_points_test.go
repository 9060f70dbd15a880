package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// crashSample is how many points of a run are tried when not all are, and resumedSample how many of those have the second
// process killed, too.
const (
	crashSample   = 40
	resumedSample = 8
)

// TestCrashPoints kills the process with SIGKILL before or after a journal write, a sync or a dispatch of a run over twelve
// hosts, and has the run resumed: the fleet ends as that of an unbroken run, each server restarted as often, nothing is owed
// and nothing is left. It tries forty points, spread evenly; MUSTER_CRASH_ALL=1 tries all, MUSTER_CRASH_POINT=N only that.
func TestCrashPoints(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a fleet for every point")
	}
	binary := buildCrashing(t)
	unbroken := newCrashFleet(t, binary)
	if out, exit, _ := unbroken.apply(t, unbroken.killedAt(0)...); exit != 0 {
		t.Fatalf("the unbroken run: exit %d\n%s", exit, out)
	}
	c := &crashes{binary: binary, points: unbroken.passed(t), want: unbroken.state(), turns: make(chan struct{}, max(2, runtime.NumCPU()))}
	t.Logf("%d points", c.points)
	for i, point := range c.sample(t) {
		t.Run(strconv.Itoa(point), func(t *testing.T) {
			t.Parallel()
			c.turns <- struct{}{}
			defer func() { <-c.turns }()
			c.at(t, point, i%(crashSample/resumedSample) == 2)
		})
	}
}

// crashes are what is known of an unbroken run.
type crashes struct {
	binary string
	points int
	want   []string
	turns  chan struct{} // how many fleets there are at once
}

// sample are the points to try.
func (c *crashes) sample(t *testing.T) (out []int) {
	n := min(crashSample, c.points)
	switch {
	case os.Getenv("MUSTER_CRASH_POINT") != "":
		one, err := strconv.Atoi(os.Getenv("MUSTER_CRASH_POINT"))
		if err != nil {
			t.Fatal(err)
		}
		return []int{one}
	case os.Getenv("MUSTER_CRASH_ALL") == "1":
		n = c.points
	case raced:
		n = resumedSample
	}
	for i := range n {
		out = append(out, 1+i*c.points/n)
	}
	return out
}

// at kills a run at a point, has it resumed, and looks at what became of the fleet. Where twice, the second process is
// killed as well, somewhere, and a third goes on.
func (c *crashes) at(t *testing.T, point int, twice bool) {
	f, out := c.killed(t, point)
	if twice {
		second, exit, died := f.resume(t, f.killedAt(1+point%97)...)
		if !died && exit != 0 {
			t.Errorf("the second process: exit %d\n%s\nafter\n%s", exit, second, out)
		}
		out += second
	}
	if again, exit, _ := f.resume(t); exit != 0 {
		t.Errorf("the last process: exit %d\n%s\nafter\n%s", exit, again, out)
	}
	for i, got := range f.state() {
		if got != c.want[i] {
			t.Errorf("after an unbroken run\n  %s\nafter this\n  %s", c.want[i], got)
		}
	}
	for site, n := range f.maxDown() {
		if n > crashUnavailable {
			t.Errorf("%d servers of %s were down at once, %d allowed", n, site, crashUnavailable)
		}
	}
	for deadline := time.Now().Add(30 * time.Second); len(f.alive()) > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("processes outlive their run: %v", f.alive())
		}
	}
}

// killed is a fleet after the process was killed at the point. Runs differ: which records share a sync is a matter of time.
// So where a run ends before the point, another is killed as far from the beginning, for its length.
func (c *crashes) killed(t *testing.T, point int) (*crashFleet, string) {
	for range 5 {
		f := newCrashFleet(t, c.binary)
		out, exit, died := f.apply(t, f.killedAt(point)...)
		if died {
			return f, out
		}
		if exit != 0 {
			t.Fatalf("it was not killed at %d and ended with %d\n%s", point, exit, out)
		}
		point = max(1, point*f.passed(t)/max(c.points, point))
	}
	t.Fatalf("no run comes to point %d", point)
	return nil, ""
}

// resume carries the run on. One that was killed before its journal stood has begun nothing, and is begun; one that was
// over when it was killed has nothing left to do, and says so.
func (f *crashFleet) resume(t *testing.T, env ...string) (string, int, bool) {
	t.Helper()
	if runs, err := filepath.Glob(f.file("state/muster/runs/0*")); err != nil || len(runs) == 0 {
		return f.apply(t, env...)
	}
	return f.muster(t, env, "resume")
}
