package tlsprobe

import (
	"context"
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// shakeLimit ends one handshake.
const shakeLimit = 15 * time.Second

// probe is one run over one port.
type probe struct {
	conn   sdk.Conn
	args   probeArgs
	to     sdk.Dial
	client *tls.Certificate

	best     *tlsinfo.Seen // the handshake that came furthest
	findings []string
	refused  bool // the first finding is the server's judgement of the client, not a server that is not ready
	notes    []string
}

// Check probes; a condition that does not hold is an error.
func (Module) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	p, err := newProbe(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := p.run(ctx); err != nil {
		req.Report.Progress("waiting: " + err.Error())
		return nil, err
	}
	if len(p.findings) > 0 {
		req.Report.Progress(p.waitsFor())
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("port %d is not as it should be", p.args.Port),
			What: strings.Join(p.findings, "\n"), State: "a probe changes nothing",
			Do: []string{fmt.Sprintf("Look at it by hand: openssl s_client -connect ADDRESS:%d", p.args.Port)}}
	}
	return &sdk.CheckResult{Verdict: sdk.NoChange, Notes: p.notes, Outputs: p.outputs()}, nil
}

// Apply probes as Check does: there is nothing to change.
func (m Module) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	r, err := m.Check(ctx, req)
	if err != nil {
		return nil, err
	}
	return &sdk.ApplyResult{Notes: r.Notes, Outputs: r.Outputs}, nil
}

func newProbe(ctx context.Context, req *sdk.Request) (*probe, error) {
	p := &probe{conn: req.Conn}
	if err := req.Args.Decode(&p.args); err != nil {
		return nil, err
	}
	p.to = sdk.Dial{Address: req.Host.Address, Port: p.args.Port, From: sdk.FromControl}
	if req.Data.Known("cti_address") {
		p.to.Address = req.Data.Attr("cti_address").AsString()
	}
	if p.args.Address != nil {
		p.to.Address = *p.args.Address
	}
	if p.args.ClientCert == nil || p.args.ClientKey == nil {
		return p, nil
	}
	certs, _, err := tlsinfo.Certificates(p.args.ClientCert.Text)
	if err != nil {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "client_cert cannot be read", Arg: "client_cert", Why: err.Error()}
	}
	signer, err := req.Conn.Signer(ctx, *p.args.ClientKey)
	if err != nil {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "client_key cannot be used", Arg: "client_key", Why: sdk.Reason(err), Err: err}
	}
	p.client = &tls.Certificate{PrivateKey: signer, Leaf: certs[0]}
	for _, c := range certs {
		p.client.Certificate = append(p.client.Certificate, c.Raw)
	}
	return p, nil
}

// run makes the handshakes, the most telling first.
func (p *probe) run(ctx context.Context) error {
	bare, err := p.look(ctx, p.prefer(nil))
	if err != nil {
		return p.noAnswer(err)
	}
	p.best = bare
	p.judgeBare(bare)
	if p.client != nil {
		with, err := p.look(ctx, p.prefer(p.client))
		if err != nil {
			return p.noAnswer(err)
		}
		p.judgeClient(with)
	} else if bare.AsksCert {
		p.note("that a client certificate is accepted could not be proved: none was given")
	}
	for _, name := range p.args.Accepted {
		if err := p.judgeAccepted(ctx, name); err != nil {
			return err
		}
	}
	for _, name := range p.args.Refused {
		if err := p.judgeRefused(ctx, name); err != nil {
			return err
		}
	}
	p.judgeChain()
	return nil
}

// prefer offers TLS 1.2 at most where it must be accepted, since its answer about a client is immediate.
func (p *probe) prefer(client *tls.Certificate) tlsinfo.Offer {
	o := tlsinfo.Offer{Min: tls.VersionTLS10, Max: tls.VersionTLS13, Client: client, Verdict: true}
	if slices.Contains(p.args.Accepted, "TLSv1.2") {
		o.Max = tls.VersionTLS12
	}
	return o
}

func (p *probe) look(ctx context.Context, o tlsinfo.Offer) (*tlsinfo.Seen, error) {
	if p.args.ServerName != nil {
		o.ServerName = *p.args.ServerName
	}
	ctx, cancel := context.WithTimeout(ctx, shakeLimit)
	defer cancel()
	raw, err := p.conn.Dial(ctx, p.to)
	if err != nil {
		return nil, err
	}
	return tlsinfo.Look(ctx, raw, o)
}

// noAnswer is a port that cannot be connected to, or where a handshake does not end.
func (p *probe) noAnswer(err error) error {
	f := &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("port %d does not answer", p.args.Port), Why: sdk.Reason(err), Err: err,
		Do: []string{"Check that the server runs (showrun, healthmon -l) and that no firewall stands between."}}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		f.Class, f.Why = sdk.Timeout, "it accepts no connection, or accepts one and says nothing"
	case errors.Is(err, sdk.ErrUnreachable):
		f.Class = sdk.Unreachable
	}
	return f
}

// waitsFor is what a person may want to know at once, however long a health block goes on asking.
func (p *probe) waitsFor() string {
	if p.refused {
		return "refused: " + p.findings[0] + "; waiting hardly mends this: it takes another certificate or trust anchor"
	}
	return "waiting: " + p.findings[0]
}

