// Package tlsprobe is the module tls_probe: it proves by real handshakes what a TLS port of a host accepts and refuses.
//
// Its nouns: a probe is one run over one port, of several handshakes; a finding is something that is not as the arguments
// demand, and fails the probe; a note is what could not be proved. It sends no application data and changes nothing.
package tlsprobe

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// Module is the module tls_probe.
type Module struct{}

const doc = `Connects from the control machine, as a client of the host would, and shakes hands several times:

- every version of ` + "`accepted`" + ` must be accepted, and every version of ` + "`refused`" + ` refused;
- with ` + "`mtls`" + `, the server must ask for a client certificate and refuse a client that has none;
- with ` + "`client_cert` and `client_key`" + `, it must accept that client: the key stays with muster, only signatures are made;
- the presented certificate must be valid today, and carry ` + "`server_name`" + ` where that is given.

No answer is never a pass. What was not proved is said in the notes, above all: without a client certificate, that the
server accepts any client at all. The server's chain is shown and not verified against a list of CAs.

In TLS 1.3 a server may refuse a client after its own part of the handshake; the probe waits for that, and prefers TLS 1.2,
where the answer is immediate, when the server accepts it.`

// Describe says what the module takes and is.
func (Module) Describe() sdk.Description {
	names := cty.List(cty.String)
	return sdk.Description{
		Name:    "tls_probe",
		Summary: "Proves with TLS handshakes what a port of the host accepts and refuses.",
		Doc:     doc,
		Example: `health "tls_probe" "cti" {
  port        = 8012
  mtls        = true
  client_cert = "client.crt"
  client_key  = "client.key"
  within      = "5m"
}`,
		Kind: sdk.Probe,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "port", Type: cty.Number, Required: true, Doc: "TCP port."},
			{Name: "address", Type: cty.String, Doc: "One of the host's addresses; default host.data.cti_address, else the host's address."},
			{Name: "server_name", Type: cty.String, Doc: "DNS name that the server's certificate must carry; also sent to the server."},
			{Name: "mtls", Type: cty.Bool, Default: cty.False, Doc: "Whether the server must refuse clients without a certificate."},
			{Name: "client_cert", Type: cty.String, Source: sdk.FromFile, Doc: "Certificate of a client that must be accepted, PEM; its issuers may follow it."},
			{Name: "client_key", Type: cty.String, Source: sdk.FromSecretFile, Sensitive: true, Doc: "Its private key, PEM."},
			{Name: "accepted", Type: names, Default: cty.ListVal([]cty.Value{cty.StringVal("TLSv1.2")}), Doc: "TLS versions that must be accepted."},
			{Name: "refused", Type: names, Default: cty.ListVal([]cty.Value{cty.StringVal("TLSv1"), cty.StringVal("TLSv1.1")}), Doc: "TLS versions that must be refused."},
		}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "version", Type: cty.String, Doc: "TLS version of the best handshake."},
			{Name: "cipher", Type: cty.String, Doc: "Its cipher suite, by IANA name."},
			{Name: "subject", Type: cty.String, Doc: "Common name of the presented certificate."},
			{Name: "issuer", Type: cty.String, Doc: "Common name of its issuer."},
			{Name: "not_after", Type: cty.String, Doc: "End of its validity, RFC 3339."},
			{Name: "sha256", Type: cty.String, Doc: "SHA-256 of the presented certificate, in hex."},
			{Name: "chain", Type: names, Doc: "Common names of the presented certificates, the server's first."},
			{Name: "asks_client_cert", Type: cty.Bool, Doc: "Whether the server asks for a client certificate."},
			{Name: "client_cas", Type: names, Doc: "Names of the CAs whose clients the server says it accepts."},
		}},
		HostData: []sdk.Attribute{
			{Name: "cti_address", Type: cty.String, Doc: "Address of the host's service interface, where it is not the host's own."},
			{Name: "http_address", Type: cty.String, Doc: "Another one, which address may name."},
		},
	}
}

// probeArgs are the arguments with their defaults.
type probeArgs struct {
	Port       int         `cty:"port"`
	Address    *string     `cty:"address"`
	ServerName *string     `cty:"server_name"`
	MTLS       bool        `cty:"mtls"`
	ClientCert *sdk.File   `cty:"client_cert"`
	ClientKey  *sdk.Handle `cty:"client_key"`
	Accepted   []string    `cty:"accepted"`
	Refused    []string    `cty:"refused"`
}

