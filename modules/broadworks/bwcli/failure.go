package bwcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/muster-run/muster/modules/prompt"
	"github.com/muster-run/muster/plugins/sdk"
)

// errEnded says that the host's shell answered: bwcli has ended on its own account.
var errEnded = errors.New("bwcli has ended")

// lost ends a session that got out of step and says what that means for the node.
func (c *CLI) lost(ctx context.Context, summary string, effect sdk.Effect, err error) error {
	c.discard()
	typed := ""
	if e := (*prompt.Error)(nil); errors.As(err, &e) {
		typed = exchange(e.Sent, e.Got)
	}
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = errors.Join(err, cause)
	}
	return lostFailure(summary, effect, typed, err)
}

// MoreTime advises about twice the time that something was given; 0 is not known.
func MoreTime(what string, given time.Duration) string {
	if given <= 0 {
		return fmt.Sprintf("Give the %s more time: raise the timeout of its run block.", what)
	}
	minutes := max(1, (2*given+time.Minute-1)/time.Minute)
	return fmt.Sprintf(`Give the %s more time: run { timeout = "%dm" }.`, what, minutes)
}

// lostFailure classifies an error of the conversation by its cause and by what was under way.
func lostFailure(summary string, effect sdk.Effect, what string, err error) *sdk.Failure {
	f := &sdk.Failure{Class: sdk.Failed, Summary: summary, What: what, Err: err}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		f.Class, f.Why = sdk.Timeout, "the host did not answer in time"
		f.Do = []string{"Look at the server's load and at healthmon -l.", MoreTime("task", 0)}
	case errors.Is(err, context.Canceled):
		f.Class, f.Why = sdk.Timeout, "the run was interrupted"
		f.Do = []string{"Run it again: it reads first what the host holds."}
	case errors.Is(err, sdk.ErrUnreachable), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f.Class, f.Why = sdk.Unreachable, "the connection was lost"
		f.Do = []string{"Check that the host is up and reachable, then run it again: it reads first what the host holds."}
	case errors.Is(err, errEnded):
		f.Class, f.Why = sdk.Busy, "bwcli ended and the shell answered instead"
		f.Do = []string{"Try again: the server may be restarting."}
	default:
		f.Why = fmt.Sprint(err)
		f.Do = []string{"Look at the host by hand, then run it again: it reads first what the host holds."}
	}
	if effect == sdk.Read {
		f.State = "reading changed nothing; what was typed before it stays"
	}
	if effect == sdk.Once {
		f.Class = sdk.Uncertain
		f.State = "the command was typed; whether it took effect is not known"
		f.Do = append(f.Do, "Run the plan again: it reads what the host holds.")
	} else if effect == sdk.Idempotent {
		f.State = "the command was typed and may have taken effect; it can be repeated safely"
	}
	return f
}
