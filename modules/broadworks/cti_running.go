package broadworks

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// restartedMark follows the digest in a stored marker once a restart has been proved since.
const restartedMark = " restarted"

func cutRestarted(marker string) (digest string, restarted bool) {
	return strings.CutSuffix(marker, restartedMark)
}

func refusedPort(err error) bool { return errors.Is(err, errClosed) }

// protocolVersion is the alert by which a server refuses a TLS version.
const protocolVersion = "tls: protocol version not supported"

// compareRunning finds out whether the running server obeys what is stored. Only what proves a difference counts: a suite
// or version that the server's Java may have forbidden for good must not look like a restart that is owed for ever.
func (p *ctiPlan) compareRunning(ctx context.Context, conn sdk.Conn, w *ctiWant, seen *tlsinfo.Seen) {
	if seen.Shown() && seen.AsksCert != w.ClientAuth {
		if w.ClientAuth {
			p.pend("port %d does not ask for client certificates yet", w.Port)
		} else {
			p.pend("port %d still asks for client certificates", w.Port)
		}
	}
	if p.protocols.settled() {
		p.compareProtocols(ctx, conn, w, seen)
	}
	if p.ciphers.settled() {
		p.compareCiphers(ctx, conn, w, seen)
	}
	if !seen.Shown() && len(p.pending) == 0 {
		p.notes = append(p.notes, "no handshake with the running server came far enough to see its certificate: "+seen.Err.Error())
	}
}

// settled reports whether the task owns the list, the interface has it, and nothing in it is to be changed.
func (l *listPlan) settled() bool { return l.owned && len(l.want) > 0 && len(l.add)+len(l.remove) == 0 }

func (p *ctiPlan) compareProtocols(ctx context.Context, conn sdk.Conn, w *ctiWant, seen *tlsinfo.Seen) {
	highest := uint16(tls.VersionTLS13)
	if seen.Shown() {
		highest = seen.Version // higher ones were offered and not taken
	}
	var o tlsinfo.Offer
	for _, name := range append(tlsinfo.Versions(), "") {
		id, _ := tlsinfo.Version(name)
		if name != "" && id <= highest && !holds(p.protocols.want, name) {
			if o.Min == 0 {
				o.Min = id
			}
			o.Max = id
			continue
		}
		if o.Min != 0 {
			if l, err := look(ctx, conn, w.address.String(), w.Port, o); err == nil && l.Shown() {
				p.pend("port %d still accepts %s", w.Port, tlsinfo.VersionName(l.Version))
			}
			o = tlsinfo.Offer{}
		}
	}
	const main = tls.VersionTLS12
	if holds(p.protocols.want, tlsinfo.VersionName(main)) && (!seen.Shown() || seen.Version < main) {
		l, err := look(ctx, conn, w.address.String(), w.Port, tlsinfo.Offer{Min: main, Max: main})
		if err == nil && !l.Shown() && l.Alert == protocolVersion {
			p.pend("port %d does not accept %s yet", w.Port, tlsinfo.VersionName(main))
		}
	}
}

func (p *ctiPlan) compareCiphers(ctx context.Context, conn sdk.Conn, w *ctiWant, seen *tlsinfo.Seen) {
	stored := map[uint16]bool{}
	for _, n := range p.ciphers.want {
		if s, ok := tlsinfo.Cipher(registered(n)); ok {
			stored[s.ID] = true
		}
	}
	others := slices.DeleteFunc(tlsinfo.Spoken(), func(id uint16) bool { return stored[id] })
	shows := func(suites []uint16) *tlsinfo.Seen {
		l, err := look(ctx, conn, w.address.String(), w.Port, tlsinfo.Offer{Min: tls.VersionTLS10, Max: tls.VersionTLS12, Suites: suites})
		if err != nil {
			return &tlsinfo.Seen{Err: err}
		}
		return l
	}
	if l := shows(others); l.Shown() {
		p.pend("port %d still accepts %s", w.Port, tls.CipherSuiteName(l.Suite))
	}
	if !seen.Shown() {
		return
	}
	for _, name := range append(slices.Clone(w.Ciphers), w.RequireCiphers...) {
		s, ok := tlsinfo.Cipher(registered(name))
		if !ok || !tlsinfo.Speaks(s.ID) || s.ID == seen.Suite || !usable(s.Name, seen.Chain[0]) {
			continue
		}
		if l := shows([]uint16{s.ID}); l.Alert != "" && !l.Shown() {
			p.pend("port %d does not accept %s yet", w.Port, s.Name)
		}
	}
}
