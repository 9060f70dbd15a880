package broadworks

import (
	"crypto/x509"
	"net/netip"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// CTIInterface is the module cti_interface.
type CTIInterface struct{}

// The contexts of CTI interfaces.
const (
	ctiContext          = "/Interface/CTI/CTIServer"
	protocolsContext    = ctiContext + "/SSLSettings/Protocols"
	ciphersContext      = ctiContext + "/SSLSettings/Ciphers"
	certificatesContext = ctiContext + "/SSLSettings/Certificates"
)

const ctiDoc = `Keeps one row of ` + "`X_CLI" + ctiContext + "`" + ` with its protocols, ciphers and certificate, and reads
back each change. What is stored takes effect with a restart.

**Lists.** ` + "`protocols` and `ciphers`" + ` are exact: what is missing is added before anything is removed.
` + "`require_protocols` and `require_ciphers`" + ` only add. Neither given: the list is not touched. An interface without
a list of its own inherits the general one; the first entry added hides that, which the plan says.

**Certificate.** Key, certificate and chain are placed under ` + "`" + uploadDir + "`" + ` with mode 0600, given to
` + "`sslUpdate`" + ` and taken away. bwcli cannot show them, so they are compared by the certificate that a TLS handshake
with the running server presents. A marker on the host, ` + "`" + storedMarkers + "cti-ADDRESS.sha256`" + `, remembers what
was stored last: stored and not yet presented is a pending restart. The marker is a hint.

**Pending.** Where a handshake shows another certificate, protocol, cipher or client authentication than what is stored,
the plan says "restart pending" and the task notifies its handlers.

Assumed, because it is not published: R24 and ADP take the arguments of R22 and R23; a row that differs is deleted and
added again, since no ` + "`set`" + ` is known, and its lists and certificate are then stored again; the SSL settings belong
to the address, whatever the port.

Not proved: how ciphers that this program does not speak (DHE, static ECDH) behave.`

// Describe says what the module takes and is.
func (CTIInterface) Describe() sdk.Description {
	names := cty.List(cty.String)
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
			Attributes: []sdk.Attribute{
				{Name: "address", Type: cty.String, Doc: "IP address of the interface; default host.data.cti_address, else the host's address."},
				{Name: "port", Type: cty.Number, Default: cty.NumberIntVal(8012), Doc: "TCP port."},
				{Name: "secure", Type: cty.Bool, Default: cty.True, Doc: "Whether the interface speaks TLS."},
				{Name: "server_certificate", Type: cty.Bool, Default: cty.True, Doc: "Whether the interface has a server certificate."},
				{Name: "client_auth", Type: cty.Bool, Default: cty.True, Doc: "Whether clients must present a certificate."},
				{Name: "protocols", Type: names, Doc: "Exactly these TLS versions, such as TLSv1.2."},
				{Name: "require_protocols", Type: names, Doc: "At least these TLS versions."},
				{Name: "ciphers", Type: names, Doc: "Exactly these cipher suites, by IANA name."},
				{Name: "require_ciphers", Type: names, Doc: "At least these cipher suites, by IANA name."},
			},
			Blocks: []sdk.Block{{
				Name: "certificate", Doc: "Server certificate of the interface's address.",
				Schema: sdk.Schema{Attributes: []sdk.Attribute{
					{Name: "key_file", Type: cty.String, Required: true, Source: sdk.FromSecretFile, Sensitive: true, Doc: "Private key of the certificate, PEM, not encrypted."},
					{Name: "cert_file", Type: cty.String, Required: true, Source: sdk.FromFile, Doc: "Server certificate, PEM, exactly one."},
					{Name: "chain_file", Type: cty.String, Source: sdk.FromFile, Doc: "Issuers, PEM, the certificate's own issuer first."},
				}},
			}},
		},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "address", Type: cty.String, Doc: "IP address of the interface."},
			{Name: "port", Type: cty.Number, Doc: "TCP port."},
		}},
		HostData:  ctiData,
		Exclusive: []string{cliResource},
	}
}

