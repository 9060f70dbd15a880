package broadworks

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// ctiPlan is what must be done on one host.
type ctiPlan struct {
	row       *ctiRow // as it is; nil when it is not there
	setRow    bool
	protocols listPlan
	ciphers   listPlan
	store     bool // the certificate

	diff    []sdk.Diff
	notes   []string
	pending []string
}

// listPlan is what becomes of one of the lists.
type listPlan struct {
	tlsList
	owned       bool // the task says what shall be in it
	have, want  []string
	add, remove []string
}

// planCTI reads the host and compares.
func planCTI(ctx context.Context, conn sdk.Conn, cli *bwcli.CLI, w *ctiWant) (*ctiPlan, error) {
	if err := cli.Require("cti_interface", "XSP", "ADP"); err != nil {
		return nil, err
	}
	rows, err := readRows(ctx, cli)
	if err != nil {
		return nil, err
	}
	p := &ctiPlan{row: findRow(rows, w.address, w.Port)}
	p.planRow(w)
	known := slices.ContainsFunc(rows, func(r ctiRow) bool { return r.address == w.address })
	if p.protocols, err = p.planList(ctx, cli, w.address, protocolList, w.Protocols, w.RequireProtocols, known); err != nil {
		return nil, err
	}
	if p.ciphers, err = p.planList(ctx, cli, w.address, cipherList, w.Ciphers, w.RequireCiphers, known); err != nil {
		return nil, err
	}
	p.noteUnusable(w)
	return p, p.compareLive(ctx, conn, w)
}

func (p *ctiPlan) planRow(w *ctiWant) {
	what := fmt.Sprintf("CTI interface, port %d", w.Port)
	want := w.row()
	switch {
	case p.row == nil:
		p.setRow = true
		p.diff = append(p.diff, sdk.Diff{What: what, After: want.String()})
	case *p.row != want && (p.row.secure || want.secure):
		p.setRow = true
		p.diff = append(p.diff, sdk.Diff{What: what, Before: p.row.String(), After: want.String()})
		note := "the interface is deleted and added again, since bwcli is not known to change one (assumed); its lists are stored again"
		if w.leaf == nil && want.secure {
			note += ", and it gets a new self-signed certificate unless its old one survives"
		}
		p.notes = append(p.notes, note)
	}
}

// planList compares one list. Where the address has no interface yet, bwcli has no lists of it to show.
func (p *ctiPlan) planList(ctx context.Context, cli *bwcli.CLI, a netip.Addr, t tlsList, exact, require []string, known bool) (listPlan, error) {
	l := listPlan{tlsList: t, owned: exact != nil || require != nil}
	if !l.owned && !p.setRow {
		return l, nil
	}
	if known {
		have, err := t.read(ctx, cli, a)
		if err != nil {
			return l, err
		}
		l.have = have
	}
	l.want = l.have
	if exact != nil {
		l.want, l.remove = exact, without(l.have, exact)
	}
	l.add = without(append(slices.Clone(l.want), require...), l.have)
	l.want = append(slices.Clone(l.want), without(require, l.want)...)
	if len(l.add)+len(l.remove) == 0 {
		return l, nil
	}
	p.diff = append(p.diff, sdk.Diff{What: t.what, Before: strings.Join(l.have, ", "), After: strings.Join(l.want, ", ")})
	if len(l.have) == 0 {
		p.notes = append(p.notes, fmt.Sprintf("the interface has no %s of its own and inherits the general list; the first one added hides that list, so only %s will be accepted",
			t.what, strings.Join(l.want, ", ")))
	}
	if len(l.want) == 0 {
		p.notes = append(p.notes, fmt.Sprintf("without %s of its own the interface inherits the general list", t.what))
	}
	return l, nil
}

// noteUnusable warns when no cipher of the interface's own list fits the certificate's key.
func (p *ctiPlan) noteUnusable(w *ctiWant) {
	if w.leaf == nil || len(p.ciphers.want) == 0 {
		return
	}
	if !slices.ContainsFunc(p.ciphers.want, func(c string) bool { return usable(c, w.leaf) }) {
		p.notes = append(p.notes, fmt.Sprintf("no cipher of the interface can be used with this certificate, which has an %s key: every handshake will fail",
			tlsinfo.KeyKind(w.leaf)))
	}
}

// compareLive looks at the running server: for the certificate, which bwcli does not show, and for what is stored but not
// yet in effect.
func (p *ctiPlan) compareLive(ctx context.Context, conn sdk.Conn, w *ctiWant) error {
	if !w.Secure {
		return nil
	}
	seen, err := look(ctx, conn, w.address.String(), w.Port, tlsinfo.Offer{})
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
		p.pend("port %d is configured but not open", w.Port)
	case err != nil:
		p.notes = append(p.notes, fmt.Sprintf("port %d could not be reached (%v): whether what is stored is in effect is not known", w.Port, err))
	default:
		p.compareRunning(ctx, conn, w, seen)
	}
	return nil
}

func (p *ctiPlan) pend(format string, args ...any) {
	p.pending = append(p.pending, fmt.Sprintf(format, args...))
}

// compareCertificate decides whether the certificate must be stored.
func (p *ctiPlan) compareCertificate(ctx context.Context, conn sdk.Conn, w *ctiWant, seen *tlsinfo.Seen, lookErr error) error {
	if w.leaf == nil {
		return nil
	}
	if seen != nil && presents(seen, w.leaf, w.chain) && !p.setRow {
		return nil
	}
	marked, err := readMarker(ctx, conn, w.marker())
	if err != nil {
		return err
	}
	digest, inEffect := cutRestarted(marked)
	stored := digest == w.digest() && !p.setRow
	hint := w.marker() + " on the host is a hint"
	switch {
	case stored && seen == nil && !refusedPort(lookErr):
		p.notes = append(p.notes, "the server's certificate could not be seen; that it is the right one is known from a marker only: "+hint)
		return nil
	case stored && !inEffect:
		p.notes = append(p.notes, "that the certificate is stored is known from a marker only: "+hint)
		if seen != nil {
			p.pend("port %d still presents the old certificate", w.Port)
		}
		return nil
	}
	d := sdk.Diff{What: "server certificate", After: describe(w)}
	if seen != nil && seen.Shown() {
		d.Before = fmt.Sprintf("%s, issued by %s", tlsinfo.Name(seen.Chain[0]), nameOf(seen.Chain[0].Issuer))
	}
	p.store = true
	p.diff = append(p.diff, d)
	return nil
}

func describe(w *ctiWant) string {
	return fmt.Sprintf("%s, issued by %s, valid until %s, SHA-256 %s…", tlsinfo.Name(w.leaf), nameOf(w.leaf.Issuer),
		w.leaf.NotAfter.UTC().Format(time.DateOnly), shortDigest(tlsinfo.Digest(w.leaf)))
}
