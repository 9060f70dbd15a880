package broadworks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// How often ports and health are looked at while a server restarts: at first often, to see a short gap, then less.
const (
	pollFirst   = 10 * time.Millisecond
	pollMost    = 2 * time.Second
	dropGrace   = 2 * time.Second // a held connection that is cut later may have idled out
	healthLimit = 30 * time.Second
)

// The two shells of a restart: restartbw is typed in one while the health report is read in the other.
const (
	typeShell  = "restart"
	watchShell = "health"
)

// commandEnd is how restartbw ended.
type commandEnd struct {
	text string
	err  error
}

// run types restartbw and waits until the restart is proved and over; it returns the proof.
func (j *restartJob) run(ctx context.Context) (string, error) {
	defer j.release()
	sh, err := bwcli.OpenShell(ctx, j.req.Conn, typeShell)
	if err != nil {
		return "", err
	}
	j.req.Report.Progress("restartbw")
	ended := make(chan commandEnd, 1)
	typing, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		// assumed: restartbw may ask for confirmation.
		text, err := sh.Run(typing, "restartbw", sdk.Once, func(string) bool { return true })
		if err == nil {
			sh.Close()
		}
		ended <- commandEnd{text, err}
	}()
	defer func() { stop(); <-done }()
	return j.wait(ctx, ended)
}

// wait looks again and again, at growing intervals, at whatever proves the restart and its end.
func (j *restartJob) wait(ctx context.Context, ended <-chan commandEnd) (string, error) {
	w := &restartWait{job: j}
	pause := time.NewTimer(pollFirst)
	defer pause.Stop()
	for interval := pollFirst; ; interval = min(interval*3/2, pollMost) {
		select {
		case end := <-ended:
			w.end, w.endedAt = &end, time.Now()
			if err := w.judgeEnd(); err != nil {
				return "", err
			}
		case <-pause.C:
		case <-ctx.Done():
			return "", w.failure(ctx.Err())
		}
		if done, err := w.step(ctx); done || err != nil {
			return w.proof, err
		}
		if !pause.Stop() {
			select {
			case <-pause.C:
			default:
			}
		}
		pause.Reset(interval)
	}
}

// restartWait is what is known while waiting.
type restartWait struct {
	job     *restartJob
	end     *commandEnd // nil while restartbw runs
	endedAt time.Time
	proof   string
	health  health
	well    bool
}

// judgeEnd fails at once where restartbw said no.
func (w *restartWait) judgeEnd() error {
	f := (*sdk.Failure)(nil)
	if errors.As(w.end.err, &f) && f.Class == sdk.Failed {
		return f // a question that has no answer
	}
	if no := bwcli.Refusal(w.end.text); no != "" && w.end.err == nil && w.proof == "" && !w.job.anySign() {
		return &sdk.Failure{Class: sdk.Failed, Summary: "restartbw was refused", What: "answered: " + no, State: "the server was not restarted",
			Do: []string{"Log in as a user with the role BWORKS; OPERATOR may not start and stop."}}
	}
	return nil
}

// step looks once; done says that the restart is proved and over.
func (w *restartWait) step(ctx context.Context) (done bool, err error) {
	j := w.job
	open := true
	for _, t := range j.targets {
		open = t.look(ctx, j.req.Conn, w.dropsCount()) && open
	}
	if w.proof == "" {
		w.proof = j.portProof()
	}
	if w.end == nil && w.proof != "" {
		return false, nil
	}
	w.well = w.readHealth(ctx)
	switch {
	case w.end == nil:
		return false, nil
	case w.proof != "":
		if open && w.well {
			return true, nil
		}
		j.req.Report.Progress("waiting: " + w.waitsFor())
		return false, nil
	case time.Since(w.endedAt) > j.beginWithin:
		return false, w.notDone()
	}
	return false, nil
}

// dropsCount limits the time in which a cut connection proves a restart.
func (w *restartWait) dropsCount() bool { return w.end == nil || time.Since(w.endedAt) < dropGrace }

// readHealth asks for the health report, which may itself be a proof: worse than before, or from other processes.
func (w *restartWait) readHealth(ctx context.Context) bool {
	asking, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	sh, err := bwcli.OpenShell(asking, w.job.req.Conn, watchShell)
	if err != nil {
		w.health = health{trouble: err.Error()}
		return false
	}
	if w.health, err = readHealth(asking, sh); err != nil {
		w.health = health{trouble: err.Error()}
		return false
	}
	if w.proof == "" && w.job.before.well && !w.health.well() && w.health.severity != "" {
		w.proof = "the health report was worse in between: " + w.health.severity
	}
	if w.proof == "" && len(w.job.before.processes) > 0 {
		now, err := readProcesses(asking, sh)
		if err != nil {
			return false
		}
		if p := w.job.before.processes.restarted(now); p != "" {
			w.proof = "process started anew: " + p
		}
	}
	sh.Close()
	return w.health.well()
}

// waitsFor says what is not right yet.
func (w *restartWait) waitsFor() string {
	var parts []string
	for _, t := range w.job.targets {
		if !t.openNow {
			parts = append(parts, fmt.Sprintf("port %d does not answer", t.port))
		}
	}
	switch {
	case w.end == nil:
		parts = append(parts, "restartbw has not ended")
	case !w.well && w.health.severity != "":
		parts = append(parts, "healthmon -l reports "+w.health.severity)
	case !w.well && w.health.trouble != "":
		parts = append(parts, "no report of healthmon -l: "+w.health.trouble)
	case !w.well:
		parts = append(parts, "healthmon -l reports nothing")
	}
	return strings.Join(parts, "; ")
}

// notDone is a restart without any sign of having happened.
func (w *restartWait) notDone() error {
	f := &sdk.Failure{Class: sdk.Failed, Summary: "restartbw was acknowledged, but the server did not restart", What: "answered: " + brief(w.end.text),
		Why:   fmt.Sprintf("within %s no port was seen closed, no held connection was cut, and the health report never changed", w.job.beginWithin),
		State: "the server runs as before; what is stored is not in effect", Do: []string{"Run restartbw by hand and watch showrun."}}
	if w.end.err != nil {
		f.Class, f.Summary, f.Err = sdk.Uncertain, "the connection was lost during restartbw, and nothing shows that the server restarted", w.end.err
		f.State = "whether the server restarted is not known"
	}
	return f
}

// failure is a restart that was not over in time.
func (w *restartWait) failure(cause error) error {
	if w.proof == "" && w.end != nil && w.well {
		return w.notDone()
	}
	f := &sdk.Failure{Class: sdk.Timeout, Summary: "the server did not come back after restartbw", Why: w.waitsFor(), Err: cause,
		State: "restartbw was typed; the server may be down", Do: []string{"Look at showrun and healthmon -l on the host.", bwcli.MoreTime("restart", w.job.given)}}
	if w.end != nil && w.end.text != "" {
		f.What = "restartbw answered: " + brief(w.end.text)
	}
	if errors.Is(cause, context.Canceled) {
		f.Summary = "the run was interrupted while the server restarted"
	}
	return f
}

func brief(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return "(nothing)"
	}
	if lines := strings.Split(text, "\n"); len(lines) > 4 {
		text = strings.Join(lines[:4], "\n") + "\n…"
	}
	return text[:min(len(text), 500)]
}
