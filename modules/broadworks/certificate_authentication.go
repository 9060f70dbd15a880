package broadworks

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

const (
	certAuthContext = "/System/CommunicationUtility/DefaultSettings/ExternalAuthentication/CertificateAuthentication"
	allowClientApp  = "allowClientApp"
)

// CertificateAuthentication is the module certificate_authentication.
type CertificateAuthentication struct{}

// Describe says what the module takes and is.
func (CertificateAuthentication) Describe() sdk.Description {
	return sdk.Description{
		Name:    "certificate_authentication",
		Summary: "Says whether client applications may authenticate with certificates, on an XSP or ADP.",
		Doc: "Sets `allowClientApp` in `X_CLI" + certAuthContext + "`" + ` and reads it back. It takes effect with a restart.

Assumed, because no listing is published: ` + "`get` prints `allowClientApp = true` or `false`" + `, as a line or in a table.`,
		Example: `task "certificate_authentication" "client_app" {
  allow_client_app = true
  notify           = [handler.restart]
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "allow_client_app", Type: cty.Bool, Required: true, Doc: "Whether client applications may authenticate with certificates."},
		}},
		HostData:  cliData,
		Exclusive: []string{cliResource},
	}
}

// Check reads the setting.
func (CertificateAuthentication) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	want := req.Args.Attr("allow_client_app").True()
	is, err := clientAppAllowed(ctx, cli)
	if err != nil || is == want {
		return &sdk.CheckResult{Verdict: sdk.NoChange}, err
	}
	return &sdk.CheckResult{Verdict: sdk.Change, Diff: clientAppDiff(is, want)}, nil
}

func clientAppDiff(is, want bool) []sdk.Diff {
	return []sdk.Diff{{What: allowClientApp, Before: strconv.FormatBool(is), After: strconv.FormatBool(want)}}
}

func clientAppAllowed(ctx context.Context, cli *bwcli.CLI) (bool, error) {
	if err := cli.Require("certificate_authentication", "XSP", "ADP"); err != nil {
		return false, err
	}
	l, err := cli.Get(ctx, certAuthContext)
	if err != nil {
		return false, err
	}
	text, found := l.Value(allowClientApp)
	value, known := boolean(text)
	if !found || !known {
		return false, &sdk.Failure{Class: sdk.Failed, Summary: "could not read " + allowClientApp,
			What: "get printed: " + strings.TrimSpace(l.Text), Why: "the listing shows no true or false for it"}
	}
	return value, nil
}

// boolean reads the words that listings use for true and false.
func boolean(text string) (value, known bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "yes", "on", "enabled", "1", "y":
		return true, true
	case "false", "no", "off", "disabled", "0", "n":
		return false, true
	}
	return false, false
}

// Apply sets it.
func (CertificateAuthentication) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	want := req.Args.Attr("allow_client_app").True()
	before, err := clientAppAllowed(ctx, cli)
	if err != nil || before == want {
		return &sdk.ApplyResult{}, err
	}
	answer, err := cli.Do(ctx, bwcli.Command{
		Context: certAuthContext,
		Words:   []string{"set", allowClientApp, strconv.FormatBool(want)},
		Effect:  sdk.Idempotent,
		Proof: func(ctx context.Context) (bool, error) {
			is, err := clientAppAllowed(ctx, cli)
			return is == want, err
		},
	})
	if err != nil {
		return nil, err
	}
	is, err := clientAppAllowed(ctx, cli)
	if err != nil {
		return nil, err
	}
	if is != want {
		return nil, answer.Refused(fmt.Sprintf("could not set %s to %t", allowClientApp, want), "it is unchanged")
	}
	return &sdk.ApplyResult{Changed: true, Diff: clientAppDiff(before, want)}, nil
}
