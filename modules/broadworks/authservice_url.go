package broadworks

import (
	"context"
	"net/url"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

const (
	authURLContext = "/System/CommunicationUtility/DefaultSettings/ExternalAuthentication/AuthService"
	authURL        = "http://127.0.0.1/authService"
)

// AuthServiceURL is the module authservice_url: where the Communications Utility finds the authentication service.
type AuthServiceURL struct{}

// Describe says what the module takes and is.
func (AuthServiceURL) Describe() sdk.Description {
	return sdk.Description{
		Name:    "authservice_url",
		Summary: "Says where the BroadWorks Communications Utility of an XSP or ADP finds the authentication service.",
		Doc: "Sets `url` in `X_CLI" + authURLContext + "`" + ` and reads it back. It takes effect with a restart.

The web container needs the same URL: see [container_option](container_option.md).

Assumed, because no listing is published: ` + "`get` prints `url = URL`" + `, and nothing or no value where none is set.`,
		Example: `task "authservice_url" "local" {
  notify = [handler.restart]
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "url", Type: cty.String, Default: cty.StringVal(authURL), Doc: "URL of the service as the server itself reaches it."},
		}},
		HostData:  cliData,
		Exclusive: []string{cliResource},
	}
}

// Validate refuses what is no URL.
func (AuthServiceURL) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	if problems := typable(req, "url"); problems != nil {
		return problems
	}
	return judgeURL(req, "url")
}

func judgeURL(req *sdk.Request, arg string) []sdk.Problem {
	if !req.Args.Known(arg) {
		return nil
	}
	u, err := url.Parse(req.Args.Attr(arg).AsString())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return []sdk.Problem{{Arg: arg, Summary: arg + " is no http or https URL", Advice: `The guide has "` + authURL + `".`}}
	}
	return nil
}

func (AuthServiceURL) settings(req *sdk.Request) settings {
	return settings{context: authURLContext, want: map[string]string{"url": req.Args.Attr("url").AsString()}, loose: true}
}

// Check reads the URL.
func (m AuthServiceURL) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	return m.settings(req).check(ctx, req, "authservice_url")
}

// Apply sets it.
func (m AuthServiceURL) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	return m.settings(req).applyTo(ctx, req, "authservice_url")
}
