package engine_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// slowly restarts one host after the other, each of which has to be well for two minutes.
const slowly = `
play "web" {
  hosts = "web"
  task "note" "one" {
    path   = "/one"
    text   = "x"
    notify = [handler.bounce]
  }
  handler "bounce" "bounce" {
    rollout {
      canary = 1
      health "alive" "well" {
        within = "10m"
        stable = "2m"
      }
    }
  }
}
`

// at runs f when a host is told something.
func (w *world) at(host, what string, f func()) {
	w.effect = func(h, line string) {
		if h == host && line == what {
			f()
		}
	}
}

// A host that goes down by itself after its restart takes a place until it is well again: nobody else is restarted
// meanwhile. It is no failure.
func TestHostDiesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("w1", "w2", "w3")
		var well, third time.Time
		w.effect = func(host, what string) { // the world's lock is held
			switch host + " " + what {
			case "w2 bounce":
				w.hosts["w1"].files["/health"] = "sick"
				go func() {
					time.Sleep(20 * time.Minute)
					w.with(func() { w.hosts["w1"].files["/health"] = "ok" })
					well = time.Now()
				}()
			case "w3 bounce":
				third = time.Now()
			}
		}
		r := execute(t, w, event.Apply, slowly)
		if r.ExitCode != 0 || len(r.Down) > 0 || r.Restarts != 3 {
			t.Errorf("exit %d, down %v, %d restarts: %s", r.ExitCode, r.Down, r.Restarts, r.said())
		}
		if well.IsZero() || third.Before(well) {
			t.Errorf("w3 was restarted at %v while w1 was down until %v", third, well)
		}
		want := []event.Type{event.HostDown, event.HostUp}
		got := slices.DeleteFunc(r.types(), func(e event.Type) bool { return e != event.HostDown && e != event.HostUp })
		if !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

// One that does not come back holds the others up no longer than a wave may take, and the run names it.
func TestHostThatStaysDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("w1", "w2", "w3")
		w.at("w2", "bounce", func() { w.hosts["w1"].files["/health"] = "sick" })
		begin := time.Now()
		r := execute(t, w, event.Apply, slowly)
		if r.ExitCode != 5 || !slices.Equal(r.Down, []string{"w1"}) || !slices.Equal(r.Hosts[event.Failed], []string{"w1"}) || !slices.Equal(r.HeldBack, []string{"w3"}) {
			t.Errorf("exit %d, down %v, hosts %v, held back %v", r.ExitCode, r.Down, r.Hosts, r.HeldBack)
		}
		if !strings.Contains(r.said(), "w1 was well after its restart and is down now") {
			t.Errorf("nobody is told: %s", r.said())
		}
		if took := time.Since(begin); took > 24*time.Hour {
			t.Errorf("it took %v", took)
		}
	})
}

// A host that waits for its turn and whose connection ends is dialled once more before it counts as down.
func TestParkedHostGoesAway(t *testing.T) {
	for _, back := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld("w1", "w2", "w3")
			w.at("w2", "bounce", func() {
				h := w.hosts["w3"]
				for _, c := range h.conns {
					c.end(fmt.Errorf("%w: connection reset", transport.ErrUnreachable))
				}
				if !back {
					h.dialErr = fmt.Errorf("%w: connection refused", transport.ErrUnreachable)
				}
			})
			r := execute(t, w, event.Apply, slowly)
			down := slices.Contains(r.types(), event.HostDown)
			if down == back {
				t.Errorf("back %v: %v", back, r.types())
			}
			if back && (r.ExitCode != 0 || r.Restarts != 3) {
				t.Errorf("exit %d, %d restarts: %s", r.ExitCode, r.Restarts, r.said())
			}
			if !back && r.ExitCode != 3 {
				t.Errorf("exit %d: %v %s", r.ExitCode, r.Hosts, r.said())
			}
		})
	}
}

