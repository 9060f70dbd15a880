package broadworks

import (
	"context"
	"fmt"
	"regexp"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// WebAppMTLS is the module webapp_mtls.
type WebAppMTLS struct{}

// Describe says what the module takes and is.
func (WebAppMTLS) Describe() sdk.Description {
	return sdk.Description{
		Name:    "webapp_mtls",
		Summary: "Says whether one web application demands client certificates (mTLS), on an XSP or ADP.",
		Doc: `Keeps one entry of ` + "`X_CLI" + webAppsContext + "`" + `: adds it, or sets
` + "`clientAuthReq`" + ` of the one that is there, and reads it back. It takes effect with a restart.

**Here or on the interface.** With ` + "`client_auth = true`" + ` the application demands a client certificate, whatever the interface
says: the way where only one of several applications behind an address and port needs mTLS. Where several do, use
` + "`client_auth = true`" + ` of http_interface instead: one setting, and a TLS handshake proves it. ` + "`client_auth = false`" + ` is what the
published procedure for CI token validation sets for AuthenticationService.

The application's name is one of those that ` + "`help add`" + ` enumerates in that context; names are compared without regard to
case. The interface must be there first: put an http_interface task before this one.

Assumed, because it is not published: that an entry is refused where its interface is missing, and every wording. Not known:
whether ` + "`false`" + ` exempts the application where the interface itself demands certificates.

Not proved: that the application refuses a client without a certificate. A server may ask for the certificate only after it
has seen which application is wanted, and then a handshake shows no difference; the plan says so.`,
		Example: `task "webapp_mtls" "authservice" {
  application = "AuthenticationService"
  client_auth = true
  notify      = [handler.restart]
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "address", Type: cty.String, Doc: "IP address of the interface; default host.data.http_address, else the host's address."},
			{Name: "port", Type: cty.Number, Doc: "TCP port of the interface; default host.data.http_port, else 443."},
			{Name: "application", Type: cty.String, Default: cty.StringVal("AuthenticationService"), Doc: "Name of the web application, as bwcli enumerates it."},
			{Name: "client_auth", Type: cty.Bool, Default: cty.True, Doc: "Whether clients of the application must present a certificate."},
		}},
		Outputs:   interfaceOutputs,
		HostData:  HTTPInterface{}.Describe().HostData,
		Exclusive: []string{cliResource},
	}
}

var applicationRE = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,79}$`)

// Validate judges the place and the application's name.
func (WebAppMTLS) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	return webAppProblems(req)
}

func webAppProblems(req *sdk.Request) []sdk.Problem {
	out := httpFamily.placeProblems(req)
	if name := optional[string](req.Args, "application"); name != nil && !applicationRE.MatchString(*name) {
		out = append(out, sdk.Problem{Arg: "application", Summary: fmt.Sprintf("%q is no name of a web application", *name),
			Detail: "a name is letters, digits, dots, hyphens and underscores, such as AuthenticationService",
			Advice: "bwcli enumerates the names: help add, in " + webAppsContext + "."})
	}
	return out
}

// webAppPlan is what must be done to one entry.
type webAppPlan struct {
	want webApp
	have *webApp // nil when there is none

	diff           []sdk.Diff
	notes, pending []string
}

func planWebApp(ctx context.Context, cli *bwcli.CLI, req *sdk.Request) (*webAppPlan, error) {
	notes, err := warnings(webAppProblems(req))
	if err != nil {
		return nil, err
	}
	p := &webAppPlan{notes: notes}
	if p.want.address, p.want.port, err = httpFamily.place(req); err != nil {
		return nil, err
	}
	set(&p.want.application, optional[string](req.Args, "application"))
	set(&p.want.clientAuth, optional[bool](req.Args, "client_auth"))
	if err := cli.Require("webapp_mtls", "XSP", "ADP"); err != nil {
		return nil, err
	}
	rows, err := httpFamily.rows(ctx, cli)
	if err != nil {
		return nil, err
	}
	apps, err := readApps(ctx, cli)
	if err != nil {
		return nil, err
	}
	p.have = findApp(apps, p.want)
	p.compare()
	at := find(rows, p.want.address, p.want.port)
	switch {
	case at == nil:
		p.note("there is no HTTP interface on port %d yet, which the entry needs", p.want.port)
	case !at.secure && p.want.clientAuth:
		p.note("the HTTP interface on port %d is not secure: without TLS nobody can present a certificate", p.want.port)
	case at.secure && len(p.diff) == 0:
		p.compareLive(ctx, req.Conn, *at, apps)
	}
	return p, nil
}

func (p *webAppPlan) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *webAppPlan) compare() {
	if p.have != nil && p.have.clientAuth == p.want.clientAuth {
		return
	}
	d := sdk.Diff{What: fmt.Sprintf("web application %s, port %d", p.want.application, p.want.port), After: p.want.String()}
	if p.have != nil {
		d.Before = p.have.String()
	}
	p.diff = append(p.diff, d)
}

// compareLive looks whether the running server asks for certificates where what is stored leaves no doubt.
func (p *webAppPlan) compareLive(ctx context.Context, conn sdk.Conn, at row, apps []webApp) {
	seen, err := look(ctx, conn, at.address.String(), at.port, tlsinfo.Offer{})
	if err != nil || !seen.Shown() {
		return // whether the interface answers is for its own task to say
	}
	demanded := false
	for _, a := range apps {
		demanded = demanded || a.address == at.address && a.port == at.port && a.clientAuth
	}
	switch {
	case seen.AsksCert && !at.clientAuth && !demanded:
		p.pending = append(p.pending, fmt.Sprintf("port %d still asks for client certificates", at.port))
	case !seen.AsksCert && at.clientAuth:
		p.pending = append(p.pending, fmt.Sprintf("port %d does not ask for client certificates yet", at.port))
	case !seen.AsksCert && p.want.clientAuth:
		p.note("port %d asks for no client certificate in a handshake: either the server asks once it sees the application, or this is not in effect yet; which of the two is not known", at.port)
	}
}

func (p *webAppPlan) outputs() sdk.Object {
	return outputs(map[string]cty.Value{"address": cty.StringVal(p.want.address.String()), "port": cty.NumberIntVal(int64(p.want.port))})
}

// Check compares the entry.
func (WebAppMTLS) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	p, err := planWebApp(ctx, cli, req)
	if err != nil {
		return nil, err
	}
	return checked(p.diff, p.pending, p.notes, p.outputs()), nil
}

// Apply adds or sets it.
func (WebAppMTLS) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	p, err := planWebApp(ctx, cli, req)
	if err != nil {
		return nil, err
	}
	if len(p.diff) > 0 {
		if err := p.want.put(ctx, cli, p.have); err != nil {
			return nil, err
		}
	}
	return &sdk.ApplyResult{Changed: len(p.diff) > 0, Diff: p.diff, Notes: p.notes, Outputs: p.outputs()}, nil
}
