package broadworks

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// problems judges the arguments of an interface's task, as far as they are known.
func (f *family) problems(req *sdk.Request) []sdk.Problem {
	out := f.placeProblems(req)
	for _, arg := range []string{"name", "cluster_fqdn"} {
		if v := optional[string](req.Args, arg); v != nil && (arg == "name" || *v != "") {
			out = append(out, typable(req, arg)...)
		}
	}
	out = append(out, listProblems(req)...)
	return append(out, validateCertificate(req, time.Now())...)
}

// placeProblems judges address and port, as arguments and as host.data.
func (f *family) placeProblems(req *sdk.Request) (out []sdk.Problem) {
	add := func(arg, summary, detail string) {
		out = append(out, sdk.Problem{Arg: arg, Summary: summary, Detail: detail})
	}
	const isPort = "a port is a whole number from 1 to 65535"
	if req.Args.Known("port") && !validPort(req.Args.Attr("port")) {
		add("port", "port is no TCP port", isPort)
	}
	if !req.Args.Known("port") && req.Data.Known(f.portKey) && !validPort(req.Data.Attr(f.portKey)) {
		add("", "host.data."+f.portKey+" is no TCP port", isPort)
	}
	if req.Args.Known("address") {
		if a, err := netip.ParseAddr(req.Args.Attr("address").AsString()); err != nil || a.IsUnspecified() || a.Zone() != "" {
			add("address", "address is no IP address of an interface", "bwcli names an interface by its IP address")
		}
	}
	if !req.Args.Known("address") && req.Data.Known(f.addressKey) {
		if text := req.Data.Attr(f.addressKey).AsString(); !validAddress(text) {
			add("", "host.data."+f.addressKey+" is no IP address", fmt.Sprintf("it is %q", text))
		}
	}
	return out
}

func validAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func validPort(v cty.Value) bool {
	p, _ := v.AsBigFloat().Float64()
	return p >= 1 && p <= 65535 && p == float64(int(p))
}

// listProblems judges the arguments about lists.
func listProblems(req *sdk.Request) (out []sdk.Problem) {
	for _, kind := range []string{"protocols", "ciphers"} {
		if given(req, kind) && given(req, "require_"+kind) {
			out = append(out, sdk.Problem{Arg: "require_" + kind, Summary: fmt.Sprintf("%s and require_%s exclude each other", kind, kind),
				Detail: fmt.Sprintf("%s is the exact list; require_%s only adds", kind, kind), Advice: "Keep one of them."})
		}
		out = append(out, validateNames(req, kind)...)
		out = append(out, validateNames(req, "require_"+kind)...)
	}
	return out
}

// given reports whether the playbook certainly gives an argument: what is not known yet may turn out to be null.
func given(req *sdk.Request, arg string) bool {
	v := req.Args.Attr(arg)
	return v.IsKnown() && !v.IsNull()
}

// validateNames judges a list of protocols or ciphers.
func validateNames(req *sdk.Request, arg string) (out []sdk.Problem) {
	list := req.Args.Attr(arg)
	if list.IsNull() || !list.IsKnown() || !list.CanIterateElements() {
		return nil
	}
	seen := map[string]bool{}
	for i, v := range list.AsValueSlice() {
		at := fmt.Sprintf("%s[%d]", arg, i)
		if v.IsNull() {
			out = append(out, sdk.Problem{Arg: at, Summary: "a name in the list is null"})
			continue
		}
		if !v.IsKnown() {
			continue
		}
		name := v.AsString()
		if seen[name] {
			out = append(out, sdk.Problem{Arg: at, Summary: fmt.Sprintf("%q stands twice in the list", name)})
		}
		seen[name] = true
		if strings.HasSuffix(arg, "protocols") {
			out = append(out, validateProtocol(at, name)...)
		} else {
			out = append(out, validateCipher(at, name)...)
		}
	}
	return out
}

func validateProtocol(arg, name string) []sdk.Problem {
	if slices.Contains(tlsinfo.Versions(), name) {
		return nil
	}
	p := sdk.Problem{Arg: arg, Summary: fmt.Sprintf("%q is no TLS version", name),
		Detail: "the versions are " + strings.Join(tlsinfo.Versions(), ", ")}
	if near := tlsinfo.NearVersion(name); near != "" {
		p.Advice = fmt.Sprintf("Did you mean %q?", near)
	}
	return []sdk.Problem{p}
}

func validateCipher(arg, name string) []sdk.Problem {
	if _, ok := tlsinfo.Cipher(name); ok {
		return nil
	}
	if s, ok := tlsinfo.Shortened(name); ok {
		return []sdk.Problem{{Warning: true, Arg: arg, Summary: fmt.Sprintf("%q is not the registered name", name),
			Detail: "the vendor's guide prints it without the last part", Advice: fmt.Sprintf("The registered name is %q.", s.Name)}}
	}
	p := sdk.Problem{Arg: arg, Summary: fmt.Sprintf("%q is no IANA cipher suite", name), Detail: "bwcli takes the names registered at IANA, TLS_…"}
	if s, ok := tlsinfo.Alias(name); ok && strings.EqualFold(s.OpenSSL, name) {
		p.Detail = "it is the name OpenSSL uses; bwcli takes the names registered at IANA"
	}
	if near := tlsinfo.NearCipher(name); near != "" {
		p.Advice = fmt.Sprintf("Did you mean %q?", near)
	}
	return []sdk.Problem{p}
}

