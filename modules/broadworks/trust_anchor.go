package broadworks

import (
	"context"
	"crypto/x509"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// TrustAnchor is the module trust_anchor: a CA certificate by which the interfaces of one kind trust clients.
type TrustAnchor struct{}

// trustContexts are where each kind of interface keeps its anchors.
var trustContexts = map[string]string{
	"cti":  "/Interface/CTI/SSLCommonSettings/ClientAuthentication/Trusts",
	"http": "/Interface/Http/SSLCommonSettings/ClientAuthentication/Trusts",
}

var aliasRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Describe says what the module takes and is.
func (TrustAnchor) Describe() sdk.Description {
	return sdk.Description{
		Name:    "trust_anchor",
		Summary: "Holds one CA certificate among those by which CTI or HTTP interfaces trust clients, on an XSP or ADP.",
		Doc: `Uploads the certificate to ` + "`" + uploadDir + "`" + `, loads it with ` + "`updateTrust`" + ` in
` + "`X_CLI" + trustContexts["cti"] + "`" + ` (or ` + "`Http`" + `), reads the list back and takes the upload away.
It takes effect with a restart.

The two kinds of interface trust apart: an anchor of one means nothing to the other. For the authentication service with
mTLS the published procedure says to navigate to the CTI anchors and then shows the commands typed among the Http ones. The
service is behind an HTTP interface, so the Http ones are what it needs: ` + "`interface = \"http\"`" + `.

bwcli shows an anchor's owner and issuer, not its bytes. So a certificate with other names is seen as drift; whether one
with the same names is the very same is remembered by a marker, ` + "`" + anchorMarkers + "INTERFACE-ALIAS.sha256`" + `
on the host. The marker is a hint: without it, or when it names another certificate, the anchor is loaded again.

Assumed, because it is not published: ` + "`updateTrust`" + ` on an existing alias replaces it; where it is refused as a
duplicate, the alias is deleted first. Aliases are compared without regard to case.`,
		Example: `task "trust_anchor" "root" {
  interface = "cti"
  alias     = "webexclientroot2023"
  pem       = pem_by_role(file("CombinedCertChain2023.txt")).root
  notify    = [handler.restart]
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "interface", Type: cty.String, Required: true, OneOf: []string{"cti", "http"}, Doc: "Kind of interfaces that shall trust it."},
			{Name: "alias", Type: cty.String, Required: true, Doc: "Name of the anchor in the list: letters, digits, dot, hyphen, underscore."},
			{Name: "pem", Type: cty.String, Doc: "The CA certificate as PEM text, exactly one; required unless ensure is absent."},
			{Name: "ensure", Type: cty.String, Default: cty.StringVal("present"), OneOf: []string{"present", "absent"}, Doc: "Whether the anchor shall be there."},
		}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "owner", Type: cty.String, Doc: "Common name of the certificate's subject."},
			{Name: "issuer", Type: cty.String, Doc: "Common name of its issuer."},
			{Name: "sha256", Type: cty.String, Doc: "SHA-256 of the certificate, in hex."},
			{Name: "not_after", Type: cty.String, Doc: "End of its validity, RFC 3339."},
		}},
		HostData:  cliData,
		Exclusive: []string{cliResource},
	}
}

// anchorArgs are the arguments as they arrive, and the certificate that they give.
type anchorArgs struct {
	Interface string  `cty:"interface"`
	Alias     string  `cty:"alias"`
	PEM       *string `cty:"pem"`
	Ensure    string  `cty:"ensure"`

	cert  *x509.Certificate
	notes []string
}

func (a *anchorArgs) context() string { return trustContexts[a.Interface] }
func (a *anchorArgs) absent() bool    { return a.Ensure == "absent" }
func (a *anchorArgs) marker() string {
	return anchorMarkers + a.Interface + "-" + strings.ToLower(a.Alias) + ".sha256"
}

// decodeAnchor reads the arguments of Check and Apply, which Validate has passed unless parts were unknown then.
func decodeAnchor(req *sdk.Request) (*anchorArgs, error) {
	var in struct {
		Interface string  `cty:"interface"`
		Alias     string  `cty:"alias"`
		PEM       *string `cty:"pem"`
		Ensure    string  `cty:"ensure"`
	}
	if err := req.Args.Decode(&in); err != nil {
		return nil, err
	}
	a := &anchorArgs{Interface: in.Interface, Alias: in.Alias, PEM: in.PEM, Ensure: in.Ensure}
	for _, p := range validateAnchor(req, time.Now()) {
		if !p.Warning {
			return nil, &sdk.Failure{Class: sdk.Failed, Summary: p.Summary, Why: p.Detail, Arg: p.Arg, State: "nothing was sent"}
		}
		a.notes = append(a.notes, p.Summary)
	}
	if a.PEM != nil && !a.absent() {
		cert, _, err := tlsinfo.Certificate(*a.PEM)
		if err != nil {
			return nil, err
		}
		a.cert = cert
	}
	return a, nil
}

// Validate judges alias and certificate.
func (TrustAnchor) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	return validateAnchor(req, time.Now())
}

func validateAnchor(req *sdk.Request, now time.Time) (problems []sdk.Problem) {
	if req.Args.Known("alias") && !aliasRE.MatchString(req.Args.Attr("alias").AsString()) {
		problems = append(problems, sdk.Problem{Arg: "alias", Summary: fmt.Sprintf("alias %q is not usable", req.Args.Attr("alias").AsString()),
			Detail: "an alias is 1 to 64 letters, digits, dots, hyphens or underscores, and begins with a letter or digit"})
	}
	if req.Args.Known("ensure") && req.Args.Attr("ensure").AsString() == "absent" {
		return problems
	}
	pem := req.Args.Attr("pem")
	if pem.IsNull() {
		return append(problems, sdk.Problem{Arg: "pem", Summary: "pem is missing", Detail: "an anchor that shall be present needs its certificate"})
	}
	if !pem.IsWhollyKnown() {
		return problems
	}
	return append(problems, validateCA(pem.AsString(), now)...)
}

// validateCA judges the PEM text of a trust anchor.
func validateCA(text string, now time.Time) (problems []sdk.Problem) {
	cert, notes, err := tlsinfo.Certificate(text)
	if err != nil {
		return []sdk.Problem{{Arg: "pem", Summary: "pem is not one CA certificate", Detail: err.Error(),
			Advice: "One task loads one certificate; pem_blocks(file(...)) splits a combined file."}}
	}
	warn := func(s string) { problems = append(problems, sdk.Problem{Warning: true, Arg: "pem", Summary: s}) }
	for _, n := range notes {
		warn("pem: " + n)
	}
	warning, err := tlsinfo.Dates(cert, now)
	if err != nil {
		problems = append(problems, sdk.Problem{Arg: "pem", Summary: "pem holds a certificate that is not valid now", Detail: err.Error()})
	}
	if !cert.IsCA {
		problems = append(problems, sdk.Problem{Arg: "pem", Summary: "pem holds a certificate that is not a CA's",
			Detail: fmt.Sprintf("%q may not issue certificates, so it can vouch for no client", tlsinfo.Name(cert))})
	}
	for _, w := range []string{warning, tlsinfo.Weak(cert)} {
		if w != "" {
			warn(w)
		}
	}
	return problems
}
