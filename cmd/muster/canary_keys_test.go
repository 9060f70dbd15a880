//go:build linux

package main

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// TestCanaryKeys carries the keys of the authentication service from one host to two others, through everything that goes
// wrong on one of them, and searches each time for a part of the keys.
func TestCanaryKeys(t *testing.T) {
	c := newCanary(t, 3, "authservice-mtls.hcl", witnessPlay)
	giver, receiver := c.fleet.Host(troubled), c.fleet.Host("xsp02.fra.example.net")
	lines := c.giveKeys(t, giver)
	run := func(name string, args ...string) *canaryRun {
		return c.apply(t, name, append([]string{"--var", "keymaster=" + giver.Name()}, args...)...)
	}

	giver.Fault(bwsim.Fault{Kind: bwsim.ExportEmpty})
	c.fails(t, run("empty export"))
	giver.ClearFaults()

	giver.Fault(bwsim.Fault{Kind: bwsim.Drop, Match: "exportKeys", AfterEffect: true})
	c.broken = giver.Name()
	c.fails(t, run("dropped export", "--json"))
	giver.ClearFaults()

	c.broken = ""
	receiver.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "importKeys", Text: "[Error] these keys are not valid:\n" + lines[7] + "\nat \"" + lines[8] + "\""})
	r := run("refused import")
	c.fails(t, r)
	if text := r.stderr.String(); !strings.Contains(text, "these keys are not valid") || !strings.Contains(text, "(sensitive)") {
		t.Errorf("the server's answer was to be told without the keys:\n%s", tail(text))
	}
	receiver.ClearFaults()

	receiver.Fault(bwsim.Fault{Kind: bwsim.DiskFull, Bytes: 600})
	c.fails(t, run("full disk", "--progress", "json"))
	receiver.ClearFaults()

	c.broken = receiver.Name()
	receiver.Fault(bwsim.Fault{Kind: bwsim.CutUpload, Bytes: 1200})
	c.fails(t, run("cut upload", "--json"))
	receiver.ClearFaults()

	receiver.Fault(bwsim.Fault{Kind: bwsim.Hang, Match: "importKeys"})
	r = run("dead plugin")
	c.await(t, r, receiver.Name(), "importKeys")
	r.kill(t, "broadworks")
	c.fails(t, r)
	receiver.ClearFaults()

	c.broken = ""
	r = run("success")
	if !c.meet(r, func() { c.lookAtPlugins(t, r, map[string]bool{"broadworks": false, "witness": false}) }) {
		t.Error("the run ended before its last task")
	}
	if exit := c.end(t, r); exit != 0 || !c.fleet.KeysAgree() {
		t.Errorf("success: exit %d, the keys agree: %t", exit, c.fleet.KeysAgree())
	}
}

// giveKeys leaves all hosts with everything but keys, and one with keys of which every line is secret.
func (c *canary) giveKeys(t *testing.T, giver *bwsim.Host) (lines []string) {
	t.Helper()
	for range 40 {
		lines = append(lines, fmt.Sprintf(`<%s & "%s" %%\>`, rand.Text(), rand.Text()))
	}
	c.all.secret("the keys", strings.Join(lines, "\n"))
	c.handles.secret("the keys", strings.Join(lines, "\n"))
	w := &whole{fleet: c.fleet, lab: c.lab, old: bwsim.KeysOf([]byte(strings.Join(lines, "\n")))}
	w.leave(t, half{part: func(w *whole, p *parts) bool {
		p.all(bwsim.Keys{})
		p.file("/tmp/server.key", nil)
		if p.host == giver {
			p.config.Keys = w.old
		}
		return true
	}})
	return lines
}
