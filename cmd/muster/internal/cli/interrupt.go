package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/muster-run/muster/engine/event"
)

// graceAfterTerm is how long what runs may go on after SIGTERM or SIGHUP: whoever sends these, sends SIGKILL next.
const graceAfterTerm = 60 * time.Second

// interrupts turns signals into what a run understands: the first closes stop (begin nothing new), the second cancels
// the context (end what runs), the third ends the process. Two within a second count once, because wrappers send them
// twice. After SIGTERM and SIGHUP the second comes by itself.
type interrupts struct {
	stop   chan struct{}
	cancel context.CancelFunc
	say    io.Writer
	now    func() time.Time
	after  func(time.Duration, func()) (stop func() bool)
	exit   func(int)
	// running says what a person who stops a run wants to know before a second Ctrl-C: how much still runs, and for how long.
	running func() string
	// resume is what to type after the third; empty where there is nothing to resume.
	resume func() string

	mu         sync.Mutex
	count      int
	last       time.Time
	terminated bool
	over       bool
	grace      func() bool
}

// watch takes over the signals until the returned function is called.
func watch(ctx context.Context, say io.Writer) (context.Context, *interrupts, func()) {
	ctx, cancel := context.WithCancel(ctx)
	i := &interrupts{
		stop: make(chan struct{}), cancel: cancel, say: say, now: time.Now, exit: os.Exit,
		after: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
	}
	signals := make(chan os.Signal, 4)
	wanted := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup means it
		wanted = append(wanted, syscall.SIGHUP)
	}
	signal.Notify(signals, wanted...)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				i.got(s)
			case <-done:
				return
			}
		}
	}()
	return ctx, i, func() { signal.Stop(signals); close(done); i.end(); cancel() }
}

func (i *interrupts) got(s os.Signal) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	if i.over || i.count > 0 && now.Sub(i.last) < time.Second {
		return
	}
	i.last = now
	i.terminated = i.terminated || s == syscall.SIGTERM
	i.next()
	if i.count == 1 && s != os.Interrupt {
		i.grace = i.after(graceAfterTerm, i.graceOver)
	}
}

// graceOver abandons what still runs when nobody did so by hand.
func (i *interrupts) graceOver() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.count == 1 && !i.over {
		i.next()
	}
}

// next takes the next step; the lock is held.
func (i *interrupts) next() {
	i.count++
	switch i.count {
	case 1:
		fmt.Fprintf(i.say, "\nStopping: nothing new begins, what runs may end%s. Once more to abandon what runs.\n", said(i.running))
		close(i.stop)
	case 2:
		fmt.Fprintln(i.say, "\nAbandoning what runs; what was sent and not answered is unknown. Once more to leave at once.")
		i.cancel()
	default:
		fmt.Fprintf(i.say, "\nLeft at once. The next run reads every host first%s.\n", said(i.resume))
		i.exit(i.codeLocked(exitInterrupted)) // plugins are children that end with this process
	}
}

func said(text func() string) string {
	if text == nil {
		return ""
	}
	return text()
}

// end takes no further step, not for a signal that is still on its way either.
func (i *interrupts) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.over = true
	if i.grace != nil {
		i.grace()
	}
}

// ended is the exit code of a run that ended so.
func (i *interrupts) ended(s *event.Summary) int {
	if s.ControlFailed != "" {
		return exitControl
	}
	return i.code(s.ExitCode)
}

// code is the exit code of a run that ended with c.
func (i *interrupts) code(c int) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.codeLocked(c)
}

func (i *interrupts) codeLocked(c int) int {
	if c == exitInterrupted && i.terminated {
		return exitTerminated
	}
	return c
}
