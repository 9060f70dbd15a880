package cli

import (
	"bytes"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestInterrupts(t *testing.T) {
	now := time.Unix(0, 0)
	cancelled, left := 0, 0
	i := &interrupts{
		stop: make(chan struct{}), cancel: func() { cancelled++ }, say: &bytes.Buffer{},
		now: func() time.Time { return now }, exit: func(code int) { left = code },
	}
	stopped := func() bool {
		select {
		case <-i.stop:
			return true
		default:
			return false
		}
	}
	i.got(os.Interrupt)
	if !stopped() || cancelled != 0 {
		t.Fatal("the first signal begins nothing new, and lets what runs end")
	}
	now = now.Add(900 * time.Millisecond)
	i.got(os.Interrupt)
	if cancelled != 0 {
		t.Fatal("a wrapper's second signal within a second counts as the first")
	}
	now = now.Add(time.Second)
	i.got(syscall.SIGTERM)
	if cancelled != 1 || left != 0 {
		t.Fatal("the second signal ends what runs")
	}
	if got := i.code(exitInterrupted); got != exitTerminated {
		t.Errorf("a run ended by SIGTERM exits %d, got %d", exitTerminated, got)
	}
	if got := i.code(exitFailed); got != exitFailed {
		t.Errorf("another code stays, got %d", got)
	}
	now = now.Add(2 * time.Second)
	i.got(os.Interrupt)
	if left != exitInterrupted {
		t.Errorf("the third signal leaves at once, got exit %d", left)
	}
}
