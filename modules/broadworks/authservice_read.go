package broadworks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// appState is how far an application has come: installed, then activated, then deployed.
type appState int

const (
	appMissing appState = iota
	appInstalled
	appActivated
	appDeployed
)

func (s appState) String() string {
	return [...]string{"not installed", "installed", "activated", "deployed"}[s]
}

// authApp is the authentication service as the server lists it.
type authApp struct {
	version string
	path    string
	state   appState
}

// diff is what activating and deploying would change.
func (app *authApp) diff(a authArgs) []sdk.Diff {
	if app.state == appDeployed {
		return nil
	}
	return []sdk.Diff{{What: "application " + authApplication, Before: app.state.String(),
		After: fmt.Sprintf("%s, version %s, on %s", appDeployed, app.version, a.ContextPath)}}
}

var (
	versionRE     = regexp.MustCompile(`(?i)\b(?:Rel_)?(\d+\.\d+(?:[._]\d+)*)\b`)
	stateDeployed = regexp.MustCompile(`(?i)\bdeployed\b|\brunning\b|\bstarted\b|\bonline\b`)
	stateNot      = regexp.MustCompile(`(?i)\bun-?deployed\b|\bnot[- ]deployed\b|\bstopped\b`)
	stateActive   = regexp.MustCompile(`(?i)\bactivated?\b|\bactive\b`)
	stateIdle     = regexp.MustCompile(`(?i)\binstalled\b|\binactive\b|\bde-?activated\b|\bnot[- ]activ\w*\b|\bavailable\b`)
)

// readAuthApp reads the application, and settles which version is meant.
func readAuthApp(ctx context.Context, cli *bwcli.CLI, a authArgs) (*authApp, error) {
	l, err := cli.Get(ctx, managedContext)
	if err != nil && !refusedRead(err) {
		return nil, err
	}
	var apps []authApp
	if err == nil {
		apps = authApps(l)
	}
	deployed, err := deployedApp(ctx, cli)
	if err != nil {
		return nil, err
	}
	app := choose(apps, deployed)
	if app.version == "" && a.Version == nil {
		if app.version, err = serverVersion(ctx, cli); err != nil {
			return nil, err
		}
	}
	return app, app.fits(a)
}

// refusedRead reports a read that the server answered and refused, as it does where there is no such command.
func refusedRead(err error) bool {
	f := (*sdk.Failure)(nil)
	return errors.As(err, &f) && f.Class == sdk.Failed
}

// choose takes the version that has come furthest; what qbw lists as deployed is at least that.
func choose(apps []authApp, deployed *authApp) *authApp {
	best := &authApp{}
	for i := range apps {
		if apps[i].state >= best.state { // of equals the last: listings grow downwards
			best = &apps[i]
		}
	}
	if deployed != nil && best.state < appActivated {
		return deployed
	}
	if deployed != nil && deployed.path != "" && best.path == "" {
		best.path = deployed.path
	}
	return best
}

// fits settles the version, and refuses an application that runs in another version or elsewhere.
func (app *authApp) fits(a authArgs) error {
	if a.Version != nil && (app.state < appActivated || app.version == "") {
		app.version = *a.Version
	}
	f := &sdk.Failure{Class: sdk.Failed, State: "nothing was changed"}
	switch {
	case a.Version != nil && !strings.EqualFold(plainVersion(*a.Version), plainVersion(app.version)):
		f.Summary = fmt.Sprintf("version %s of %s is %s, not %s", app.version, authApplication, app.state, *a.Version)
		f.Why, f.Arg = "changing the version of an application means downtime; that is not this module's work", "version"
		f.Do = []string{"Leave version out to keep the one that is there.",
			fmt.Sprintf("Or type in bwcli by hand: set activeSoftwareVersion application %s %s", authApplication, *a.Version)}
	case app.state >= appActivated && app.path != "" && !strings.EqualFold(app.path, a.ContextPath):
		f.Summary = fmt.Sprintf("%s is %s on %s, not on %s", authApplication, app.state, app.path, a.ContextPath)
		f.Why, f.Arg = "an application has one path", "context_path"
		f.Do = []string{fmt.Sprintf("Type in bwcli by hand: undeploy application %[1]s, then deactivate application %[1]s", app.path)}
	default:
		return nil
	}
	return f
}

func plainVersion(v string) string {
	if m := versionRE.FindStringSubmatch(v); m != nil {
		return m[1]
	}
	return v
}

