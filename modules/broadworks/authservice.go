package broadworks

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

const (
	authApplication = "authenticationService"
	tokenContext    = "/Applications/authenticationService/TokenManagement"
	managedContext  = "/Maintenance/ManagedObjects"
	tokenHours      = "tokenDurationInHours"
	tokenIssuer     = "tokenIssuer"
	mostTokenHours  = 4320 // 180 days
)

// AuthService is the module authservice: the authentication service, deployed, with its token settings.
type AuthService struct{}

// Describe says what the module takes and is.
func (AuthService) Describe() sdk.Description {
	return sdk.Description{
		Name:      "authservice",
		Summary:   "Keeps the authentication service deployed with its token settings, on an XSP or ADP.",
		Doc:       authServiceDoc,
		Example:   authServiceExample,
		Kind:      sdk.State,
		HostData:  cliData,
		Exclusive: []string{cliResource},
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "version", Type: cty.String, Doc: "Version of the application; default the one that the server has."},
			{Name: "context_path", Type: cty.String, Default: cty.StringVal("/authService"), Doc: "Path of the application; Webex demands the default."},
			{Name: "token_hours", Type: cty.Number, Default: cty.NumberIntVal(1440), Doc: "How long a token is valid, in hours, 1 to 4320; mTLS wants 1440, which is 60 days."},
			{Name: "token_issuer", Type: cty.String, Default: cty.StringVal("BroadWorks"), Doc: "Issuer of the tokens; the guide wants the default."},
			{Name: "appear_within", Type: cty.String, Default: cty.StringVal("30s"), Doc: "How long after its deployment the service may take to appear in bwcli, before it counts as waiting for a restart."},
		}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "version", Type: cty.String, Doc: "Version of the application."},
			{Name: "restart_first", Type: cty.Bool, Doc: "Whether the service is deployed and appears only after a restart: run this task again after one."},
		}},
	}
}

const authServiceDoc = "Reads the applications in `X_CLI" + managedContext + "`" + `, and with ` + "`qbw`" + ` where that tells too little; activates
authenticationService on its path when it is only installed, deploys it when it is only activated, waits until the service
shows in bwcli, then keeps ` + "`" + tokenHours + "` and `" + tokenIssuer + "` in `X_CLI" + tokenContext + "`" + ` and reads them back. Names and paths are
compared without regard to case.

The guide demands mTLS first: an HTTP interface that requires client certificates ([http_interface](http_interface.md)), or such an
entry for the application ([webapp_mtls](webapp_mtls.md)). Without one nothing is activated or deployed.

Not published, and so assumed: the listing and the answers of ManagedObjects; whether deploying needs a restart by itself. Where
the server says that it does, or the service does not appear within ` + "`appear_within`" + `, the task succeeds, its notes and the output
` + "`restart_first`" + ` say that the token settings wait for a restart, and a later run sets them. It notifies in every case.

Another version that is active already is left alone and is an error: changing it means downtime and is not this module's work.`

const authServiceExample = `task "authservice" "service" {
  token_hours = 1440
  notify      = [handler.restart]
}`

// authArgs are the arguments.
type authArgs struct {
	Version      *string `cty:"version"`
	ContextPath  string  `cty:"context_path"`
	TokenHours   int     `cty:"token_hours"`
	TokenIssuer  string  `cty:"token_issuer"`
	AppearWithin string  `cty:"appear_within"`
}

func (a authArgs) tokens() settings {
	return settings{context: tokenContext, want: map[string]string{tokenHours: strconv.Itoa(a.TokenHours), tokenIssuer: a.TokenIssuer}}
}

// wantedDiff is what the token settings become on a server that does not show them yet.
func (a authArgs) wantedDiff() []sdk.Diff {
	return []sdk.Diff{{What: tokenHours, After: strconv.Itoa(a.TokenHours)}, {What: tokenIssuer, After: a.TokenIssuer}}
}

var contextPath = regexp.MustCompile(`^/[A-Za-z0-9._~/-]+$`)

// Validate judges path, hours and version.
func (AuthService) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	for _, arg := range []string{"version", "context_path", "token_issuer"} {
		out = append(out, typable(req, arg)...)
	}
	if req.Args.Known("token_hours") {
		if h, _ := req.Args.Attr("token_hours").AsBigFloat().Float64(); h < 1 || h > mostTokenHours || h != float64(int(h)) {
			out = append(out, sdk.Problem{Arg: "token_hours", Summary: fmt.Sprintf("token_hours is a whole number from 1 to %d", mostTokenHours),
				Detail: "the longest that the authentication service takes is 180 days"})
		} else if h < 1440 {
			out = append(out, sdk.Problem{Warning: true, Arg: "token_hours", Summary: "tokens are valid for less than 60 days",
				Detail: "with mTLS the guide wants at least 1440 hours"})
		}
	}
	if req.Args.Known("context_path") {
		switch p := req.Args.Attr("context_path").AsString(); {
		case !contextPath.MatchString(p):
			out = append(out, sdk.Problem{Arg: "context_path", Summary: "context_path is no path", Advice: `Write it like "/authService".`})
		case p != "/authService":
			out = append(out, sdk.Problem{Warning: true, Arg: "context_path", Summary: "Webex expects the service on /authService"})
		}
	}
	return append(out, judgeDuration(req, "appear_within")...)
}

// Check reads what is deployed and how it is set.
func (AuthService) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	var a authArgs
	if err := req.Args.Decode(&a); err != nil {
		return nil, err
	}
	return xspSettings(ctx, req, "authservice", func(cli *bwcli.CLI) (*sdk.CheckResult, error) {
		app, err := readAuthApp(ctx, cli, a)
		if err != nil {
			return nil, err
		}
		res := &sdk.CheckResult{Verdict: sdk.NoChange, Diff: app.diff(a), Outputs: app.outputs(false)}
		if len(res.Diff) > 0 {
			res.Verdict = sdk.Change
		}
		left, _, err := a.tokens().differing(ctx, cli)
		switch {
		case err == nil && len(left) > 0:
			res.Verdict, res.Diff = sdk.Change, append(res.Diff, left...)
		case lacksContext(err) && res.Verdict == sdk.Change:
			res.Diff = append(res.Diff, a.wantedDiff()...)
		case lacksContext(err):
			res.Pending, res.Outputs = waitsForRestart, app.outputs(true)
		case err != nil:
			return nil, err
		}
		return res, noteMTLS(ctx, cli, res)
	})
}

const waitsForRestart = "authenticationService is deployed and shows in bwcli only after a restart"

// noteMTLS tells a plan that mTLS must come first; the task that brings it about may stand before this one.
func noteMTLS(ctx context.Context, cli *bwcli.CLI, res *sdk.CheckResult) error {
	missing, err := lacksMTLS(ctx, cli)
	if err != nil || missing == nil {
		return err
	}
	if res.Verdict == sdk.NoChange {
		res.Verdict, res.Reason = sdk.Unknown, missing.Summary
	}
	res.Notes = append(res.Notes, missing.Summary+": http_interface or webapp_mtls must bring it about before this task")
	return nil
}

func (app *authApp) outputs(restartFirst bool) sdk.Object {
	return outputs(map[string]cty.Value{"version": cty.StringVal(app.version), "restart_first": cty.BoolVal(restartFirst)})
}
