package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// A half is a fleet that somebody, or a run that was cut off, has left half done.
type half struct {
	name string
	// part makes one server's share of it, out of a configuration with nothing in it; active says that the server was restarted since.
	part func(w *whole, p *parts) (active bool)
	then func(t *testing.T, w *whole) // what is done after that, as users do it
	args []string
	keys string // whose keys all must have in the end; "" for any
	kept string // the site whose servers need no restart
}

const first = "xsp01.fra.example.net"

var halves = []half{
	{name: "anchors without interface", part: func(_ *whole, p *parts) bool {
		p.anchors()
		return true
	}},
	{name: "interfaces without certificate", part: func(_ *whole, p *parts) bool {
		p.anchors()
		p.interfaces(bwsim.Certificate{})
		return true
	}},
	{name: "everything stored but not restarted", keys: first, part: func(w *whole, p *parts) bool {
		p.all(w.old)
		return false
	}},
	{name: "one site done", keys: first, kept: "fra", then: func(t *testing.T, w *whole) {
		if out, exit := w.guide(t, "-l", "*.fra.*"); exit != 0 {
			t.Fatalf("the first site: exit %d\n%s", exit, out)
		}
		w.old = w.fleet.Host(first).Active().Keys
	}},
	{name: "keys exported but not imported", keys: first, args: []string{"--var", "keymaster=" + first}, part: func(w *whole, p *parts) bool {
		p.all(bwsim.Keys{})
		if p.host.Name() == first {
			p.config.Keys = w.old
		}
		p.file("/var/broadworks/tmp/authService.keys", w.old.File())
		return true
	}},
	{name: "three of eight imported", keys: first, args: []string{"--var", "keymaster=" + first}, part: func(w *whole, p *parts) bool {
		p.all(bwsim.Keys{})
		if slices.Index(w.xsps(), p.host) < 3 {
			p.config.Keys = w.old
		}
		return true
	}},
	{name: "one host typed by hand", keys: first, args: []string{"--var", "keymaster=" + first}, then: byHand, part: func(w *whole, p *parts) bool {
		if p.host.Site() == "fra" {
			p.all(w.old)
		} else {
			p.uploads()
		}
		return true
	}},
	{name: "an older key generation on two hosts", keys: first, args: []string{"--var", "keymaster=" + first}, part: func(w *whole, p *parts) bool {
		p.all(w.old)
		if i := slices.Index(w.xsps(), p.host); i == 2 || i == 5 {
			p.config.Keys = bwsim.KeysOf([]byte("keys of the year before"))
		}
		return true
	}},
}

// TestHalves has the whole guide complete each of them, and find nothing to do in the second run.
func TestHalves(t *testing.T) {
	for _, half := range halves {
		t.Run(half.name, func(t *testing.T) {
			t.Parallel()
			w := newWhole(t, 2, 8)
			w.leave(t, half)
			before := map[string]int{}
			for _, h := range w.xsps() {
				before[h.Name()] = w.restarts(h.Name())
			}
			out, exit := w.guide(t, half.args...)
			if exit != 0 {
				t.Fatalf("exit %d\n%s", exit, out)
			}
			w.judge(t)
			if half.keys != "" && w.fleet.Host(half.keys).KeyDigest() != w.old.Digest() {
				t.Errorf("%s has not the keys that it had before", half.keys)
			}
			done := w.restarts("")
			for _, h := range w.xsps() {
				if n := w.restarts(h.Name()) - before[h.Name()]; n > 1 || h.Site() == half.kept && n > 0 {
					t.Errorf("%s was restarted %d times", h.Name(), n)
				}
			}
			if again, exit := w.guide(t, half.args...); exit != 0 || !strings.Contains(again, allOK(10)) || w.restarts("") != done {
				t.Errorf("the second run: exit %d, %d restarts more\n%s", exit, w.restarts("")-done, again)
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// leave sets the fleet up as the half says.
func (w *whole) leave(t *testing.T, half half) {
	t.Helper()
	if !w.old.Exist() {
		w.old = bwsim.KeysOf([]byte("the keys that were there before"))
	}
	for _, h := range w.xsps() {
		if half.part == nil {
			continue
		}
		stored := h.Stored()
		active := half.part(w, &parts{t, w, h, &stored})
		if err := h.Configure(func(c *bwsim.Config) { *c = stored }); err != nil {
			t.Fatal(err)
		}
		if active {
			h.Activate()
		}
	}
	if half.then != nil {
		half.then(t, w)
	}
}
