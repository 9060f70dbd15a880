package broadworks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

func refusedPort(err error) bool { return errors.Is(err, errClosed) }

// protocolVersion is the alert by which a server refuses a TLS version.
const protocolVersion = "tls: protocol version not supported"

// running is one interface of the running server, with what a first handshake showed. Its methods say in what the server
// differs from what is stored. Only what proves a difference counts: a suite or version that the server's Java may have
// forbidden for good must not look like a restart that is owed for ever.
type running struct {
	conn    sdk.Conn
	address netip.Addr
	port    int
	seen    *tlsinfo.Seen
}

func (r running) look(ctx context.Context, o tlsinfo.Offer) *tlsinfo.Seen {
	l, err := look(ctx, r.conn, r.address.String(), r.port, o)
	if err != nil {
		return &tlsinfo.Seen{Err: err}
	}
	return l
}

func (r running) stillAccepts(what string) string {
	return fmt.Sprintf("port %d still accepts %s", r.port, what)
}

func (r running) doesNotAccept(what string) string {
	return fmt.Sprintf("port %d does not accept %s yet", r.port, what)
}

// protocols compares with the stored list of versions.
func (r running) protocols(ctx context.Context, stored []string) (pending []string) {
	highest := uint16(tls.VersionTLS13)
	if r.seen.Shown() {
		highest = r.seen.Version // higher ones were offered and not taken
	}
	var o tlsinfo.Offer
	for _, name := range append(tlsinfo.Versions(), "") {
		id, _ := tlsinfo.Version(name)
		if name != "" && id <= highest && !holds(stored, name) {
			if o.Min == 0 {
				o.Min = id
			}
			o.Max = id
			continue
		}
		if o.Min != 0 {
			if l := r.look(ctx, o); l.Shown() {
				pending = append(pending, r.stillAccepts(tlsinfo.VersionName(l.Version)))
			}
			o = tlsinfo.Offer{}
		}
	}
	const main = tls.VersionTLS12
	if holds(stored, tlsinfo.VersionName(main)) && (!r.seen.Shown() || r.seen.Version < main) {
		if l := r.look(ctx, tlsinfo.Offer{Min: main, Max: main}); !l.Shown() && l.Alert == protocolVersion {
			pending = append(pending, r.doesNotAccept(tlsinfo.VersionName(main)))
		}
	}
	return pending
}

// ciphers compares with the stored list of suites; asked are those that the task names.
func (r running) ciphers(ctx context.Context, names, asked []string) (pending []string) {
	stored := map[uint16]bool{}
	for _, n := range names {
		if s, ok := tlsinfo.Cipher(registered(n)); ok {
			stored[s.ID] = true
		}
	}
	shows := func(suites []uint16) *tlsinfo.Seen {
		return r.look(ctx, tlsinfo.Offer{Min: tls.VersionTLS10, Max: tls.VersionTLS12, Suites: suites})
	}
	others := slices.DeleteFunc(tlsinfo.Spoken(), func(id uint16) bool { return stored[id] })
	if l := shows(others); l.Shown() {
		pending = append(pending, r.stillAccepts(tls.CipherSuiteName(l.Suite)))
	}
	if !r.seen.Shown() {
		return pending
	}
	kind := tlsinfo.KeyKind(r.seen.Chain[0])
	for _, name := range asked {
		s, ok := tlsinfo.Cipher(registered(name))
		if !ok || !tlsinfo.Speaks(s.ID) || s.ID == r.seen.Suite || !fits(s.Name, nil, kind) {
			continue
		}
		if l := shows([]uint16{s.ID}); l.Alert != "" && !l.Shown() {
			pending = append(pending, r.doesNotAccept(s.Name))
		}
	}
	return pending
}
