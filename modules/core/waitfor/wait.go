package waitfor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/core/internal/problem"
	"github.com/muster-run/muster/plugins/sdk"
)

// How often the goal is asked for, and how long one question may last.
const (
	pauseFirst = 20 * time.Millisecond
	pauseMost  = 2 * time.Second
	askLimit   = 5 * time.Second
	// waitLimit ends the wait where the caller's context has no deadline.
	waitLimit = 10 * time.Minute
)

// errNever is wrapped by what no waiting mends.
var errNever = errors.New("waiting does not help")

// Check waits until the goal is reached.
func (m Module) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	if err := problem.Failure(m.Validate(ctx, req)); err != nil {
		return nil, err
	}
	g := &goal{}
	if err := req.Args.Decode(g); err != nil {
		return nil, err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, waitLimit)
		defer cancel()
	}
	if err := g.wait(ctx, req); err != nil {
		return nil, err
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange}, nil
}

// Apply waits as Check does: there is nothing to change.
func (m Module) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	if _, err := m.Check(ctx, req); err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{}, nil
}

// wait asks at growing intervals.
func (g *goal) wait(ctx context.Context, req *sdk.Request) error {
	last := errors.New("it was not answered once")
	for pause := pauseFirst; ; pause = min(pause*3/2, pauseMost) {
		err := g.ask(ctx, req)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return g.failure(ctx.Err(), last)
		case errors.Is(err, errNever), errors.Is(err, sdk.ErrUnreachable):
			return g.failure(err, err)
		}
		last = err
		req.Report.Progress(fmt.Sprintf("waiting until %s: %v", g, err))
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return g.failure(ctx.Err(), last)
		}
	}
}

// ask asks once; nil is yes.
func (g *goal) ask(ctx context.Context, req *sdk.Request) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	switch {
	case g.Port != nil:
		return g.askPort(ctx, req)
	case g.Text != nil:
		return g.askText(ctx, req)
	}
	if _, err := req.Conn.Stat(ctx, *g.File); errors.Is(err, sdk.ErrNotExist) {
		return errors.New("it is not there")
	} else if err != nil {
		return err
	}
	return nil
}

func (g *goal) askPort(ctx context.Context, req *sdk.Request) error {
	to := sdk.Dial{Address: req.Host.Address, Port: *g.Port, From: sdk.From(g.From)}
	if g.Address != nil {
		to.Address = *g.Address
	}
	c, err := req.Conn.Dial(ctx, to)
	switch {
	case err == nil:
		return c.Close()
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer within %s", askLimit)
	case strings.Contains(err.Error(), "not an address that"): // of an error from another process only the words arrive
		return fmt.Errorf("%w: %w", errNever, err)
	}
	return err
}

// askText has the host look, since the file may be larger than what a plugin may read.
func (g *goal) askText(ctx context.Context, req *sdk.Request) error {
	name := *g.File
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		name = "./" + rest // commands begin in the login's home, and the shell is not to expand anything
	}
	res, err := req.Conn.Run(ctx, sdk.Command{Argv: []string{"grep", "-F", "-q", "-e", *g.Text, name}, Effect: sdk.Read})
	if err != nil {
		return err
	}
	said := strings.TrimSpace(string(res.Stderr))
	switch {
	case res.Status == 0:
		return nil
	case res.Status == 1:
		return errors.New("no line of it holds the text")
	case res.Status == 126 || res.Status == 127:
		return fmt.Errorf("%w: the host has no grep: %s", errNever, said)
	case said == "":
		return fmt.Errorf("grep ended with status %d", res.Status)
	}
	return errors.New(said)
}

// failure says what was waited for and what stood in the way at last.
func (g *goal) failure(err, last error) error {
	f := &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("waited in vain until %s", g), Why: last.Error(), State: "waiting changes nothing", Err: err}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		f.Class = sdk.Timeout
		f.Do = []string{`Look at it by hand; if it only needs longer: run { timeout = "10m" }.`}
	case errors.Is(err, context.Canceled):
		f.Class, f.Why = sdk.Timeout, "the run was interrupted"
	case errors.Is(err, sdk.ErrUnreachable):
		f.Class = sdk.Unreachable
	case g.Address != nil && errors.Is(err, errNever):
		f.Arg, f.Summary = "address", "wait_for may only reach addresses of the host"
		f.Do = []string{"Give one of the host's addresses: its own, host.data.cti_address or host.data.http_address."}
	case errors.Is(err, errNever):
		f.Summary = fmt.Sprintf("cannot tell whether %s", g)
	}
	return f
}