// ctiArgs are the arguments with their defaults.
type ctiArgs struct {
	AddressArg        *string         `cty:"address"`
	Port              int             `cty:"port"`
	Secure            bool            `cty:"secure"`
	ServerCertificate bool            `cty:"server_certificate"`
	ClientAuth        bool            `cty:"client_auth"`
	Protocols         []string        `cty:"protocols"`
	RequireProtocols  []string        `cty:"require_protocols"`
	Ciphers           []string        `cty:"ciphers"`
	RequireCiphers    []string        `cty:"require_ciphers"`
	Certificate       *ctiCertificate `cty:"certificate"`
}

type ctiCertificate struct {
	KeyFile   sdk.Handle `cty:"key_file"`
	CertFile  sdk.File   `cty:"cert_file"`
	ChainFile *sdk.File  `cty:"chain_file"`
}

// ctiWant is what the host shall be.
type ctiWant struct {
	ctiArgs
	address netip.Addr
	leaf    *x509.Certificate   // nil without a certificate block
	chain   []*x509.Certificate // its issuers
}

func (w *ctiWant) row() ctiRow {
	return ctiRow{address: w.address, port: w.Port, secure: w.Secure, serverCertificate: w.ServerCertificate, clientAuth: w.ClientAuth}
}

func (w *ctiWant) marker() string { return storedMarker(w.address) }

func storedMarker(a netip.Addr) string { return storedMarkers + "cti-" + a.String() + ".sha256" }

func (w *ctiWant) digest() string {
	return tlsinfo.Digest(append([]*x509.Certificate{w.leaf}, w.chain...)...)
}

func (w *ctiWant) outputs() sdk.Object {
	return outputs(map[string]cty.Value{"address": cty.StringVal(w.address.String()), "port": cty.NumberIntVal(int64(w.Port))})
}

// wanted decodes the arguments and settles the address. Validate has judged them as far as they were known then; what
// became known since is judged here.
func (m CTIInterface) wanted(req *sdk.Request) (*ctiWant, []string, error) {
	w := &ctiWant{}
	if err := req.Args.Decode(&w.ctiArgs); err != nil {
		return nil, nil, err
	}
	var notes []string
	for _, p := range m.problems(req) {
		if !p.Warning {
			return nil, nil, &sdk.Failure{Class: sdk.Failed, Summary: p.Summary, Why: p.Detail, Arg: p.Arg, State: "nothing was sent"}
		}
		notes = append(notes, p.Summary)
	}
	addr, err := interfaceAddress(req)
	if err != nil {
		return nil, nil, err
	}
	w.address = addr
	if c := w.Certificate; c != nil {
		if w.leaf, _, err = tlsinfo.Certificate(c.CertFile.Text); err != nil {
			return nil, nil, err
		}
		if c.ChainFile != nil {
			if w.chain, _, err = tlsinfo.Certificates(c.ChainFile.Text); err != nil {
				return nil, nil, err
			}
		}
	}
	return w, notes, nil
}

// interfaceAddress is the address argument, else host.data.cti_address, else the host's own.
func interfaceAddress(req *sdk.Request) (netip.Addr, error) {
	text, from := req.Host.Address, "the host's address"
	if req.Data.Known("cti_address") {
		text, from = req.Data.Attr("cti_address").AsString(), "host.data.cti_address"
	}
	if req.Args.Known("address") {
		text, from = req.Args.Attr("address").AsString(), "address"
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return a, &sdk.Failure{Class: sdk.Failed, Summary: "the CTI interface's IP address is not known", State: "nothing was sent",
			Why: from + " is " + quoteEmpty(text) + ", which is no IP address", Do: []string{"Set host.data.cti_address in the inventory."}}
	}
	return a.Unmap(), nil
}

func quoteEmpty(s string) string {
	if s == "" {
		return "empty"
	}
	return `"` + s + `"`
}
