package cli

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pressed is interrupts whose clock stands still until it is told, and that end nothing.
type pressed struct {
	*interrupts
	at              time.Time
	said            bytes.Buffer
	cancelled, left int
	later           func()        // what is to happen
	within          time.Duration // when
}

func newPressed() *pressed {
	p := &pressed{at: time.Unix(0, 0)}
	p.interrupts = &interrupts{
		stop: make(chan struct{}), cancel: func() { p.cancelled++ }, say: &p.said,
		now: func() time.Time { return p.at }, exit: func(code int) { p.left = code },
		after: func(d time.Duration, f func()) func() bool {
			p.later, p.within = f, d
			return func() bool { p.later = nil; return true }
		},
		running: func() string { return ": 3 tasks" }, resume: func() string { return "; muster resume 7" },
	}
	return p
}

func (p *pressed) stopped() bool {
	select {
	case <-p.stop:
		return true
	default:
		return false
	}
}

func (p *pressed) after(d time.Duration, s os.Signal) {
	p.at = p.at.Add(d)
	p.got(s)
}

func TestInterrupts(t *testing.T) {
	p := newPressed()
	p.got(os.Interrupt)
	if !p.stopped() || p.cancelled != 0 || p.later != nil {
		t.Fatal("the first signal begins nothing new, and lets what runs end")
	}
	p.after(900*time.Millisecond, os.Interrupt)
	if p.cancelled != 0 {
		t.Fatal("a wrapper's second signal within a second counts as the first")
	}
	p.after(time.Second, syscall.SIGTERM)
	if p.cancelled != 1 || p.left != 0 {
		t.Fatal("the second signal ends what runs")
	}
	if got := p.code(exitInterrupted); got != exitTerminated {
		t.Errorf("a run ended by SIGTERM exits %d, got %d", exitTerminated, got)
	}
	if got := p.code(exitFailed); got != exitFailed {
		t.Errorf("another code stays, got %d", got)
	}
	p.after(2*time.Second, os.Interrupt)
	if p.left != exitTerminated {
		t.Errorf("the third signal leaves at once, got exit %d", p.left)
	}
	for _, want := range []string{"what runs may end: 3 tasks.", "Abandoning", "reads every host first; muster resume 7."} {
		if !strings.Contains(p.said.String(), want) {
			t.Errorf("%q was not said:\n%s", want, p.said.String())
		}
	}
}

// Nobody stands behind SIGTERM and SIGHUP to send a second one: it comes by itself.
func TestTermGivesAMinute(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		p := newPressed()
		p.got(s)
		if !p.stopped() || p.cancelled != 0 || p.within != time.Minute {
			t.Fatalf("%v: what runs may end within a minute", s)
		}
		p.later()
		if p.cancelled != 1 || p.left != 0 {
			t.Errorf("%v: what still runs after a minute is abandoned", s)
		}
	}
	p := newPressed()
	p.got(syscall.SIGTERM)
	later := p.later
	p.after(2*time.Second, os.Interrupt)
	later()
	if p.cancelled != 1 || p.left != 0 {
		t.Error("what was abandoned by hand is not abandoned again, and nothing leaves by itself")
	}
	p = newPressed()
	p.got(syscall.SIGTERM)
	later = p.later
	p.end()
	later()
	if p.cancelled != 0 {
		t.Error("a run that has ended is not abandoned")
	}
}
