package broadworks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// interfacePlan is what must be done to one interface.
type interfacePlan struct {
	have      *row // as it is; nil when it is not there
	want      row
	setRow    bool
	protocols listPlan
	ciphers   listPlan
	apps      []webApp // entries that may go when the row is deleted
	demanded  bool     // a web application demands client certificates on its own account
	store     bool     // the certificate

	diff    []sdk.Diff
	notes   []string
	pending []string
}

func (p *interfacePlan) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *interfacePlan) pend(format string, args ...any) {
	p.pending = append(p.pending, fmt.Sprintf(format, args...))
}

// planInterface reads the host and compares.
func planInterface(ctx context.Context, conn sdk.Conn, cli *bwcli.CLI, w *want) (*interfacePlan, error) {
	if err := cli.Require(w.module, "XSP", "ADP"); err != nil {
		return nil, err
	}
	rows, err := w.rows(ctx, cli)
	if err != nil {
		return nil, err
	}
	p := &interfacePlan{have: find(rows, w.address, w.port)}
	p.planRow(w)
	if err := p.readApps(ctx, cli, w); err != nil {
		return nil, err
	}
	keys, known := w.keys(w.address, w.port), w.known(rows, w.address, w.port)
	p.protocols = listPlan{tlsList: protocolsOf("the interface", w.context+"/SSLSettings", keys), exact: w.Protocols, require: w.RequireProtocols}
	p.ciphers = listPlan{tlsList: ciphersOf("the interface", w.context+"/SSLSettings", keys), exact: w.Ciphers, require: w.RequireCiphers}
	for _, l := range []*listPlan{&p.protocols, &p.ciphers} {
		if err := p.planList(ctx, cli, l, known); err != nil {
			return nil, err
		}
	}
	p.noteUnusable(w)
	return p, p.compareLive(ctx, conn, w)
}

func (p *interfacePlan) planRow(w *want) {
	what := fmt.Sprintf("%s, port %d", w.title, w.port)
	p.want = w.row(p.have)
	switch {
	case p.have == nil:
		p.setRow = true
		p.diff = append(p.diff, sdk.Diff{What: what, After: w.describe(p.want, w.host)})
	case !p.have.same(p.want):
		p.setRow = true
		p.diff = append(p.diff, sdk.Diff{What: what, Before: w.describe(*p.have, w.host), After: w.describe(p.want, w.host)})
		note := "the interface is deleted and added again, since bwcli is not known to change one (assumed); its lists are stored again"
		if w.leaf == nil && p.want.secure {
			note += ", and it gets a new self-signed certificate unless its old one survives"
		}
		p.notes = append(p.notes, note)
	}
}

// readApps reads which web applications have entries at an HTTP interface: they matter when it is deleted, and when
// clients are asked for certificates.
func (p *interfacePlan) readApps(ctx context.Context, cli *bwcli.CLI, w *want) error {
	if !w.perPort || p.have == nil {
		return nil
	}
	apps, err := readApps(ctx, cli)
	if err != nil {
		return err
	}
	for _, a := range apps {
		if a.address == w.address && a.port == w.port {
			p.apps = append(p.apps, a)
			p.demanded = p.demanded || a.clientAuth
		}
	}
	if p.setRow && len(p.apps) > 0 {
		p.note("its web application entries are added again where they go with it")
	}
	return nil
}

// planList compares one list. Where the interface is not known yet, bwcli has no lists of it to show.
func (p *interfacePlan) planList(ctx context.Context, cli *bwcli.CLI, l *listPlan, known bool) (err error) {
	if !l.owned() && !p.setRow {
		return nil
	}
	if known {
		if l.have, err = l.read(ctx, cli); err != nil {
			return err
		}
	}
	l.compare()
	if !l.changes() {
		return nil
	}
	p.diff = append(p.diff, l.diff())
	if len(l.have) == 0 {
		p.note("the interface has no %s of its own and inherits the general list; the first one added hides that list, so only %s will be accepted",
			l.what, strings.Join(l.want, ", "))
	}
	if len(l.want) == 0 {
		p.note("without %s of its own the interface inherits the general list", l.what)
	}
	return nil
}

// noteUnusable warns when no cipher of the interface's own list fits its versions and the certificate's key.
func (p *interfacePlan) noteUnusable(w *want) {
	switch c := p.ciphers.want; {
	case len(c) == 0 || !w.secure:
	case w.leaf != nil && !anyFits(c, nil, tlsinfo.KeyKind(w.leaf)):
		p.note("no cipher of the interface can be used with this certificate, which has an %s key: every handshake will fail", tlsinfo.KeyKind(w.leaf))
	case !anyFits(c, p.protocols.want, ""):
		p.note("no cipher of the interface can be used with %s: every handshake will fail", strings.Join(p.protocols.want, ", "))
	}
}

// compareLive looks at the running server: for the certificate, which bwcli does not show, and for what is stored but not
// yet in effect.
func (p *interfacePlan) compareLive(ctx context.Context, conn sdk.Conn, w *want) error {
	if !w.secure {
		return nil
	}
	seen, err := look(ctx, conn, w.address.String(), w.port, tlsinfo.Offer{})
	if ctx.Err() != nil {
		return hostFailure("could not look at the running server", "nothing was changed", ctx.Err())
	}
	if err := p.compareCertificate(ctx, conn, w, seen, err); err != nil {
		return err
	}
	if p.setRow {
		return nil // what runs now is about to be replaced
	}
	switch {
	case refusedPort(err):
		p.pend("port %d is configured but not open", w.port)
	case err != nil:
		p.note("port %d could not be reached (%v): whether what is stored is in effect is not known", w.port, err)
	default:
		p.compareRunning(ctx, conn, w, seen)
	}
	return nil
}

// compareRunning finds out whether the running server obeys what is stored.
func (p *interfacePlan) compareRunning(ctx context.Context, conn sdk.Conn, w *want, seen *tlsinfo.Seen) {
	switch {
	case !seen.Shown() || seen.AsksCert == p.want.clientAuth:
	case p.want.clientAuth:
		p.pend("port %d does not ask for client certificates yet", w.port)
	case !p.demanded:
		p.pend("port %d still asks for client certificates", w.port)
	}
	r := running{conn: conn, address: w.address, port: w.port, seen: seen}
	if p.protocols.settled() {
		p.pending = append(p.pending, r.protocols(ctx, p.protocols.want)...)
	}
	if p.ciphers.settled() {
		p.pending = append(p.pending, r.ciphers(ctx, p.ciphers.want, slices.Concat(w.Ciphers, w.RequireCiphers))...)
	}
	if !seen.Shown() && len(p.pending) == 0 {
		p.note("no handshake with the running server came far enough to see its certificate: %v", seen.Err)
	}
}
