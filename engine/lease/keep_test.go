package lease_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/plugins/sdk"
)

// loss waits for the next loss.
func loss(t testing.TB, l *lease.Lease) lease.Loss {
	t.Helper()
	select {
	case lost := <-l.Lost():
		return lost
	case <-t.Context().Done():
	case <-time.After(time.Hour):
	}
	t.Fatal("no loss was reported")
	return lease.Loss{}
}

func none(t testing.TB, l *lease.Lease) {
	t.Helper()
	select {
	case lost := <-l.Lost():
		t.Errorf("lost %+v", lost)
	default:
	}
}

// It is renewed for as long as it is held, about every half minute, not all hosts at once.
func TestRenewal(t *testing.T) {
	w := newWorld(t, "h1", "h2", "h3", "h4", "h5")
	synctest.Test(t, func(t *testing.T) {
		times := map[int64]bool{}
		for _, m := range w.hosts {
			m.on = func(string) (bool, bool) { times[time.Now().UnixNano()] = true; return false, false }
		}
		l := acquire(t, w.options(t, 1))
		time.Sleep(30 * time.Minute)
		none(t, l)
		if n := w.asked("h3"); n < 60 || n > 70 {
			t.Errorf("%d renewals in 30 minutes", n)
		}
		if len(times) < 200 {
			t.Errorf("5 hosts were asked at %d different times in 30 minutes", len(times))
		}
		release(t, l)
		w.free(t)
	})
}

// A holder that stood still for longer than the stale time finds out at once, whose the host is now.
func TestLossIsNoticed(t *testing.T) {
	w := newWorld(t, "h1", "h2")
	synctest.Test(t, func(t *testing.T) {
		old := acquire(t, w.options(t, 1))
		w.with("h2", func(m *machine) { m.skew = time.Hour }) // its clock jumps: only there it looks stale
		o := w.options(t, 2)
		o.Targets = o.Targets[:0]
		for _, target := range w.options(t, 2).Targets {
			if target.Host == "h2" {
				o.Targets = append(o.Targets, target)
			}
		}
		thief := acquire(t, o)
		began := time.Now()
		lost := loss(t, old)
		if lost.Host != "h2" || lost.Owner == nil || lost.Owner.Run != 2 || !strings.Contains(lost.Err.Error(), "run 2 of ann@bastion2") {
			t.Errorf("got %+v", lost)
		}
		if after := time.Since(began); after > 31*time.Second {
			t.Errorf("noticed after %s", after)
		}
		release(t, old)
		if len(w.files(t, "h2")) != 5 {
			t.Errorf("the old holder's release left %q of another's lease", w.files(t, "h2"))
		}
		time.Sleep(5 * time.Minute)
		none(t, thief)
		release(t, thief)
		w.free(t)
	})
}

func TestLossOfTheDirectory(t *testing.T) {
	w := newWorld(t, "h1")
	synctest.Test(t, func(t *testing.T) {
		l := acquire(t, w.options(t, 1))
		must(t, os.RemoveAll(filepath.Join(w.hosts["h1"].home, ".muster")))
		if lost := loss(t, l); lost.Owner != nil || !strings.Contains(lost.Err.Error(), "was removed") {
			t.Errorf("got %+v", lost)
		}
		release(t, l)
	})
}

// A host that does not answer is lost when its lease may be another's: not earlier, and not later.
func TestLossOfAHostThatIsSilent(t *testing.T) {
	w := newWorld(t, "h1", "h2")
	synctest.Test(t, func(t *testing.T) {
		l := acquire(t, w.options(t, 1))
		time.Sleep(10 * time.Minute)
		began := time.Now()
		w.dies("h2")
		lost := loss(t, l)
		var f *sdk.Failure
		if lost.Host != "h2" || lost.Owner != nil || !errors.As(lost.Err, &f) || !strings.Contains(f.Why, "2m0s") {
			t.Errorf("got %+v", lost)
		}
		if after := time.Since(began); after < 90*time.Second || after > 2*time.Minute+time.Second {
			t.Errorf("reported after %s", after)
		}
		time.Sleep(time.Hour)
		none(t, l) // once is enough
		if err := l.Release(t.Context()); err == nil || !strings.Contains(err.Error(), "h2: ") || strings.Contains(err.Error(), "h1: ") {
			t.Errorf("release gave %v", err)
		}
	})
}

