package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// TestKeysRotate replaces the keys of a fleet of which one host is down: not without leave, with leave on all others, and on
// that one by the next run.
func TestKeysRotate(t *testing.T) {
	w := newWhole(t, 0, 8)
	w.leave(t, half{part: func(w *whole, p *parts) bool {
		p.all(w.old)
		return true
	}})
	lost := w.fleet.Host("xsp03.muc.example.net")
	remove := lost.Fault(bwsim.Fault{Kind: bwsim.Unreachable})
	rotate := func(args ...string) (string, int) {
		return w.run(t, "rotate-authservice-keys.hcl", append([]string{"--var", "generation=2026-11",
			"--var", "client_cert=" + w.file("client.crt"), "--var", "client_key=" + w.file("client.key")}, args...)...)
	}

	out, exit := rotate()
	if exit == 0 || !strings.Contains(out, "allow_missing") || w.restarts("") != 0 {
		t.Errorf("a host is missing: exit %d, %d restarts\n%s", exit, w.restarts(""), out)
	}
	for _, h := range w.xsps() {
		if h.Stored().Keys.Digest() != w.old.Digest() {
			t.Errorf("%s was given other keys although a host is missing", h.Name())
		}
	}

	out, exit = rotate("--var", "allow_missing=true", "--var", "max_unavailable=2")
	if exit != 4 || !strings.Contains(out, lost.Name()) {
		t.Errorf("with leave: exit %d, want 4\n%s", exit, out)
	}
	others := slices.DeleteFunc(w.xsps(), func(h *bwsim.Host) bool { return h == lost })
	if !w.fleet.KeysAgree(others...) || others[0].KeyDigest() == w.old.Digest() || lost.Stored().Keys.Digest() != w.old.Digest() {
		t.Errorf("the others do not all have new keys, or the lost one has:\n%s", out)
	}
	rotated := others[0].KeyDigest()

	remove()
	if out, exit = rotate(); exit != 0 {
		t.Errorf("completing: exit %d\n%s", exit, out)
	}
	if !w.fleet.KeysAgree() || lost.KeyDigest() != rotated {
		t.Errorf("the lost host was not completed, or the others were given other keys once more:\n%s", out)
	}
	if n := w.restarts(""); n != 8 {
		t.Errorf("%d restarts, want one of each server", n)
	}
	if out, exit = rotate(); exit != 0 || !strings.Contains(out, allOK(8)) || w.restarts("") != 8 {
		t.Errorf("once more: exit %d\n%s", exit, out)
	}
}

// TestKeysRefused has two of eight servers refuse to import: it is told which, nobody restarts, and a rerun completes it.
func TestKeysRefused(t *testing.T) {
	w := newWhole(t, 2, 8)
	w.leave(t, half{part: func(w *whole, p *parts) bool {
		p.all(bwsim.Keys{})
		if p.host.Name() == first {
			p.config.Keys = w.old
		}
		return true
	}})
	refusing := []*bwsim.Host{w.fleet.Host("xsp02.fra.example.net"), w.fleet.Host("xsp04.muc.example.net")}
	for _, h := range refusing {
		h.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "importKeys", Text: "[Error] The key store is locked"})
	}
	out, exit := w.guide(t, "--var", "keymaster="+first)
	if exit != 3 && exit != 5 {
		t.Errorf("exit %d, want 3 or 5\n%s", exit, out)
	}
	if w.restarts("") != 0 {
		t.Errorf("%d servers were restarted although two have other keys", w.restarts(""))
	}
	for _, h := range w.xsps() {
		has := h.Stored().Keys.Digest() == w.old.Digest()
		if has == slices.Contains(refusing, h) {
			t.Errorf("%s has the keys: %t", h.Name(), has)
		}
	}
	for _, want := range []string{
		"answered: [Error] The key store is locked",
		"not known: xsp02.fra.example.net, xsp04.muc.example.net sha256",
		"(the new one): xsp01.fra.example.net, xsp03.fra.example.net, xsp04.fra.example.net, xsp01.muc.example.net, xsp02.muc.example.net, xsp03.muc.example.net ",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("the report does not say %q:\n%s", want, out)
		}
	}

	for _, h := range refusing {
		h.ClearFaults()
	}
	if out, exit = w.guide(t, "--var", "keymaster="+first); exit != 0 {
		t.Fatalf("the rerun: exit %d\n%s", exit, out)
	}
	w.judge(t)
	if again, exit := w.guide(t, "--var", "keymaster="+first); exit != 0 || !strings.Contains(again, allOK(10)) {
		t.Errorf("the run after that: exit %d\n%s", exit, again)
	}
}
