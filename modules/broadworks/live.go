package broadworks

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"syscall"
	"time"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// lookLimit ends one handshake; a firewall that drops packets must not cost the task its whole time.
const lookLimit = 10 * time.Second

// errClosed says that nothing listens on the port.
var errClosed = errors.New("port closed")

// look shakes hands with a port of the host, from the control machine, or from the host where that cannot reach it.
func look(ctx context.Context, conn sdk.Conn, address string, port int, o tlsinfo.Offer) (*tlsinfo.Seen, error) {
	var last error
	for _, from := range []sdk.From{sdk.FromControl, sdk.FromHost} {
		s, err := lookFrom(ctx, conn, sdk.Dial{Address: address, Port: port, From: from}, o)
		if err == nil || errors.Is(err, errClosed) || ctx.Err() != nil {
			return s, err
		}
		last = err
	}
	return nil, last
}

func lookFrom(ctx context.Context, conn sdk.Conn, to sdk.Dial, o tlsinfo.Offer) (*tlsinfo.Seen, error) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	raw, err := conn.Dial(ctx, to)
	if err != nil {
		if refused(err) {
			return nil, errors.Join(errClosed, err)
		}
		return nil, err
	}
	return tlsinfo.Look(ctx, raw, o)
}

// refused recognises a closed port; an error that came through another process keeps only its words.
func refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "connection refused")
}

// presents reports whether the server presented the leaf and at least the intermediates of the chain.
func presents(s *tlsinfo.Seen, leaf *x509.Certificate, chain []*x509.Certificate) bool {
	if !s.Shown() || !s.Chain[0].Equal(leaf) {
		return false
	}
	for _, c := range chain {
		if tlsinfo.SelfIssued(c) {
			continue // a server may leave the root out
		}
		found := false
		for _, p := range s.Chain[1:] {
			found = found || p.Equal(c)
		}
		if !found {
			return false
		}
	}
	return true
}
