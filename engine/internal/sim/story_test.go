package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/crypto/ssh"
)

// story is what a seed says: the fleet, the playbook, and everything that goes wrong, until the calm. After it, all that is
// broken is mended, so that a run that is resumed has to come to a good end.
type story struct {
	*rand.Rand
	seed   uint64
	policy policy
	hosts  int
	calm   time.Duration
	two    bool          // a second controller
	second time.Duration // when it begins
	skew   time.Duration // of its clock
	troubles
	saw []string // what happens in it, for the tally over all seeds
}

// troubles are how often what goes wrong.
type troubles struct{ cuts, outages, crashes, slow, denials, sleeps, disks, stops float64 }

func newStory(seed uint64) *story {
	s := &story{Rand: rand.New(rand.NewPCG(seed, 0x7368656c6c)), seed: seed}
	s.hosts = 2 + s.IntN(4)
	s.calm = 2*time.Minute + s.upTo(6*time.Minute)
	s.policy = policy{
		maxUnavailable: 1 + s.IntN(2), maxFailed: s.IntN(3), canary: s.IntN(2), stable: []string{"0s", "10s", "30s"}[s.IntN(3)],
		soak: []string{"", "", "40s"}[s.IntN(3)], onFailure: []string{"pause", "stop"}[s.IntN(2)], batches: []string{"", "", "[1, 2]", "[\"50%\"]"}[s.IntN(4)],
		share: s.chance(.5), blind: s.chance(.15), retry: s.chance(.5),
	}
	s.policy.attended = s.chance(.4)
	s.policy.manual = s.policy.attended && s.policy.canary > 0 && s.chance(.5)
	some := func() float64 { return []float64{0, 0, .3, .8}[s.IntN(4)] }
	s.troubles = troubles{some(), some(), some(), some() / 2, some() / 3, some() / 2, some() / 3, some() / 2}
	if s.chance(.3) {
		s.two, s.second, s.skew = true, s.upTo(2*time.Minute), time.Duration(s.IntN(3)-1)*s.upTo(48*time.Hour)
		s.see("two controllers")
	}
	return s
}

func (s *story) chance(p float64) bool              { return s.Float64() < p }
func (s *story) upTo(d time.Duration) time.Duration { return time.Duration(s.Int64N(int64(d))) }
func (s *story) see(what string)                    { s.saw = append(s.saw, what) }

// people the world and have its troubles begin.
func (s *story) begin(w *world, key ssh.Signer) {
	for i := range s.hosts {
		site := string(rune('a' + s.IntN(2)))
		h := w.newHost(fmt.Sprintf("h%d", i+1), fmt.Sprintf("127.0.0.%d", 11+i), site, key)
		h.skew = time.Duration(s.IntN(3)-1) * s.upTo(time.Hour)
		h.restartTakes = 5*time.Second + s.upTo(40*time.Second)
		if s.chance(s.slow) {
			h.latency = steady(s.upTo(2 * time.Second))
			s.see("slow host")
		}
		if s.policy.share && s.chance(.4) {
			h.disk.put(keyFile, []string{"key one", "key two"}[s.IntN(2)])
		}
	}
	for _, h := range w.hosts {
		s.trouble(w, h)
	}
	w.after(s.calm, func() { w.mend() })
}

// trouble is what one host will go through.
func (s *story) trouble(w *world, h *host) {
	for s.chance(s.cuts) && len(h.cuts) < 12 {
		c := &cut{after: int64(s.IntN(6000)), stall: s.chance(.4)}
		if s.chance(.4) {
			c.after += int64(s.IntN(40_000))
		}
		h.cuts = append(h.cuts, c)
		s.see(map[bool]string{true: "stall", false: "reset"}[c.stall])
	}
	for range 3 {
		if !s.chance(s.outages) {
			continue
		}
		at, lasts, silent := s.upTo(s.calm), s.upTo(2*time.Minute), s.chance(.5)
		switch s.IntN(5) {
		case 0, 1:
			s.see("reboot")
			w.after(at, func() { h.powerOff(silent) })
			w.after(at+lasts, h.powerOn)
		case 2:
			s.see("flap")
			for i := range time.Duration(4) {
				w.after(at+i*lasts/4, func() { h.isolate(i%2 == 0, silent) })
			}
		case 3:
			s.see("restart stuck")
			w.after(at, func() { h.change(func() { h.stuck = true }) })
			w.after(at+4*lasts, func() { h.change(func() { h.stuck = false }) })
		case 4:
			s.see("restart ignored")
			w.after(at, func() { h.change(func() { h.ignoring = true }) })
			w.after(at+lasts, func() { h.change(func() { h.ignoring = false }) })
		}
	}
	for _, file := range []string{"/one", stagedFile, keyFile, home + "/.muster/pending/conf.handler.restart"} {
		if s.chance(s.denials / 2) {
			s.see("disk full on a host")
			h.disk.deny(file, true)
		}
	}
}

// doom is how a controller's next process will end, if it does not end by itself.
func (s *story) doom() doom {
	var d doom
	if s.chance(s.sleeps) {
		d.nap, d.naps = s.upTo(3*time.Minute), s.upTo(6*time.Minute)
		s.see("sleep")
	}
	if !s.chance(s.crashes) {
		switch {
		case s.chance(s.disks):
			d.failAt = 1 + s.IntN(60)
			s.see("journal fails")
		case s.chance(s.stops):
			d.stop = s.upTo(3 * time.Minute)
			s.see("stopped")
			if s.chance(.5) {
				d.abandon = d.stop + s.upTo(10*time.Second)
				s.see("abandoned")
			}
		}
		return d
	}
	s.see("crash")
	if s.chance(.5) {
		s.see("power cut")
		d.power = true
	}
	switch s.IntN(4) {
	case 3:
		d.waits = 1 + s.IntN(60)
	case 0:
		d.after = s.upTo(3 * time.Minute)
	case 1:
		d.bytes = int64(s.IntN(60_000))
	case 2:
		d.bytes = int64(s.IntN(400_000))
	}
	return d
}
