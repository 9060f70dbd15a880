package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// interrupts turns signals into what a run understands: the first closes stop (begin nothing new), the second cancels
// the context (end what runs), the third ends the process. Two within a second count once, because wrappers send them
// twice.
type interrupts struct {
	stop       chan struct{}
	terminated atomic.Bool
	count      int
	last       time.Time
	cancel     context.CancelFunc
	say        io.Writer
	now        func() time.Time
	exit       func(int)
}

// watch takes over the signals until the returned function is called.
func watch(ctx context.Context, say io.Writer) (context.Context, *interrupts, func()) {
	ctx, cancel := context.WithCancel(ctx)
	i := &interrupts{stop: make(chan struct{}), cancel: cancel, say: say, now: time.Now, exit: os.Exit}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
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
	return ctx, i, func() { signal.Stop(signals); close(done); cancel() }
}

func (i *interrupts) got(s os.Signal) {
	now := i.now()
	if i.count > 0 && now.Sub(i.last) < time.Second {
		return
	}
	i.count, i.last = i.count+1, now
	i.terminated.Store(s == syscall.SIGTERM)
	switch i.count {
	case 1:
		fmt.Fprintln(i.say, "\nStopping: nothing new begins, what runs may end. Once more to abandon what runs.")
		close(i.stop)
	case 2:
		fmt.Fprintln(i.say, "\nAbandoning what runs; what was sent and not answered is unknown. Once more to leave at once.")
		i.cancel()
	default:
		fmt.Fprintln(i.say, "\nLeft at once. The next run reads every host first.")
		i.exit(exitInterrupted)
	}
}

// code is the exit code of a run that ended with c.
func (i *interrupts) code(c int) int {
	if c == exitInterrupted && i.terminated.Load() {
		return exitTerminated
	}
	return c
}