// Validate judges port, versions, and whether the client's key fits its certificate.
func (Module) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	if req.Args.Known("port") {
		if p, _ := req.Args.Attr("port").AsBigFloat().Float64(); p < 1 || p > 65535 || p != float64(int(p)) {
			out = append(out, sdk.Problem{Arg: "port", Summary: "port is no TCP port", Detail: "a port is a whole number from 1 to 65535"})
		}
	}
	seen := map[string]string{}
	for _, arg := range []string{"accepted", "refused"} {
		if !req.Args.Known(arg) {
			continue
		}
		for i, v := range req.Args.Attr(arg).AsValueSlice() {
			at := fmt.Sprintf("%s[%d]", arg, i)
			if v.IsNull() {
				out = append(out, sdk.Problem{Arg: at, Summary: "a version in the list is null"})
				continue
			}
			out = append(out, judgeVersion(at, v.AsString(), seen)...)
		}
	}
	return append(out, judgeClient(req)...)
}

func judgeVersion(at, name string, seen map[string]string) []sdk.Problem {
	if _, ok := tlsinfo.Version(name); !ok {
		p := sdk.Problem{Arg: at, Summary: fmt.Sprintf("%q is no TLS version that can be probed", name)}
		if near := tlsinfo.NearVersion(name); near != "" {
			p.Advice = fmt.Sprintf("Did you mean %q?", near)
		}
		return []sdk.Problem{p}
	}
	if before := seen[name]; before != "" {
		return []sdk.Problem{{Arg: at, Summary: fmt.Sprintf("%q stands in %s already", name, before)}}
	}
	seen[name] = at
	return nil
}

// judgeClient judges certificate and key of the client as far as they are known.
func judgeClient(req *sdk.Request) []sdk.Problem {
	certValue, keyValue := req.Args.Attr("client_cert"), req.Args.Attr("client_key")
	switch {
	case !certValue.IsWhollyKnown() || !keyValue.IsWhollyKnown():
		return nil
	case certValue.IsNull() && keyValue.IsNull():
		return nil
	case keyValue.IsNull():
		return []sdk.Problem{{Arg: "client_cert", Summary: "client_cert needs client_key", Advice: "Give both or neither."}}
	case certValue.IsNull():
		return []sdk.Problem{{Arg: "client_key", Summary: "client_key needs client_cert", Advice: "Give both or neither."}}
	}
	var file sdk.File
	var key sdk.Handle
	if gocty.FromCtyValue(certValue, &file) != nil || gocty.FromCtyValue(keyValue, &key) != nil {
		return nil
	}
	certs, notes, err := tlsinfo.Certificates(file.Text)
	if err != nil {
		return []sdk.Problem{{Arg: "client_cert", Summary: "client_cert cannot be read as PEM certificates", Detail: file.Path + ": " + err.Error()}}
	}
	return judgePair(certs[0], key, notes)
}

func judgePair(cert *x509.Certificate, key sdk.Handle, notes []string) (out []sdk.Problem) {
	for _, n := range notes {
		out = append(out, sdk.Problem{Warning: true, Arg: "client_cert", Summary: "client_cert: " + n})
	}
	if key.PublicKey == "" {
		out = append(out, sdk.Problem{Arg: "client_key", Summary: "client_key holds no usable private key",
			Detail: key.Name + " is not exactly one unencrypted PEM private key"})
	} else if fits, err := tlsinfo.KeyFits(cert, key.PublicKey); err != nil || !fits {
		out = append(out, sdk.Problem{Arg: "client_key", Summary: "the key does not fit the client certificate", Detail: fmt.Sprintf("certificate %q has another public key", tlsinfo.Name(cert))})
	}
	if warning, err := tlsinfo.Dates(cert, time.Now()); err != nil {
		out = append(out, sdk.Problem{Arg: "client_cert", Summary: "the client certificate is not valid now", Detail: err.Error()})
	} else if warning != "" {
		out = append(out, sdk.Problem{Warning: true, Arg: "client_cert", Summary: warning})
	}
	return out
}
