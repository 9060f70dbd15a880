package broadworks

import (
	"context"
	"errors"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// heir is a secure interface of the running server to which a general level may apply: a list that the interface has not
// got itself comes from there.
type heir struct {
	of *family
	row
	protocols, ciphers []string // of more specific levels, the interface's own first; none: from the level
	seen               *tlsinfo.Seen
}

// heirs calls f for each interface that inherits at least one list from the level and that can be looked at.
func (p *settingsPlan) heirs(ctx context.Context, conn sdk.Conn, f func(heir)) error {
	for _, family := range p.level.families {
		rows, err := family.rows(ctx, p.cli)
		if refused := (*sdk.Failure)(nil); errors.As(err, &refused) && refused.Class == sdk.Failed {
			continue // a release without such interfaces
		}
		if err != nil {
			return err
		}
		for _, r := range rows {
			if !r.secure {
				continue
			}
			h := heir{of: family, row: r}
			if h.protocols, err = p.nearer(ctx, h, "protocols"); err != nil {
				return err
			}
			if h.ciphers, err = p.nearer(ctx, h, "ciphers"); err != nil {
				return err
			}
			if len(h.protocols) > 0 && len(h.ciphers) > 0 {
				continue
			}
			if h.seen, err = look(ctx, conn, r.address.String(), r.port, tlsinfo.Offer{}); err == nil {
				f(h)
			} else if ctx.Err() != nil {
				return hostFailure("could not look at the running server", "nothing was changed", ctx.Err())
			}
		}
	}
	return nil
}

// nearer is the list that applies to the interface before the level's does: its own, or one of a level between.
func (p *settingsPlan) nearer(ctx context.Context, h heir, what string) ([]string, error) {
	where, keys := h.of.context+"/SSLSettings", h.of.keys(h.address, h.port)
	own := protocolsOf("the interface", where, keys)
	if what == "ciphers" {
		own = ciphersOf("the interface", where, keys)
	}
	names, err := p.other(ctx, own)
	for _, l := range []string{h.of.tag, "transport"} {
		if len(names) > 0 || err != nil || l == p.level.name {
			break
		}
		names, err = p.other(ctx, levelNamed(l).list(what))
	}
	return names, err
}
