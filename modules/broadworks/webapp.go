package broadworks

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// webAppsContext holds which web applications demand client certificates on their own account.
const webAppsContext = "/Interface/Http/SSLCommonSettings/ClientAuthentication/WebApps"

// webApp is one row of it.
type webApp struct {
	address     netip.Addr
	port        int
	application string
	clientAuth  bool
}

var webAppColumns = [][]string{
	{"interface ip", "interface ip address", "ip address", "ip", "address", "interface"}, {"port"},
	{"application name", "application", "name", "web app"}, {"client auth req", "client auth", "client authentication"},
}

func readApps(ctx context.Context, cli *bwcli.CLI) ([]webApp, error) {
	l, err := cli.Get(ctx, webAppsContext)
	if errors.Is(err, bwcli.ErrNoEntry) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseApps(l)
}

func parseApps(l *bwcli.Listing) ([]webApp, error) {
	at := make([]int, len(webAppColumns))
	for i, titles := range webAppColumns {
		if at[i] = l.Column(titles...); at[i] < 0 && len(l.Header) == len(webAppColumns) {
			at[i] = i // assumed: the published columns, in their order
		} else if at[i] < 0 && (len(l.Rows) > 0 || l.Unread()) {
			return nil, unreadableApps(l)
		}
	}
	var apps []webApp
	for _, cells := range l.Rows {
		var r row
		app := webApp{application: cells[at[2]]}
		ok := addressColumn().read(&r, cells[at[0]]) && portColumn().read(&r, cells[at[1]]) && flagColumn(clientAuth).read(&r, cells[at[3]])
		if !ok || app.application == "" {
			return nil, unreadableApps(l)
		}
		app.address, app.port, app.clientAuth = r.address, r.port, r.clientAuth
		apps = append(apps, app)
	}
	return apps, nil
}

func unreadableApps(l *bwcli.Listing) error {
	return &sdk.Failure{Class: sdk.Failed, Summary: "could not read the web applications", What: "get printed: " + strings.TrimSpace(l.Text),
		Why: "the columns interface IP, port, application name and client auth req were expected", State: "nothing was changed"}
}

// findApp returns the entry of the same application at the same interface; nil when there is none.
func findApp(apps []webApp, a webApp) *webApp {
	for i, b := range apps {
		if b.address == a.address && b.port == a.port && strings.EqualFold(b.application, a.application) {
			return &apps[i]
		}
	}
	return nil
}

func (a webApp) String() string {
	if a.clientAuth {
		return "client authentication"
	}
	return "no client authentication"
}

// put adds the entry, or sets the one that is there, and reads it back.
func (a webApp) put(ctx context.Context, cli *bwcli.CLI, have *webApp) error {
	is := func(ctx context.Context) (bool, error) {
		apps, err := readApps(ctx, cli)
		now := findApp(apps, a)
		return now != nil && now.clientAuth == a.clientAuth, err
	}
	cmd := bwcli.Command{Context: webAppsContext, Effect: sdk.Once, Proof: is,
		Words: []string{"add", a.address.String(), strconv.Itoa(a.port), a.application, strconv.FormatBool(a.clientAuth)}}
	if have != nil {
		cmd.Effect = sdk.Idempotent
		cmd.Words = []string{"set", a.address.String(), strconv.Itoa(a.port), have.application, "clientAuthReq", strconv.FormatBool(a.clientAuth)}
	}
	answer, err := cli.Do(ctx, cmd)
	if err != nil {
		return err
	}
	if ok, err := is(ctx); ok || err != nil {
		return err
	}
	state := "the list does not show it"
	if have != nil {
		state = "it is unchanged: " + have.String()
	}
	f := answer.Refused(fmt.Sprintf("could not store the entry of %s at %s port %d", a.application, a.address, a.port), state)
	if have == nil && f.Class == sdk.Failed {
		f.Do = append([]string{"See that the HTTP interface is there, with http_interface before this task, and how this release spells the application's name: help add."}, f.Do...)
	}
	return f
}
