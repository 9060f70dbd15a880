package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// TestGuide brings a fleet with nothing on it to all that the guide wants, in one run, and finds nothing to do in the second.
func TestGuide(t *testing.T) {
	w := newWhole(t, 2, 8)
	out, exit := w.guide(t)
	if exit != 0 {
		t.Fatalf("exit %d\n%s", exit, out)
	}
	w.judge(t)
	for _, h := range w.xsps() {
		if n := w.restarts(h.Name()); n != 1 {
			t.Errorf("%s was restarted %d times", h.Name(), n)
		}
	}
	if again, exit := w.guide(t); exit != 0 || !strings.Contains(again, allOK(10)) {
		t.Errorf("the second run: exit %d\n%s", exit, again)
	}
	if n := w.restarts(""); n != 8 {
		t.Errorf("%d restarts after the second run", n)
	}
}

// TestGuideLeavesOut does the guide on a fleet of which one server is down: it is named, the others are done and share their
// keys, and the next run brings it to the same.
func TestGuideLeavesOut(t *testing.T) {
	w := newWhole(t, 0, 4)
	lost := w.fleet.Host("xsp02.muc.example.net")
	remove := lost.Fault(bwsim.Fault{Kind: bwsim.Unreachable})
	args := w.given("--var", "max_unavailable=2")
	out, exit := w.run(t, "authservice-mtls.hcl", args...)
	if exit != 4 || !strings.Contains(out, lost.Name()) {
		t.Errorf("exit %d, want 4\n%s", exit, out)
	}
	others := slices.DeleteFunc(w.xsps(), func(h *bwsim.Host) bool { return h == lost })
	if !w.fleet.KeysAgree(others...) {
		t.Errorf("the others do not share their keys\n%s", out)
	}
	shared := others[0].KeyDigest()
	remove()
	if out, exit = w.run(t, "authservice-mtls.hcl", args...); exit != 0 || lost.KeyDigest() != shared || !w.fleet.KeysAgree() {
		t.Errorf("completing: exit %d\n%s", exit, out)
	}
	for _, h := range w.xsps() {
		w.judgeServices(t, h)
		if n := w.restarts(h.Name()); n != 1 {
			t.Errorf("%s was restarted %d times", h.Name(), n)
		}
	}
}