// A host that is being restarted is not down by itself, however long its connection is gone.
func TestRestartIsNoDeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("w1", "w2", "w3")
		w.at("w2", "bounce", func() {
			h := w.hosts["w2"]
			h.files["/health"] = "starting"
			go func() {
				w.with(func() {
					for _, c := range h.conns {
						c.end(fmt.Errorf("%w: connection reset", transport.ErrUnreachable))
					}
					h.dialErr = fmt.Errorf("%w: connection refused", transport.ErrUnreachable)
				})
				time.Sleep(3 * time.Minute)
				w.with(func() { h.dialErr, h.files["/health"] = nil, "ok" })
			}()
		})
		r := execute(t, w, event.Apply, slowly)
		if r.ExitCode != 0 || slices.Contains(r.types(), event.HostDown) {
			t.Errorf("exit %d, %v: %s", r.ExitCode, r.types(), r.said())
		}
	})
}

// A canary that falls ill while it soaks is a canary that failed, however short the soak: nobody else is restarted.
func TestCanaryFallsIllWhileItSoaks(t *testing.T) {
	for _, soak := range []string{"10s", "10m"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld("w1", "w2", "w3")
			r := execute(t, w, event.Apply, strings.Replace(slowly, "canary = 1", "canary = 1\n      soak = \""+soak+"\"", 1), func(o *engine.Options) {
				o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
					if e.Type == event.RolloutSoaks {
						w.with(func() { w.hosts["w1"].files["/health"] = "sick" })
					}
				}))
			})
			if r.ExitCode != 5 || r.Restarts != 1 || !slices.Equal(r.Down, []string{"w1"}) {
				t.Errorf("soak %s: exit %d, %d restarts, down %v", soak, r.ExitCode, r.Restarts, r.Down)
			}
			if !slices.Equal(r.Unfinished, []string{"w2", "w3"}) {
				t.Errorf("unfinished %v", r.Unfinished)
			}
		})
	}
}

// slowHealth answers after three seconds.
type slowHealth struct{ alive }

func (s slowHealth) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	select {
	case <-time.After(3 * time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.alive.Check(ctx, req)
}

// slowBounce takes two minutes.
type slowBounce struct{ bounce }

func (s slowBounce) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	out, err := s.bounce.Apply(ctx, req)
	select {
	case <-time.After(2 * time.Minute):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return out, err
}

// takingTime makes restarts and health of the tests take as long as they do in life.
func takingTime(o *engine.Options) {
	m := maps.Clone(testModules)
	m["alive"], m["bounce"] = slowHealth{}, slowBounce{}
	o.Modules = m
}

// oneByOne restarts hosts one after the other, in their order; health has so long to be good once.
const oneByOne = `
play "web" {
  hosts = "web"
  task "note" "one" {
    path   = "/one"
    text   = "x"
    notify = [handler.bounce]
  }
  handler "bounce" "bounce" {
    rollout {
      canary = 1
      health "alive" "well" { within = "%s" }
    }
  }
}
`

// deaths are what a run said of hosts that went down by themselves.
func (r run) deaths() (texts []string) {
	for _, e := range r.events {
		if e.Type == event.HostDown {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

// A later question to a well host has all the time that a question has, and not what was left to the first ones.
func TestWatchedHostHasTimeToAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := execute(t, newWorld("w1", "w2", "w3"), event.Apply, fmt.Sprintf(oneByOne, "35s"), takingTime)
		if d := r.deaths(); len(d) > 0 || r.ExitCode != 0 {
			t.Errorf("exit %d, down %v, %v: %s", r.ExitCode, r.Down, d, r.said())
		}
	})
}

// A host whose lease is lost is not asked any more, and nobody says that it went down.
func TestLostLeaseIsNoDeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("w1", "w2", "w3")
		l := &fakeLease{lost: make(chan lease.Loss, 1)}
		w.at("w2", "bounce", func() { l.lost <- lease.Loss{Host: "w1"} })
		p := newProject(t, w, fmt.Sprintf(oneByOne, "10m"))
		r := process{project: p, store: p.store("s"), change: []func(*engine.Options){takingTime}, walk: func(x *engine.Walk) { x.Lease = l }}.run(false)
		if d := r.deaths(); len(d) > 0 || len(r.Down) > 0 {
			t.Errorf("exit %d, down %v, %v: %s", r.ExitCode, r.Down, d, r.said())
		}
	})
}