// authApps finds the application's rows.
//
// assumed: no listing of ManagedObjects is published. Columns are not trusted, since tables that are aligned by hand do not
// show to which one a cell belongs: a version, a path and a state are known by what they look like.
func authApps(l *bwcli.Listing) []authApp {
	var apps []authApp
	add := func(words []string) {
		if holds(words, authApplication) {
			apps = append(apps, parseApp(words))
		}
	}
	for _, row := range l.Rows {
		add(strings.Fields(strings.Join(row, " ")))
	}
	if l.Header == nil {
		for line := range strings.Lines(l.Text) {
			add(strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n,=:()", r) }))
		}
	}
	return apps
}

// parseApp reads an application from words whose order is not known.
func parseApp(words []string) authApp {
	var app authApp
	rest := make([]string, 0, len(words))
	for _, c := range words {
		switch {
		case strings.HasPrefix(c, "/"):
			app.path = c
		case versionRE.MatchString(c) && app.version == "":
			app.version = plainVersion(c)
		default:
			rest = append(rest, c)
		}
	}
	app.state = readState(strings.Join(rest, " "), app.path)
	return app
}

func readState(words, path string) appState {
	switch {
	case stateNot.MatchString(words):
		return appActivated
	case stateDeployed.MatchString(words):
		return appDeployed
	case stateIdle.MatchString(words):
		return appInstalled
	case stateActive.MatchString(words), path != "":
		return appActivated
	}
	return appInstalled
}

// deployedApp asks qbw, which lists "active version and deployed context path per application"; nil when it lists no path
// of the service or is not known here.
func deployedApp(ctx context.Context, cli *bwcli.CLI) (*authApp, error) {
	answer, err := cli.Do(ctx, bwcli.Command{Context: "/", Words: []string{"qbw"}, Effect: sdk.Read, Foreseen: bwcli.Plain})
	if err != nil || answer.Refusal != "" {
		if err != nil && !refusedRead(err) {
			return nil, err
		}
		return nil, nil
	}
	l := bwcli.ParseListing(answer.Text)
	for _, app := range authApps(&l) {
		if app.path != "" {
			app.state = appDeployed
			return &app, nil
		}
	}
	return nil, nil
}

// serverVersion is the version of the BroadWorks software: the guide says to activate the application in it.
func serverVersion(ctx context.Context, cli *bwcli.CLI) (string, error) {
	answer, err := cli.Do(ctx, bwcli.Command{Context: "/", Words: []string{"qversions"}, Effect: sdk.Read, Foreseen: bwcli.Plain})
	if err != nil {
		return "", err
	}
	l := bwcli.ParseListing(answer.Text)
	for _, row := range l.Rows {
		if v := versionRE.FindStringSubmatch(strings.Join(row, " ")); v != nil && holds(row, "Active") {
			return v[1], nil
		}
	}
	return "", &sdk.Failure{Class: sdk.Failed, Summary: "could not find out which version of " + authApplication + " to activate",
		What: "qversions printed: " + brief(answer.Text), Why: "neither " + managedContext + " nor qversions shows one",
		State: "nothing was changed", Arg: "version", Do: []string{"Give it: version = \"...\", as bwshowver prints it without Rel_."}}
}

// lacksMTLS is a failure unless an HTTP interface, or the application on one, demands client certificates.
func lacksMTLS(ctx context.Context, cli *bwcli.CLI) (*sdk.Failure, error) {
	rows, err := httpFamily.rows(ctx, cli)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.secure && r.clientAuth {
			return nil, nil
		}
	}
	apps, err := readApps(ctx, cli)
	if err != nil && !refusedRead(err) {
		return nil, err
	}
	for _, a := range apps {
		if a.clientAuth && strings.EqualFold(a.application, authApplication) {
			return nil, nil
		}
	}
	return &sdk.Failure{Class: sdk.Failed, Summary: "no HTTP interface demands client certificates",
		Why:   "the guide demands mTLS before the authentication service, since it then trusts whoever reaches it",
		State: "nothing was changed",
		Do: []string{"Put a task http_interface with client_auth = true before this one, where all applications of the interface are to demand certificates.",
			"Or put a task webapp_mtls before it, for the authentication service alone."}}, nil
}

// judgeDuration refuses an argument that is no positive duration.
func judgeDuration(req *sdk.Request, arg string) []sdk.Problem {
	if !req.Args.Known(arg) {
		return nil
	}
	if d, err := time.ParseDuration(req.Args.Attr(arg).AsString()); err != nil || d <= 0 {
		return []sdk.Problem{{Arg: arg, Summary: arg + " is no duration", Advice: `Write it like "30s" or "2m".`}}
	}
	return nil
}
