package broadworks

import (
	"context"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// CTIInterface is the module cti_interface.
type CTIInterface struct{}

const ctiContext = "/Interface/CTI/CTIServer"

// ctiFamily are the CTI interfaces. assumed: their SSL settings belong to the address, whatever the port, since the
// published commands name no port.
var ctiFamily = family{
	module: "cti_interface", title: "CTI interface", tag: "cti", context: ctiContext,
	columns: []column{
		addressColumn("interface ip", "interface ip address", "ip address", "ip", "address", "interface"),
		portColumn(),
		flagColumn(secure, "secure"),
		flagColumn(func(r *row) *bool { return &r.serverCertificate }, "server certificate", "server cert", "certificate"),
		flagColumn(clientAuth, "client auth req", "client auth", "client authentication"),
	},
	add: func(r row) [][]string {
		return [][]string{{r.address.String(), strconv.Itoa(r.port), strconv.FormatBool(r.secure),
			strconv.FormatBool(r.serverCertificate), strconv.FormatBool(r.clientAuth)}}
	},
	addressKey: "cti_address", port: 8012,
}

const ctiDoc = `Keeps one row of ` + "`X_CLI" + ctiContext + "`" + ` with its protocols, ciphers and certificate, and reads
back each change. What is stored takes effect with a restart.

` + listsDoc + `

` + certificateDoc + ` The marker is ` + "`" + storedMarkers + "cti-ADDRESS.sha256`" + `.

` + pendingDoc + `

Assumed, because it is not published: R24 and ADP take the arguments of R22 and R23; a row that differs is deleted and
added again, since no ` + "`set`" + ` is known, and its lists and certificate are then stored again; where the new row is refused,
the old one is added again; the SSL settings belong to the address, whatever the port.

Not proved: how ciphers that this program does not speak (DHE, static ECDH) behave.`

// What the pages of both kinds of interface say.
const (
	listsDoc = `**Lists.** ` + "`protocols` and `ciphers`" + ` are exact: what is missing is added before anything is removed.
` + "`require_protocols` and `require_ciphers`" + ` only add. Neither given: the list is not touched. An interface without
a list of its own inherits the general one; the first entry added hides that, which the plan says.`

	certificateDoc = `**Certificate.** Key, certificate and chain are placed under ` + "`" + uploadDir + "`" + ` with mode 0600, given to
` + "`sslUpdate`" + ` and taken away. bwcli cannot show them, so they are compared by the certificate that a TLS handshake
with the running server presents. A marker on the host remembers what was stored last: stored and not yet presented is a
pending restart. A marker is a hint, never the truth.`

	pendingDoc = `**Pending.** Where a handshake shows another certificate, protocol, cipher or client authentication than what is stored,
the plan says "restart pending" and the task notifies its handlers.`
)

// Describe says what the module takes and is.
func (CTIInterface) Describe() sdk.Description {
	return sdk.Description{
		Name:    "cti_interface",
		Summary: "Keeps a CTI interface with its TLS protocols, ciphers and certificate, on an XSP or ADP.",
		Doc:     ctiDoc,
		Example: `task "cti_interface" "cti" {
  port              = 8012
  client_auth       = true
  require_protocols = ["TLSv1.2"]
  require_ciphers   = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
  certificate {
    key_file   = "certs/${host.name}.key"
    cert_file  = "certs/${host.name}.crt"
    chain_file = "certs/chain.pem"
  }
  notify = [handler.restart]
}`,
		Kind: sdk.State,
		Args: sdk.Schema{
			Attributes: slices.Concat([]sdk.Attribute{
				{Name: "address", Type: cty.String, Doc: "IP address of the interface; default host.data.cti_address, else the host's address."},
				{Name: "port", Type: cty.Number, Default: cty.NumberIntVal(8012), Doc: "TCP port."},
				{Name: "secure", Type: cty.Bool, Default: cty.True, Doc: "Whether the interface speaks TLS."},
				{Name: "server_certificate", Type: cty.Bool, Default: cty.True, Doc: "Whether the interface has a server certificate."},
				{Name: "client_auth", Type: cty.Bool, Default: cty.True, Doc: "Whether clients must present a certificate."},
			}, listAttributes),
			Blocks: []sdk.Block{certificateBlock},
		},
		Outputs:   interfaceOutputs,
		HostData:  ctiData,
		Exclusive: []string{cliResource},
	}
}

// Validate judges names, numbers and the certificate, as far as they are known.
func (CTIInterface) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	return ctiFamily.problems(req)
}

// Check compares row, lists and certificate, and stored with running.
func (CTIInterface) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	return ctiFamily.check(ctx, req)
}

// Apply does what Check announced.
func (CTIInterface) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	return ctiFamily.apply(ctx, req)
}