// A host that is down when a process ends is down to the next one, too: nobody else is restarted before it is well.
func TestDownHostIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("w1", "w2", "w3")
		w.at("w2", "bounce", func() { w.hosts["w1"].files["/health"] = "sick" })
		p := newProject(t, w, fmt.Sprintf(oneByOne, "10m"))
		stop := make(chan struct{})
		one := process{project: p, store: p.store("s"), change: []func(*engine.Options){takingTime, func(o *engine.Options) {
			o.Sinks = append(o.Sinks, event.SinkFunc(func(e event.Event) {
				if e.Type == event.NodeFinished && e.Node.Host == "w2" && e.Node.Name == "well" {
					close(stop)
				}
			}))
		}}, walk: func(x *engine.Walk) { x.Stop = stop }}
		if r := one.run(false); !slices.Equal(r.Down, []string{"w1"}) {
			t.Fatalf("exit %d, down %v: %s", r.ExitCode, r.Down, r.said())
		}
		var third time.Time
		w.at("w3", "bounce", func() {
			third = time.Now()
			if h := w.hosts["w1"].files["/health"]; h == "sick" {
				t.Errorf("w3 is restarted while w1 is %s", h)
			}
		})
		well := time.AfterFunc(20*time.Minute, func() { w.with(func() { w.hosts["w1"].files["/health"] = "ok" }) })
		defer well.Stop()
		r := process{project: p, store: p.store("s"), change: []func(*engine.Options){takingTime}}.run(true)
		if r.ExitCode != 0 || third.IsZero() || len(r.deaths()) != 1 {
			t.Errorf("exit %d, down %v, %v: %s", r.ExitCode, r.Down, r.deaths(), r.said())
		}
	})
}

// A canary that died between two processes is found dead before anybody else begins, and one that is well holds nobody up.
func TestCanaryIsAskedBeforeTheRest(t *testing.T) {
	for _, sick := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld("w1", "w2", "w3")
			p := newProject(t, w, strings.Replace(fmt.Sprintf(oneByOne, "10m"), "canary = 1", "canary = 1\n promote = \"manual\"", 1))
			one := process{project: p, store: p.store("s"), change: []func(*engine.Options){takingTime}}
			if r := one.run(false); r.ExitCode != 6 {
				t.Fatalf("exit %d: %s", r.ExitCode, r.said())
			}
			if sick {
				w.hosts["w1"].files["/health"] = "sick"
			}
			one.walk = func(x *engine.Walk) { x.Earlier.Promoted["web.handler.bounce"] = true }
			begin := time.Now()
			w.effect = func(h, what string) {
				if what == "bounce" && sick {
					t.Errorf("%s is restarted while the canary w1 is sick", h)
				}
			}
			r := one.run(true)
			if sick == (r.ExitCode == 0) || sick != slices.Equal(r.Down, []string{"w1"}) {
				t.Errorf("sick %v: exit %d, down %v: %s", sick, r.ExitCode, r.Down, r.said())
			}
			if took := time.Since(begin); !sick && took > 10*time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A restart is owed until health has held as long as it has to: one good answer takes no marker away.
func TestMarkerStaysUntilHealthHeld(t *testing.T) {
	for _, falls := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld("w1", "w2", "w3")
			early := 0
			w.effect = func(h, what string) {
				if h != "w1" || what != "bounce" {
					return
				}
				time.AfterFunc(time.Minute, func() {
					w.with(func() {
						if w.hosts["w1"].files["~/.muster/pending/web.handler.bounce"] == "" {
							early++
						}
						if falls {
							w.hosts["w1"].files["/health"] = "sick"
						}
					})
				})
			}
			r := execute(t, w, event.Apply, slowly)
			there := w.file("w1", "~/.muster/pending/web.handler.bounce") != ""
			if early > 0 || there != falls || falls == (r.ExitCode == 0) {
				t.Errorf("falls %v: the marker is there at the end: %v, gone early: %d; exit %d: %s", falls, there, early, r.ExitCode, r.said())
			}
		})
	}
}
