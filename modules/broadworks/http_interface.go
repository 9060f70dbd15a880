package broadworks

import (
	"context"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// HTTPInterface is the module http_interface.
type HTTPInterface struct{}

const httpContext = "/Interface/Http/HttpServer"

var httpFamily = family{
	module: "http_interface", title: "HTTP interface", tag: "http", context: httpContext,
	columns: []column{
		addressColumn("interface", "interface ip", "interface ip address", "ip address", "ip", "address"),
		portColumn(),
		textColumn(func(r *row) *string { return &r.name }, "name"),
		flagColumn(secure, "secure"),
		flagColumn(clientAuth, "client auth req", "client auth", "client authentication"),
		textColumn(func(r *row) *string { return &r.cluster }, "cluster fqdn", "cluster"),
	},
	add:     addHTTP,
	perPort: true, named: true,
	addressKey: "http_address", portKey: "http_port", port: 443,
}

// addHTTP is what follows add. assumed: the cluster's FQDN is given as other optional parameters are, by name; else it
// comes last.
func addHTTP(r row) [][]string {
	words := []string{r.address.String(), strconv.Itoa(r.port), r.name, strconv.FormatBool(r.secure), strconv.FormatBool(r.clientAuth)}
	if r.cluster == "" {
		return [][]string{words}
	}
	return [][]string{append(slices.Clone(words), "clusterFqdn", r.cluster), append(words, r.cluster)}
}

const httpDoc = `Keeps one row of ` + "`X_CLI" + httpContext + "`" + ` with its protocols, ciphers and certificate, and reads
back each change. What is stored takes effect with a restart. Rows are told apart by address and port.

**Client authentication: here or per web application.** ` + "`client_auth = true`" + ` makes the interface demand a client
certificate (mTLS) from everybody, for every web application behind that address and port: the way when several
applications need it, and on a port that serves nothing else. Where one of several applications on the port needs it,
leave the interface at ` + "`client_auth = false`" + ` and name the application with webapp_mtls.

` + listsDoc + `

` + certificateDoc + ` The marker is ` + "`" + storedMarkers + "http-ADDRESS-PORT.sha256`" + `. A secure interface without a
certificate block keeps the one it has, for a new one a self-signed one that the server makes.

` + pendingDoc + ` Where a web application demands certificates on its own account, a server
may ask every client for one, so that asking is then no sign of a difference.

Assumed, because it is not published: a row that differs is deleted and added again, since no ` + "`set`" + ` is known; its lists,
its certificate and the web application entries that go with it are then stored again; where the new row is refused, the
old one is added again; when the connection is lost between the two, only the lists that the task names come back with the
next run; the cluster's FQDN follows the word ` + "`clusterFqdn`" + `; names are compared without regard to case.

Not proved: how ciphers that this program does not speak (DHE, static ECDH) behave, and what the web applications behind
the interface answer.`

// Describe says what the module takes and is.
func (HTTPInterface) Describe() sdk.Description {
	return sdk.Description{
		Name:    "http_interface",
		Summary: "Keeps an HTTP interface with its TLS protocols, ciphers and certificate, on an XSP or ADP.",
		Doc:     httpDoc,
		Example: `task "http_interface" "mtls" {
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
				{Name: "address", Type: cty.String, Doc: "IP address of the interface; default host.data.http_address, else the host's address."},
				{Name: "port", Type: cty.Number, Doc: "TCP port; default host.data.http_port, else 443."},
				{Name: "name", Type: cty.String, Doc: "Name of the interface; default the one it has, for a new one the host's name."},
				{Name: "secure", Type: cty.Bool, Default: cty.True, Doc: "Whether the interface speaks TLS."},
				{Name: "client_auth", Type: cty.Bool, Doc: "Whether every client must present a certificate; default as it is, for a new interface false."},
				{Name: "cluster_fqdn", Type: cty.String, Doc: `Name that the cluster is known by, "" for none; default as it is, for a new interface none.`},
			}, listAttributes),
			Blocks: []sdk.Block{certificateBlock},
		},
		Outputs:   interfaceOutputs,
		HostData:  slices.Concat(siteData, httpData, cliData),
		Exclusive: []string{cliResource},
	}
}

// Validate judges names, numbers and the certificate, as far as they are known.
func (HTTPInterface) Validate(_ context.Context, req *sdk.Request) []sdk.Problem {
	return httpFamily.problems(req)
}

// Check compares row, lists and certificate, and stored with running.
func (HTTPInterface) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	return httpFamily.check(ctx, req)
}

// Apply does what Check announced.
func (HTTPInterface) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	return httpFamily.apply(ctx, req)
}
