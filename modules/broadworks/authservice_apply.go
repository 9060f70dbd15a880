package broadworks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// Apply activates, deploys, waits and sets.
func (AuthService) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	var a authArgs
	if err := req.Args.Decode(&a); err != nil {
		return nil, err
	}
	within, err := time.ParseDuration(a.AppearWithin)
	if err != nil {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "appear_within is no duration", Arg: "appear_within", State: "nothing was sent"}
	}
	return xspSettings(ctx, req, "authservice", func(cli *bwcli.CLI) (*sdk.ApplyResult, error) {
		if missing, err := lacksMTLS(ctx, cli); err != nil || missing != nil {
			return nil, either(err, missing)
		}
		app, err := readAuthApp(ctx, cli, a)
		if err != nil {
			return nil, err
		}
		d := &deployment{cli: cli, args: a, app: app, within: within, report: req.Report}
		return d.run(ctx)
	})
}

func either(err error, f *sdk.Failure) error {
	if err != nil {
		return err
	}
	return f
}

// deployment is the way of the application from where it is to deployed and set.
type deployment struct {
	cli     *bwcli.CLI
	args    authArgs
	app     *authApp
	within  time.Duration
	report  sdk.Reporter
	restart bool // the server said that a restart is needed
}

func (d *deployment) run(ctx context.Context) (*sdk.ApplyResult, error) {
	res := &sdk.ApplyResult{Diff: d.app.diff(d.args)}
	res.Changed = len(res.Diff) > 0
	if err := d.deploy(ctx); err != nil {
		return nil, err
	}
	there, err := d.appears(ctx, res.Changed)
	if err != nil {
		return nil, err
	}
	res.Outputs = d.app.outputs(!there)
	if !there {
		res.Notes = append(res.Notes, waitsForRestart+"; the token settings are made by a run after it")
		return res, nil
	}
	if res.Changed {
		res.Notes = append(res.Notes, "whether deploying needs a restart by itself is not published: notify one to be sure")
	}
	diff, notes, err := d.args.tokens().apply(ctx, d.cli)
	if err != nil {
		return nil, err
	}
	res.Changed, res.Diff, res.Notes = res.Changed || len(diff) > 0, append(res.Diff, diff...), append(res.Notes, notes...)
	return res, nil
}

// deploy brings the application from its state to deployed.
func (d *deployment) deploy(ctx context.Context) error {
	if d.app.state < appActivated {
		if err := d.step(ctx, appActivated, "activate", "application", authApplication, d.app.version, d.args.ContextPath); err != nil {
			return err
		}
	}
	if d.app.state < appDeployed {
		path := d.args.ContextPath
		if d.app.path != "" {
			path = d.app.path // as this server writes it
		}
		return d.step(ctx, appDeployed, "deploy", "application", path)
	}
	return nil
}

// step types one command and reads back how far the application has come.
func (d *deployment) step(ctx context.Context, to appState, words ...string) error {
	d.report.Progress(strings.Join(words, " "))
	reached := func(ctx context.Context) (bool, error) {
		app, err := readAuthApp(ctx, d.cli, d.args)
		if err == nil {
			d.app = app
		}
		return err == nil && app.state >= to, err
	}
	before := d.app
	// assumed: what it answers is not published; it may ask whether to go on.
	answer, err := d.cli.Do(ctx, bwcli.Command{Context: managedContext, Words: words, Effect: sdk.Once, Foreseen: bwcli.Plain, Proof: reached})
	if err != nil {
		return err
	}
	d.restart = d.restart || answer.Restart
	if ok, err := reached(ctx); err != nil {
		return err
	} else if !ok && (answer.Refusal != "" || !answer.OK()) {
		return answer.Refused(fmt.Sprintf("could not %s %s", words[0], authApplication), fmt.Sprintf("the application is %s", d.app.state))
	}
	// A listing that shows nothing of the states is believed less than the server's ...Done.
	if d.app.state < to {
		app := *before
		app.state = to
		d.app = &app
	}
	return nil
}

// appears waits until the service's contexts are there: at most as long as appear_within, and not at all when the server
// said that it needs a restart, or when nothing was deployed just now.
func (d *deployment) appears(ctx context.Context, deployed bool) (bool, error) {
	limit := time.NewTimer(d.within)
	defer limit.Stop()
	for interval := pollFirst; ; interval = min(interval*3/2, pollMost) {
		_, err := d.cli.Get(ctx, tokenContext)
		if err == nil {
			return true, nil
		}
		if !lacksContext(err) {
			return false, err
		}
		if d.restart || !deployed {
			return false, nil
		}
		d.report.Progress("waiting until " + authApplication + " shows in bwcli")
		pause := time.NewTimer(interval)
		select {
		case <-pause.C:
			d.cli.Discard() // a session may keep the tree that it began with
		case <-limit.C:
			pause.Stop()
			return false, nil
		case <-ctx.Done():
			pause.Stop()
			return false, &sdk.Failure{Class: sdk.Timeout, Summary: authApplication + " does not show in bwcli", Err: ctx.Err(),
				State: "it is deployed; the token settings were not made", Do: []string{"Restart the server and run again."}}
		}
	}
}
