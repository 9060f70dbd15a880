package lease_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

func TestTakeAndRelease(t *testing.T) {
	w := newWorld(t, "h1", "h2", "h3")
	l := acquire(t, w.options(t, 12))
	for name, m := range w.hosts {
		if m.told != 1 {
			t.Errorf("%s was asked %d times, want once", name, m.told)
		}
		var owner struct {
			lease.Owner
			Host string
		}
		b, err := os.ReadFile(filepath.Join(m.home, ".muster/lease/owner.json"))
		must(t, err)
		must(t, json.Unmarshal(b, &owner))
		if owner.Run != 12 || owner.User != "ann" || owner.Host != name || len(owner.ID) != 32 {
			t.Errorf("owner.json of %s: %+v", name, owner)
		}
		if len(w.files(t, name)) != 5 {
			t.Errorf("%s holds %q", name, w.files(t, name))
		}
	}
	release(t, l)
	w.free(t)
	release(t, acquire(t, w.options(t, 13)))
}

// The second is told who, from where, what for, since when and where, and leaves no trace.
func TestHeld(t *testing.T) {
	w := newWorld(t, "h1", "h2", "h3")
	synctest.Test(t, func(t *testing.T) {
		for name, skew := range map[string]time.Duration{"h1": 0, "h2": 365 * 24 * time.Hour, "h3": -time.Hour} {
			w.with(name, func(m *machine) { m.skew = skew })
		}
		began := time.Now()
		l := acquire(t, w.options(t, 12))
		time.Sleep(10 * time.Minute)
		o := w.options(t, 13)
		o.Now = func() time.Time { return time.Now().Add(400 * 24 * time.Hour) } // the second's clock
		held := refusal(t, o)
		if hostsOf(held) != "h1 h2 h3" {
			t.Errorf("held are %s", hostsOf(held))
		}
		for _, h := range held.Hosts {
			got := h.Owner
			if since := o.Now().Sub(got.Since).Round(time.Minute); since != 10*time.Minute {
				t.Errorf("%s is held since %s", h.Host, since)
			}
			if h.Quiet > 30*time.Second {
				t.Errorf("%s was not renewed for %s", h.Host, h.Quiet)
			}
			got.ID, got.Since = "", time.Time{}
			if diff := cmp.Diff(lease.Owner{Run: 12, User: "ann", Machine: "bastion12", PID: 4012, Reason: "apply site.hcl"}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		if want := "h1, h2, h3: held by run 12 of ann@bastion12 (process 4012): apply site.hcl"; held.Error() != want {
			t.Errorf("got %q", held)
		}
		if _, err := os.Stat(filepath.Join(w.dir, "h1/.muster")); err != nil || time.Since(began) < 10*time.Minute {
			t.Error(err)
		}
		release(t, l)
		w.free(t)
	})
}

// A conflict on one host gives back all others.
func TestPartialConflict(t *testing.T) {
	w := newWorld(t, "h1", "h2", "h3", "h4")
	first := w.options(t, 1)
	first.Targets = []transport.Target{{Host: "h3"}}
	l := acquire(t, first)
	if held := refusal(t, w.options(t, 2)); hostsOf(held) != "h3" {
		t.Errorf("held are %s", hostsOf(held))
	}
	release(t, l)
	w.free(t)
}

func crash(t *testing.T, o lease.Options) {
	t.Helper()
	l := acquire(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = o.Pool.Close()
	_ = l.Release(ctx) // ends the renewals and can reach nobody
}

// What a holder left that died is anybody's after two minutes by the host's clock, whatever the controller's clock says.
func TestTakeOver(t *testing.T) {
	for name, year := range map[string]time.Duration{"same": 0, "ahead": 365 * 24 * time.Hour, "behind": -365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "h1", "h2")
			synctest.Test(t, func(t *testing.T) {
				for _, m := range w.hosts {
					m.skew = year
				}
				crash(t, w.options(t, 1))
				o := w.options(t, 2)
				o.Now = func() time.Time { return time.Now().Add(-year) }
				time.Sleep(2 * time.Minute)
				if held := refusal(t, o); held.Hosts[0].Quiet != 2*time.Minute {
					t.Errorf("quiet for %s", held.Hosts[0].Quiet)
				}
				time.Sleep(time.Second)
				l := acquire(t, o)
				if held := refusal(t, w.options(t, 3)); held.Hosts[0].Owner.Run != 2 || held.Hosts[0].Quiet != 0 {
					t.Errorf("held by %+v", held.Hosts[0])
				}
				if n := len(w.files(t, "h1")); n != 5 {
					t.Errorf("h1 holds %q", w.files(t, "h1"))
				}
				release(t, l)
				w.free(t)
			})
		})
	}
}

// The lease of a process that is known to be dead is taken at once, and of no other.
func TestTakeOverOfTheDead(t *testing.T) {
	w := newWorld(t, "h1", "h2")
	crash(t, w.options(t, 1))
	o := w.options(t, 2)
	o.Dead = func(owner lease.Owner) bool { return owner.PID == 4002 }
	if held := refusal(t, o); hostsOf(held) != "h1 h2" {
		t.Errorf("held are %s", hostsOf(held))
	}
	o.Dead = func(owner lease.Owner) bool { return owner.PID == 4001 && owner.Machine == "bastion1" }
	release(t, acquire(t, o))
	w.free(t)
}