// validateCertificate judges key, certificate and chain, each as far as it is known.
func validateCertificate(req *sdk.Request, now time.Time) (out []sdk.Problem) {
	block := req.Args.Attr("certificate")
	if block.IsNull() || !block.IsKnown() {
		return nil
	}
	bad := func(arg, summary, detail, advice string) {
		out = append(out, sdk.Problem{Arg: "certificate." + arg, Summary: summary, Detail: detail, Advice: advice})
	}
	warn := func(arg, summary string) {
		out = append(out, sdk.Problem{Warning: true, Arg: "certificate." + arg, Summary: summary})
	}
	if v := req.Args.Attr("secure"); req.Args.Known("secure") && v.False() {
		bad("cert_file", "a certificate needs a secure interface", "secure is false", "")
	}
	leaf := fileCertificates(block, "cert_file", 1, bad, warn)
	key := sdk.Handle{}
	keyKnown := block.GetAttr("key_file").IsWhollyKnown() && gocty.FromCtyValue(block.GetAttr("key_file"), &key) == nil
	if keyKnown && key.PublicKey == "" {
		bad("key_file", "key_file holds no usable private key", fmt.Sprintf("%s is not exactly one unencrypted PEM private key", key.Name),
			"Decrypt it with openssl pkey, and check that it is no certificate.")
	}
	if leaf == nil {
		return out
	}
	if fits, err := tlsinfo.KeyFits(leaf[0], key.PublicKey); keyKnown && key.PublicKey != "" && (err != nil || !fits) {
		bad("key_file", "the key does not fit the certificate", fmt.Sprintf("the public key in certificate %q is not the one of %s", tlsinfo.Name(leaf[0]), key.Name), "")
	}
	judgeLeaf(req, leaf[0], now, bad, warn)
	chainValue := block.GetAttr("chain_file")
	if !chainValue.IsNull() && !chainValue.IsWhollyKnown() {
		return out
	}
	var chain []*x509.Certificate
	if !chainValue.IsNull() {
		if chain = fileCertificates(block, "chain_file", 0, bad, warn); chain == nil {
			return out
		}
	}
	if err := tlsinfo.Chain(leaf[0], chain); err != nil {
		bad("chain_file", "the chain does not lead from the certificate to its CA", err.Error(),
			"chain_file holds the issuers only: first the one that issued the server certificate, then that one's issuer.")
	}
	for _, c := range chain {
		if w, err := tlsinfo.Dates(c, now); err != nil {
			bad("chain_file", "a certificate of the chain is not valid now", err.Error(), "")
		} else if w != "" {
			warn("chain_file", w)
		}
	}
	return out
}

// fileCertificates reads a file argument; nil when it is not known or was found bad. want 0 is any number.
func fileCertificates(block cty.Value, arg string, want int, bad func(arg, summary, detail, advice string), warn func(arg, summary string)) []*x509.Certificate {
	file := sdk.File{}
	if v := block.GetAttr(arg); v.IsNull() || !v.IsWhollyKnown() || gocty.FromCtyValue(v, &file) != nil {
		return nil
	}
	certs, notes, err := tlsinfo.Certificates(file.Text)
	if err != nil {
		bad(arg, arg+" cannot be read as PEM certificates", file.Path+": "+err.Error(), "")
		return nil
	}
	if want > 0 && len(certs) != want {
		bad(arg, fmt.Sprintf("%s holds %d certificates", arg, len(certs)), file.Path+" must hold exactly one, the server's", "The issuers belong in chain_file.")
		return nil
	}
	for _, n := range notes {
		warn(arg, arg+": "+n)
	}
	return certs
}

// judgeLeaf judges the server certificate for itself.
func judgeLeaf(req *sdk.Request, leaf *x509.Certificate, now time.Time, bad func(arg, summary, detail, advice string), warn func(arg, summary string)) {
	soon, err := tlsinfo.Dates(leaf, now)
	if err != nil {
		bad("cert_file", "the server certificate is not valid now", err.Error(), "")
	}
	for _, w := range []string{soon, tlsinfo.Weak(leaf)} {
		if w != "" {
			warn("cert_file", w)
		}
	}
	if tlsinfo.SelfIssued(leaf) {
		warn("cert_file", "the server certificate is self-signed; Webex accepts none such")
	}
	if leaf.IsCA {
		warn("cert_file", "the server certificate is a CA's")
	}
	if len(leaf.ExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) {
		warn("cert_file", "the server certificate is not meant for servers: its extended key usage lacks serverAuth")
	}
	if name := req.Host.Name; name != "" && leaf.VerifyHostname(name) != nil {
		warn("cert_file", fmt.Sprintf("the server certificate does not name %s among its subject alternative names", name))
	}
	if list := optional[[]string](req.Args, "ciphers"); list != nil && len(*list) > 0 && !anyFits(*list, nil, tlsinfo.KeyKind(leaf)) {
		bad("cert_file", "no cipher of the exact list can be used with this certificate",
			fmt.Sprintf("the certificate has an %s key", tlsinfo.KeyKind(leaf)), "Add a suite with "+tlsinfo.KeyKind(leaf)+" in its name to ciphers.")
	}
}
