package broadworks

import (
	"crypto/x509"
	"net/netip"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// certificateBlock is the block by which a task gives an interface its server certificate.
var certificateBlock = sdk.Block{
	Name: "certificate", Doc: "Server certificate of the interface.",
	Schema: sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "key_file", Type: cty.String, Required: true, Source: sdk.FromSecretFile, Sensitive: true, Doc: "Private key of the certificate, PEM, not encrypted."},
		{Name: "cert_file", Type: cty.String, Required: true, Source: sdk.FromFile, Doc: "Server certificate, PEM, exactly one."},
		{Name: "chain_file", Type: cty.String, Source: sdk.FromFile, Doc: "Issuers, PEM, the certificate's own issuer first."},
	}},
}

var interfaceOutputs = sdk.Schema{Attributes: []sdk.Attribute{
	{Name: "address", Type: cty.String, Doc: "IP address of the interface."},
	{Name: "port", Type: cty.Number, Doc: "TCP port."},
}}

type certificateArgs struct {
	KeyFile   sdk.Handle `cty:"key_file"`
	CertFile  sdk.File   `cty:"cert_file"`
	ChainFile *sdk.File  `cty:"chain_file"`
}

// want is what an interface of the host shall be.
type want struct {
	*family
	listArgs
	host    string // its name in the inventory
	address netip.Addr
	port    int

	// Of the row; nil is as it is, or the usual for a new one.
	secure            bool
	clientAuth        *bool
	serverCertificate *bool
	name, cluster     *string

	key   sdk.Handle
	leaf  *x509.Certificate   // nil without a certificate block
	chain []*x509.Certificate // its issuers
}

// row is the row as it shall be, given the one that is there.
func (w *want) row(have *row) row {
	var r row
	if have != nil {
		r = *have
	} else if w.named {
		r.name = w.host
	}
	r.address, r.port, r.secure = w.address, w.port, w.secure
	set(&r.clientAuth, w.clientAuth)
	set(&r.serverCertificate, w.serverCertificate)
	set(&r.name, w.name)
	set(&r.cluster, w.cluster)
	return r
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (w *want) marker() string { return w.family.marker(w.address, w.port) }

func (w *want) digest() string {
	return tlsinfo.Digest(append([]*x509.Certificate{w.leaf}, w.chain...)...)
}

func (w *want) outputs() sdk.Object {
	return outputs(map[string]cty.Value{"address": cty.StringVal(w.address.String()), "port": cty.NumberIntVal(int64(w.port))})
}

// wanted decodes the arguments and settles the place. Validate has judged them as far as they were known then; what
// became known since is judged here.
func (f *family) wanted(req *sdk.Request) (*want, []string, error) {
	w := &want{family: f, host: req.Host.Name}
	if err := part(req.Args, "protocols", "require_protocols", "ciphers", "require_ciphers").Decode(&w.listArgs); err != nil {
		return nil, nil, err
	}
	notes, err := warnings(f.problems(req))
	if err != nil {
		return nil, nil, err
	}
	if w.address, w.port, err = f.place(req); err != nil {
		return nil, nil, err
	}
	set(&w.secure, optional[bool](req.Args, "secure"))
	w.clientAuth = optional[bool](req.Args, "client_auth")
	w.serverCertificate = optional[bool](req.Args, "server_certificate")
	w.name, w.cluster = optional[string](req.Args, "name"), optional[string](req.Args, "cluster_fqdn")
	if req.Args.Attr("certificate").IsNull() {
		return w, notes, nil
	}
	return w, notes, w.decodeCertificate(req)
}

func (w *want) decodeCertificate(req *sdk.Request) error {
	var c certificateArgs
	err := sdk.Object{Value: req.Args.Attr("certificate")}.Decode(&c)
	if err != nil {
		return err
	}
	w.key = c.KeyFile
	if w.leaf, _, err = tlsinfo.Certificate(c.CertFile.Text); err != nil {
		return err
	}
	if c.ChainFile != nil {
		w.chain, _, err = tlsinfo.Certificates(c.ChainFile.Text)
	}
	return err
}

// warnings makes notes of what Validate warns of, and the failure of what it refuses.
func warnings(problems []sdk.Problem) (notes []string, err error) {
	for _, p := range problems {
		if !p.Warning {
			return nil, &sdk.Failure{Class: sdk.Failed, Summary: p.Summary, Why: p.Detail, Arg: p.Arg, State: "nothing was sent"}
		}
		notes = append(notes, p.Summary)
	}
	return notes, nil
}

// part is an object with some attributes of another.
func part(o sdk.Object, names ...string) sdk.Object {
	attrs := map[string]cty.Value{}
	for _, n := range names {
		attrs[n] = o.Attr(n)
	}
	return sdk.Object{Value: cty.ObjectVal(attrs)}
}

// optional is an attribute's value; nil when it is not there, null, or not known.
func optional[T any](o sdk.Object, name string) *T {
	v := new(T)
	if !o.Known(name) || gocty.FromCtyValue(o.Attr(name), v) != nil {
		return nil
	}
	return v
}