func (p *probe) find(format string, args ...any) {
	p.findings = append(p.findings, fmt.Sprintf(format, args...))
}
func (p *probe) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// judgeBare judges the handshake without a client certificate.
func (p *probe) judgeBare(s *tlsinfo.Seen) {
	switch {
	case !s.Shown():
		p.find("no handshake: %v", s.Err)
	case p.args.MTLS && !s.AsksCert:
		p.find("the server does not ask for a client certificate")
	case p.args.MTLS && s.Err == nil && s.Judged:
		p.find("the server accepts a client without a certificate")
	case p.args.MTLS && s.Err == nil:
		p.note("TLS 1.3: the server has not refused a client without a certificate within the time waited")
	case !p.args.MTLS && s.Err != nil && s.AsksCert && p.client == nil:
		p.find("the server refuses a client without a certificate: %v", s.Err)
	case !p.args.MTLS && s.Err != nil && !s.AsksCert:
		p.find("the handshake failed: %v", s.Err)
	}
}

// judgeClient judges the handshake with the client certificate.
func (p *probe) judgeClient(s *tlsinfo.Seen) {
	if s.Shown() {
		p.best = s
	}
	switch {
	case s.Err != nil && s.AsksCert:
		p.refused = s.Alert != "" && len(p.findings) == 0
		p.find("the server refuses the client certificate %q: %v; it accepts clients of: %s", tlsinfo.Name(p.client.Leaf), s.Err, orNone(caNames(s.CAs)))
	case s.Err != nil:
		p.find("the handshake with the client certificate failed: %v", s.Err)
	case !s.AsksCert:
		p.note("the server does not ask for a client certificate; the one given was not presented")
	case !s.Judged:
		p.note("TLS 1.3: the server has not refused the client certificate within the time waited, and has not confirmed it either")
	}
}

// judgeAccepted proves one version by a handshake that offers no other, unless one was seen already.
func (p *probe) judgeAccepted(ctx context.Context, name string) error {
	id, _ := tlsinfo.Version(name)
	if p.best.Shown() && p.best.Version == id {
		return nil
	}
	s, err := p.look(ctx, tlsinfo.Offer{Min: id, Max: id, Client: p.client})
	if err != nil {
		return p.noAnswer(err)
	}
	if !s.Shown() {
		p.find("%s is not accepted: %v", name, s.Err)
	}
	return nil
}

func (p *probe) judgeRefused(ctx context.Context, name string) error {
	id, _ := tlsinfo.Version(name)
	s, err := p.look(ctx, tlsinfo.Offer{Min: id, Max: id, Client: p.client})
	switch {
	case err != nil:
		return p.noAnswer(err)
	case s.Shown():
		p.find("%s is accepted", name)
	}
	return nil
}

// judgeChain judges what the server presents.
func (p *probe) judgeChain() {
	if !p.best.Shown() {
		return
	}
	leaf := p.best.Chain[0]
	warning, err := tlsinfo.Dates(leaf, time.Now())
	switch {
	case err != nil:
		p.find("the server presents a certificate that is not valid now: %v", err)
	case warning != "":
		p.note("%s", warning)
	}
	if n := p.args.ServerName; n != nil {
		if err := leaf.VerifyHostname(*n); err != nil {
			p.find("the server's certificate does not carry %s: %v", *n, err)
		}
	}
	if tlsinfo.SelfIssued(leaf) {
		p.note("the server presents a self-signed certificate")
	} else if err := tlsinfo.Chain(leaf, p.best.Chain[1:]); err != nil {
		p.note("the presented chain is not whole: %v", err)
	}
	p.note("the presented chain was not verified against a list of trusted CAs")
}

// caNames prints the CA names of a certificate request, by common name where they have one.
func caNames(ders [][]byte) []string {
	var out []string
	for _, der := range ders {
		var rdn pkix.RDNSequence
		if rest, err := asn1.Unmarshal(der, &rdn); err != nil || len(rest) > 0 {
			out = append(out, "(unreadable)")
			continue
		}
		var n pkix.Name
		n.FillFromRDNSequence(&rdn)
		if n.CommonName != "" {
			out = append(out, n.CommonName)
		} else {
			out = append(out, n.String())
		}
	}
	return out
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "(it names none)"
	}
	return strings.Join(names, ", ")
}

func (p *probe) outputs() sdk.Object {
	s := p.best
	leaf := s.Chain[0]
	issuer := leaf.Issuer.CommonName
	if issuer == "" {
		issuer = leaf.Issuer.String()
	}
	var chain []string
	for _, c := range s.Chain {
		chain = append(chain, tlsinfo.Name(c))
	}
	return sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{
		"version":          cty.StringVal(tlsinfo.VersionName(s.Version)),
		"cipher":           cty.StringVal(tls.CipherSuiteName(s.Suite)),
		"subject":          cty.StringVal(tlsinfo.Name(leaf)),
		"issuer":           cty.StringVal(issuer),
		"not_after":        cty.StringVal(leaf.NotAfter.UTC().Format(time.RFC3339)),
		"sha256":           cty.StringVal(tlsinfo.Digest(leaf)),
		"chain":            list(chain),
		"asks_client_cert": cty.BoolVal(s.AsksCert),
		"client_cas":       list(caNames(s.CAs)),
	})}
}

func list(names []string) cty.Value {
	if len(names) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	var vs []cty.Value
	for _, n := range names {
		vs = append(vs, cty.StringVal(n))
	}
	return cty.ListVal(vs)
}
