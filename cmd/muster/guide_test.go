package main

import (
	"strings"
	"testing"
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
	if again, exit := w.guide(t); exit != 0 || !strings.Contains(again, hostsLine(10, 0)) {
		t.Errorf("the second run: exit %d\n%s", exit, again)
	}
	if n := w.restarts(""); n != 8 {
		t.Errorf("%d restarts after the second run", n)
	}
}
