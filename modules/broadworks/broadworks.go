// Package broadworks holds the modules that configure Cisco BroadWorks servers for Webex: one type per module, each in
// files of its own, and [Modules], which lists them for the plugin that serves them.
//
// Its nouns: a row is an interface as CTIServer lists it; a marker is a small file under ~/.muster on the host that keeps
// the digest of what was last stored where bwcli cannot show it; live is what a TLS handshake with the running server
// shows, which differs from what is stored until a restart.
//
// Every module reads, compares, changes and reads back through package bwcli. A success is what the host shows afterwards,
// not what a command printed: the wordings of most commands are not published. What no public source tells is marked
// "assumed:" in the code and said in the module's documentation.
package broadworks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// Modules lists the modules of this package.
func Modules() []sdk.Module {
	return []sdk.Module{
		ClientIdentity{},
		TrustAnchor{},
		CertificateAuthentication{},
		CTIInterface{},
		HTTPInterface{},
		WebAppMTLS{},
		TLSSettings{},
		AuthService{},
		AuthServiceKeys{},
		AuthServiceURL{},
		ContainerOption{},
		CommunicationUtility{},
		XsiEvents{},
		Restart{},
		NTPSynced{},
		Raw{},
	}
}

// cliResource is held by every module that types in the host's one bwcli session.
const cliResource = "cli"

// cliData are the host.data keys of the bwcli login.
var cliData = []sdk.Attribute{
	{Name: "bwcli_user", Type: cty.String, Doc: "User of bwcli's own login, for an Application Server that demands one."},
	{Name: "bwcli_password", Type: cty.String, Source: sdk.FromSecret, Sensitive: true, Doc: "Password of that user."},
}

// ctiData are the host.data keys of the modules that deal with the CTI interface.
var ctiData = slices.Concat(siteData, []sdk.Attribute{
	{Name: "cti_address", Type: cty.String, Doc: "IP address of the host's CTI interface; default the host's address."},
}, cliData)

var siteData = []sdk.Attribute{{Name: "site", Type: cty.String, Doc: "The host's site; a rollout may group by it."}}

// httpData are the host.data keys of the modules that deal with HTTP interfaces.
var httpData = []sdk.Attribute{
	{Name: "http_address", Type: cty.String, Doc: "IP address of the host's HTTP interface; default the host's address."},
	{Name: "http_port", Type: cty.Number, Doc: "TCP port of the host's HTTP interface; default 443."},
}

// open takes the host's bwcli, with the login that host.data gives.
func open(ctx context.Context, req *sdk.Request) (*bwcli.CLI, error) {
	o := bwcli.Options{Log: req.Report.Log}
	if req.Data.Known("bwcli_user") {
		o.User = req.Data.Attr("bwcli_user").AsString()
	}
	if req.Data.Known("bwcli_password") {
		o.Password = new(sdk.Handle)
		if err := gocty.FromCtyValue(req.Data.Attr("bwcli_password"), o.Password); err != nil {
			return nil, fmt.Errorf("host.data.bwcli_password: %w", err)
		}
	}
	return bwcli.Open(ctx, req.Conn, o)
}

// outputs is the value of a module's outputs.
func outputs(attrs map[string]cty.Value) sdk.Object { return sdk.Object{Value: cty.ObjectVal(attrs)} }

// typable makes a problem of a known string argument that bwcli could not be given.
func typable(req *sdk.Request, arg string) []sdk.Problem {
	if !req.Args.Known(arg) {
		return nil
	}
	if err := bwcli.CheckValue(req.Args.Attr(arg).AsString()); err != nil {
		return []sdk.Problem{{Arg: arg, Summary: fmt.Sprintf("%s cannot be typed in bwcli", arg), Detail: err.Error(),
			Advice: "Nothing is ever escaped or removed: give a value without that character."}}
	}
	return nil
}

// hostFailure makes a failure of an error of the connection.
func hostFailure(summary, state string, err error) error {
	f := &sdk.Failure{}
	if errors.As(err, &f) {
		return err
	}
	f = &sdk.Failure{Class: sdk.Failed, Summary: summary, Why: sdk.Reason(err), State: state, Err: err}
	low := strings.ToLower(err.Error())
	switch {
	case errors.Is(err, sdk.ErrUnreachable):
		f.Class = sdk.Unreachable
	case errors.Is(err, context.DeadlineExceeded):
		f.Class = sdk.Timeout
	case strings.Contains(low, "space"), strings.Contains(low, "quota"), strings.Contains(low, "disk"):
		f.Do = []string{"Make room on the host's disk: df -h " + uploadDir}
	case strings.Contains(low, "permission"), strings.Contains(low, "denied"):
		f.Do = []string{"Log in as a user who may write there, such as bwadmin."}
	}
	return f
}

// shortDigest is as much of a digest as a person compares.
func shortDigest(hex string) string { return hex[:min(12, len(hex))] }
