package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/plugins/sdk"
)

// lock takes the lease on the hosts of the run's rollouts; nil where it has none.
func (c *carrier) lock(ctx context.Context, stop <-chan struct{}) (*lease.Lease, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-stop: // nothing was changed yet: there is nothing to let end
			cancel()
		case <-ctx.Done():
		}
	}()
	held, err := c.s.Lock(ctx, lease.Options{
		Owner: lease.Owner{Run: c.journal.Run(), User: c.process.User, Machine: c.process.Machine, PID: c.process.PID, Reason: "apply " + c.s.Begin(c.records.key).Playbook, Since: time.Now()},
		Dead:  func(o lease.Owner) bool { return c.records.deadOwner(o, c.journal.Run()) },
	})
	if err == nil {
		return held, nil
	}
	exit := exitUsage
	if ctx.Err() != nil {
		exit = exitInterrupted
	}
	_ = c.note(context.WithoutCancel(ctx), journal.Record{Finish: &journal.Finish{ExitCode: exit, Text: err.Error()}}) // what is told below matters more
	var others *lease.Held
	if errors.As(err, &others) {
		return nil, refusedByHosts(heldBy(others))
	}
	if ctx.Err() != nil {
		fmt.Fprintln(c.s.words, "Nothing was changed.")
		return nil, code(exitInterrupted)
	}
	var refused *sdk.Failure
	if errors.As(err, &refused) {
		return nil, refusedByHosts(diag.Diagnostic{Code: diag.LeaseRefused, Summary: refused.Summary, Detail: asSentence(refused.Why),
			Advice: asSentence(strings.Join(append(slices.Clone(refused.Do), "or leave the host out with --limit"), "; "))})
	}
	return nil, err
}

// heldBy says who has the hosts, since when, and which.
func heldBy(h *lease.Held) diag.Diagnostic {
	type holder struct {
		lease.HeldHost
		hosts []string
	}
	var holders []*holder
	of := map[string]*holder{}
	for _, host := range h.Hosts {
		who, known := of[host.Owner.ID]
		if !known {
			who = &holder{HeldHost: host}
			of[host.Owner.ID] = who
			holders = append(holders, who)
		}
		who.hosts = append(who.hosts, host.Host)
		who.Quiet = min(who.Quiet, host.Quiet)
	}
	var lines []string
	for _, who := range holders {
		text := fmt.Sprintf("%s: %s", view.Hosts(who.hosts, 60), who.Owner)
		if !who.Owner.Since.IsZero() {
			text += ", since " + who.Owner.Since.Local().Format("2006-01-02 15:04:05")
		}
		lines = append(lines, fmt.Sprintf("%s, last heard of %s ago.", text, who.Quiet.Round(time.Second)))
	}
	return diag.Diagnostic{Code: diag.HostsHeld, Summary: fmt.Sprintf("another run has %s of this rollout", plural(len(h.Hosts), "host")),
		Detail: strings.Join(lines, "\n"),
		Advice: "Wait for it, or steer it where it runs: muster status, muster abort. A run that was killed loses its hosts after 2 minutes."}
}

// unlock gives the hosts back, also after everything else was cancelled.
func (c *carrier) unlock(held *lease.Lease) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := held.Release(ctx); err != nil {
		fmt.Fprintf(c.s.words, "Note: some hosts are kept from other runs for up to 2 minutes more: %v\n", err)
	}
}
