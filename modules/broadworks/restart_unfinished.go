package broadworks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// review finds out whether a restart happened whose end nobody saw, by comparing the host with what was noted on it before.
type review struct {
	restartWait
	began time.Time // of the watch
	since time.Time // when the restart was asked for; zero when that is not known
}

// unfinished answers Check for an earlier attempt. A restart that is under way is waited for.
func unfinished(ctx context.Context, req *sdk.Request, beginWithin time.Duration) (*sdk.CheckResult, error) {
	text, err := readMarker(ctx, req.Conn, restartNote)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return untold(restartNote + " on the host, which says what ran before restartbw, is not there"), nil
	}
	before, targets, err := parseNote(text)
	if err != nil {
		return untold(fmt.Sprintf("%s on the host, which says what ran before restartbw, cannot be read: %s", restartNote, err)), nil
	}
	r := &review{began: time.Now(), since: req.Unfinished.Since}
	r.job = &restartJob{req: req, targets: targets, beginWithin: beginWithin, before: snapshot{well: before.well}}
	r.end = &commandEnd{} // whatever restartbw said, it is over
	pause := time.NewTimer(0)
	defer pause.Stop()
	for interval := pollFirst; ; interval = min(interval*3/2, pollMost) {
		select {
		case <-pause.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return nil, r.failure(ctx.Err())
			}
			return untold(r.overdue()), nil
		}
		if res := r.step(ctx, before.processes); res != nil {
			return res, nil
		}
		pause.Reset(interval)
	}
}

func untold(reason string) *sdk.CheckResult {
	return &sdk.CheckResult{Verdict: sdk.Unknown, Reason: reason}
}

// step looks once; nil says that it is too early to tell.
func (r *review) step(ctx context.Context, before processes) *sdk.CheckResult {
	allOpen, oldOpen := true, true
	for _, t := range r.job.targets {
		open := t.look(ctx, r.job.req.Conn, false)
		allOpen, oldOpen = allOpen && open, oldOpen && (open || !t.openBefore)
	}
	r.well = r.readHealth(ctx)
	if r.proof == "" {
		r.proof = r.job.portProof()
	}
	if !r.well || !oldOpen {
		r.job.req.Report.Progress("restartbw was typed before; waiting: " + r.waitsFor())
		return nil
	}
	now := r.readProcesses(ctx)
	c := before.compare(now.digested())
	if r.proof == "" && c.anew > c.same+c.other {
		r.proof = fmt.Sprintf("%d of %d processes of BroadWorks are others than before", c.anew, c.anew+c.same+c.other)
	}
	switch {
	case r.proof != "" && allOpen:
		return &sdk.CheckResult{Verdict: sdk.NoChange, Notes: []string{"the earlier restart was done: " + r.proof},
			Outputs: restartOutputs(r.proof)}
	case r.proof != "":
		r.job.req.Report.Progress("restarted; waiting: " + r.waitsFor())
		return nil
	case r.early():
		r.job.req.Report.Progress("restartbw was typed before; waiting for a sign of the restart")
		return nil
	case c.same > 0 && c.anew+c.other == 0:
		return &sdk.CheckResult{Verdict: sdk.Change, Diff: restartDiff(), Notes: []string{
			fmt.Sprintf("restartbw was typed before and did nothing: the %d processes of BroadWorks are the same as before it", c.same)}}
	case c == comparison{}:
		return untold("ps lists no process that also ran before restartbw, and no port shows whether the server was restarted")
	}
	return untold(fmt.Sprintf("of the processes of BroadWorks that ran before restartbw, %d run on, %d were started anew and %d are unclear", c.same, c.anew, c.other))
}

// early reports that a restart which was acknowledged may still begin.
func (r *review) early() bool {
	from := r.since
	if from.IsZero() || from.After(r.began) {
		from = r.began
	}
	return time.Since(from) < r.job.beginWithin
}

func (r *review) readProcesses(ctx context.Context) processes {
	asking, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	sh, err := bwcli.OpenShell(asking, r.job.req.Conn, watchShell)
	if err != nil {
		return nil
	}
	now, err := readProcesses(asking, sh)
	if err != nil {
		return nil
	}
	sh.Close()
	return now
}

// overdue is why nothing could be told in time.
func (r *review) overdue() string {
	waits := r.waitsFor()
	switch {
	case waits == "":
		return "nothing shows whether the server was restarted"
	case r.well && r.proof != "":
		return "the server was restarted (" + r.proof + "), but " + waits
	}
	return "the server is not well: " + waits
}

// comparison counts command lines that ran before and run now.
type comparison struct {
	anew  int // in other processes only, none older
	same  int // in the very same processes
	other int // neither: the same ids with other start times, or a part of them
}

// clockStep is by how much the start time of a process may move: ps computes it anew each time.
const clockStep = 5 * time.Second

func (p processes) compare(now processes) (c comparison) {
	for args, old := range p {
		if len(now[args]) == 0 {
			continue
		}
		same, anew := true, true
		for pid, started := range now[args] {
			before, there := old[pid]
			same = same && there && started.Sub(before).Abs() <= clockStep
			for _, before := range old {
				anew = anew && !there && !started.Before(before)
			}
		}
		switch {
		case same:
			c.same++
		case anew:
			c.anew++
		default:
			c.other++
		}
	}
	return c
}