// A host that cannot be reached is left out; the next one by name is then the first.
func TestUnreachable(t *testing.T) {
	w := newWorld(t, "h1", "h2", "h3", "h4")
	w.dies("h1")
	w.dies("h3")
	l := acquire(t, w.options(t, 1))
	var names []string
	for _, u := range l.Unreachable() {
		names = append(names, u.Host)
		var f *sdk.Failure
		if !errors.As(u.Err, &f) || f.Class != sdk.Unreachable || len(f.Do) == 0 {
			t.Errorf("%s: %v is no failure with a next step", u.Host, u.Err)
		}
	}
	if diff := cmp.Diff([]string{"h1", "h3"}, names); diff != "" {
		t.Error(diff)
	}
	if held := refusal(t, w.options(t, 2)); hostsOf(held) != "h2 h4" {
		t.Errorf("held are %s", hostsOf(held))
	}
	release(t, l)
	w.free(t)
}

// The connection may be cut before the host did it, or after: it is asked again and knows.
func TestConnectionLostWhileTaking(t *testing.T) {
	for _, done := range []bool{false, true} {
		w := newWorld(t, "h1")
		w.hosts["h1"].on = func(string) (before, after bool) {
			first := w.hosts["h1"].told == 1
			return first && !done, first && done
		}
		l := acquire(t, w.options(t, 1))
		if len(l.Unreachable()) > 0 {
			t.Errorf("done %t: left out: %v", done, l.Unreachable())
		}
		release(t, l)
		w.free(t)
	}
}

// Whoever gives up while taking gives back what he has.
func TestCancelled(t *testing.T) {
	w := newWorld(t, "h1", "h2", "h3")
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	w.hosts["h2"].on = func(string) (bool, bool) { cancel(enough); return false, false }
	if _, err := lease.Acquire(ctx, w.options(t, 1)); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	w.free(t)
}

// Cause and next step for each host that answers and cannot hold a lease.
func TestDenied(t *testing.T) {
	for name, c := range map[string]struct {
		spoil     func(t *testing.T, home string)
		why, next string
	}{
		"a file in the way": {func(t *testing.T, home string) {
			must(t, os.WriteFile(filepath.Join(home, ".muster"), nil, 0o600))
		}, ".muster", "log in as bwadmin"},
		"something else's lease": {func(t *testing.T, home string) {
			must(t, os.MkdirAll(filepath.Join(home, ".muster/lease/photos"), 0o700))
		}, "no lease that muster made", "rm -r ~/.muster/lease"},
		"no home": {func(t *testing.T, home string) {
			must(t, os.Rename(home, home+".gone"))
			must(t, os.WriteFile(home, nil, 0o600))
		}, "", "log in as bwadmin"},
		"read only": {func(t *testing.T, home string) {
			lie(t, home, "mkdir: cannot create directory '.muster': Read-only file system")
		}, "Read-only file system", "home directory writable"},
		"full": {func(t *testing.T, home string) {
			lie(t, home, "mkdir: cannot create directory '.muster': No space left on device")
		}, "No space left", "free space"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "h1", "h2", "h3")
			c.spoil(t, w.hosts["h2"].home)
			_, err := lease.Acquire(t.Context(), w.options(t, 1))
			var denied *lease.Denied
			var f *sdk.Failure
			if !errors.As(err, &denied) || len(denied.Hosts) != 1 || !errors.As(denied.Hosts[0].Err, &f) {
				t.Fatalf("got %v", err)
			}
			if denied.Hosts[0].Host != "h2" || !strings.Contains(f.Why, c.why) || !strings.Contains(strings.Join(f.Do, " "), c.next) {
				t.Errorf("got %+v", f)
			}
			for _, h := range []string{"h1", "h3"} {
				if left := w.files(t, h); len(left) > 0 {
					t.Errorf("%s: left %q", h, left)
				}
			}
		})
	}
}

// lie makes mkdir say on one host what it says on such a disk.
func lie(t *testing.T, home, text string) {
	t.Helper()
	bin := filepath.Join(filepath.Dir(home), "bin", "mkdir")
	script := "#!/bin/sh\n[ \"$HOME\" = '" + home + "' ] || exec /bin/mkdir \"$@\"\necho \"" + text + "\" >&2\nexit 1\n"
	must(t, os.WriteFile(bin, []byte(script), 0o700))
}

// Two names for one machine, or for one home directory, are found out.
func TestTwins(t *testing.T) {
	w := newWorld(t, "h1", "h2", "h3", "h4")
	w.hosts["h2"].home = w.hosts["h4"].home
	l := acquire(t, w.options(t, 1))
	twins := l.Twins()
	if len(twins) != 1 || cmp.Diff([]string{"h2", "h4"}, sorted(twins[0])) != "" {
		t.Errorf("got %q", twins)
	}
	release(t, l)
	w.free(t)
}

// What a lost host left behind heals: an empty directory at once, a token whose tick never reached the disk after the stale
// time from when it was first seen.
func TestHostLostPower(t *testing.T) {
	w := newWorld(t, "h1")
	at := filepath.Join(w.hosts["h1"].home, ".muster/lease")
	must(t, os.MkdirAll(at, 0o700))
	release(t, acquire(t, w.options(t, 1)))

	synctest.Test(t, func(t *testing.T) {
		must(t, os.MkdirAll(at, 0o700))
		id := strings.Repeat("0a", 16)
		must(t, os.WriteFile(filepath.Join(at, "held."+id+".3"), nil, 0o600))
		must(t, os.WriteFile(filepath.Join(at, "tick."+id+".3"), nil, 0o600))
		held := refusal(t, w.options(t, 2))
		if text := held.Error(); text != "h1: held by a run that does not say who it is" {
			t.Errorf("got %q", text)
		}
		time.Sleep(2*time.Minute + time.Second)
		release(t, acquire(t, w.options(t, 2)))
		w.free(t)
	})
}