// A network that is away for less than the stale time does no harm; nor do answers that get lost.
func TestShortOutage(t *testing.T) {
	w := newWorld(t, "h1", "h2")
	synctest.Test(t, func(t *testing.T) {
		l := acquire(t, w.options(t, 1))
		w.dies("h1")
		n := 0
		w.with("h2", func(m *machine) {
			m.on = func(line string) (before, after bool) { n++; return n%3 == 1, n%3 == 2 }
		})
		time.Sleep(80 * time.Second)
		w.with("h1", func(m *machine) { m.down = false })
		time.Sleep(time.Hour)
		none(t, l)
		w.with("h2", func(m *machine) { m.on = nil })
		release(t, l)
		w.free(t)
	})
}

// A process that was stopped for an hour asks before it believes: what nobody took is still ours, what somebody took is
// reported at once.
func TestStoppedForAnHour(t *testing.T) {
	for _, taken := range []bool{false, true} {
		w := newWorld(t, "h1")
		synctest.Test(t, func(t *testing.T) {
			var jump atomic.Int64
			o := w.options(t, 1)
			o.Now = func() time.Time { return time.Now().Add(time.Duration(jump.Load())) }
			l := acquire(t, o)
			time.Sleep(time.Second)
			synctest.Wait()
			told := w.asked("h1")
			jump.Store(int64(time.Hour)) // the machine slept: its timers did not go on, the host's clock did
			w.with("h1", func(m *machine) { m.skew = time.Hour })
			if taken {
				thief := acquire(t, w.options(t, 2))
				defer func() { release(t, thief); w.free(t) }()
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if taken {
				if lost := loss(t, l); lost.Owner == nil || lost.Owner.Run != 2 {
					t.Errorf("got %+v", lost)
				}
			} else if none(t, l); w.asked("h1") == told {
				t.Error("the host was not asked after the sleep")
			}
			release(t, l)
		})
	}
}

// Renewals that cannot be written are tried again, and the host is lost in the end; its lease goes all the same.
func TestDiskFullWhileHolding(t *testing.T) {
	w := newWorld(t, "h1")
	date := filepath.Join(w.dir, "bin", "date")
	works, err := os.ReadFile(date)
	must(t, err)
	synctest.Test(t, func(t *testing.T) {
		l := acquire(t, w.options(t, 1))
		must(t, os.WriteFile(date, []byte("#!/bin/sh\necho 'date: write error: No space left on device' >&2\nexit 1\n"), 0o700))
		if lost := loss(t, l); !strings.Contains(lost.Err.Error(), "No space left") {
			t.Errorf("got %+v", lost)
		}
		release(t, l)
		w.free(t)
		must(t, os.WriteFile(date, works, 0o700))
	})
}

// Hosts that hang do not make the renewals of the others late, however many they are.
func TestManyHostsThatHang(t *testing.T) {
	const all, hang = 140, 130
	var names []string
	for i := range all {
		names = append(names, fmt.Sprintf("h%03d", i))
	}
	w := newWorld(t, names...)
	synctest.Test(t, func(t *testing.T) {
		o := w.options(t, 1)
		l := acquire(t, o)
		for _, name := range names[:hang] {
			w.with(name, func(m *machine) { m.hangs = true })
		}
		for range hang {
			if lost := loss(t, l); lost.Host >= names[hang] {
				t.Errorf("%s answers and was lost: %v", lost.Host, lost.Err)
			}
		}
		time.Sleep(10 * time.Minute)
		none(t, l)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_ = l.Release(ended)
		_ = o.Pool.Close()
	})
}
