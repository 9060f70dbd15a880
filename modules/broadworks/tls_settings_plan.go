package broadworks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// settingsPlan is what must be done to the lists of one level.
type settingsPlan struct {
	cli                *bwcli.CLI
	level              tlsLevel
	protocols, ciphers listPlan

	diff           []sdk.Diff
	notes, pending []string
}

func (p *settingsPlan) lists() []*listPlan { return []*listPlan{&p.protocols, &p.ciphers} }

func (p *settingsPlan) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// planSettings reads the host and compares.
func planSettings(ctx context.Context, cli *bwcli.CLI, req *sdk.Request) (*settingsPlan, error) {
	notes, err := warnings(settingsProblems(req))
	if err != nil {
		return nil, err
	}
	var args listArgs
	if err := part(req.Args, "protocols", "require_protocols", "ciphers", "require_ciphers").Decode(&args); err != nil {
		return nil, err
	}
	if err := cli.Require("tls_settings", "XSP", "ADP"); err != nil {
		return nil, err
	}
	level := levelNamed(req.Args.Attr("level").AsString())
	p := &settingsPlan{cli: cli, level: level, notes: notes,
		protocols: listPlan{tlsList: level.list("protocols"), exact: args.Protocols, require: args.RequireProtocols},
		ciphers:   listPlan{tlsList: level.list("ciphers"), exact: args.Ciphers, require: args.RequireCiphers},
	}
	changes := false
	for _, l := range p.lists() {
		if !l.owned() {
			continue
		}
		if l.have, err = l.read(ctx, cli); err != nil {
			return nil, err
		}
		if l.compare(); !l.changes() {
			continue
		}
		changes = true
		d := l.diff()
		d.What += " of " + l.owner
		p.diff = append(p.diff, d)
		if err := p.noteHiding(ctx, l); err != nil {
			return nil, err
		}
	}
	if changes {
		err = p.noteUnusable(ctx, req.Conn)
	} else if len(p.level.families) == 1 {
		err = p.compareLive(ctx, req.Conn)
	}
	return p, err
}

// other reads a list that the task does not own. A context that this release lacks has none.
func (p *settingsPlan) other(ctx context.Context, t tlsList) ([]string, error) {
	names, err := t.read(ctx, p.cli)
	if f := (*sdk.Failure)(nil); errors.As(err, &f) && f.Class == sdk.Failed {
		return nil, nil
	}
	return names, err
}

// inherited is the nearest more general list with entries, and its level; "" when there is none.
func (p *settingsPlan) inherited(ctx context.Context, what string) (level string, names []string, err error) {
	for _, name := range p.level.general {
		if names, err = p.other(ctx, levelNamed(name).list(what)); err != nil || len(names) > 0 {
			return name, names, err
		}
	}
	return "", nil, nil
}

// noteHiding says which list a changed one hides or uncovers, and which ones hide it.
func (p *settingsPlan) noteHiding(ctx context.Context, l *listPlan) error {
	from, names, err := p.inherited(ctx, l.what)
	if err != nil {
		return err
	}
	general := "the server's own choice applies, which is not published"
	if from != "" {
		general = fmt.Sprintf("those of the level %s apply: %s", from, strings.Join(names, ", "))
	}
	switch {
	case len(l.have) == 0:
		p.note("the level %s has no %s of its own, and %s. The first one added hides them, so that only %s will be accepted where no more specific list stands",
			p.level.name, l.what, general, strings.Join(l.want, ", "))
	case len(l.want) == 0:
		p.note("without %s of the level %s, %s", l.what, p.level.name, general)
	}
	for _, other := range tlsLevels {
		if !slices.Contains(other.general, p.level.name) {
			continue
		}
		if names, err = p.other(ctx, other.list(l.what)); err != nil {
			return err
		}
		if len(names) > 0 {
			p.note("the level %s has %s of its own, which hide these", other.name, l.what)
		}
	}
	return nil
}

// effective is what holds at the level after the change: its own list, else what it inherits.
func (p *settingsPlan) effective(ctx context.Context, l *listPlan) (names []string, err error) {
	if names = l.want; !l.owned() {
		names, err = p.other(ctx, l.tlsList)
	}
	if len(names) == 0 && err == nil {
		_, names, err = p.inherited(ctx, l.what)
	}
	return names, err
}

// noteUnusable warns when what holds after the change leaves no cipher that can be negotiated.
func (p *settingsPlan) noteUnusable(ctx context.Context, conn sdk.Conn) error {
	protocols, err := p.effective(ctx, &p.protocols)
	if err != nil {
		return err
	}
	ciphers, err := p.effective(ctx, &p.ciphers)
	if err != nil {
		return err
	}
	if !anyFits(ciphers, protocols, "") {
		p.note("no cipher that holds at the level %s can be used with %s: every handshake of an interface that inherits both will fail",
			p.level.name, strings.Join(protocols, ", "))
		return nil
	}
	return p.heirs(ctx, conn, func(h heir) {
		own := protocols
		if len(h.protocols) > 0 {
			own = h.protocols
		}
		if !h.seen.Shown() || len(h.ciphers) > 0 {
			return
		}
		kind := tlsinfo.KeyKind(h.seen.Chain[0])
		switch {
		case !anyFits(ciphers, nil, kind):
			p.note("the %s on port %d presents a certificate with an %s key, with which no cipher of the level %s can be used: every handshake there will fail",
				h.of.title, h.port, kind, p.level.name)
		case !anyFits(ciphers, own, kind):
			p.note("the %s on port %d accepts %s only, with which no cipher of the level %s can be used: every handshake there will fail",
				h.of.title, h.port, strings.Join(own, ", "), p.level.name)
		}
	})
}

// compareLive compares the lists with what the interfaces that inherit them accept.
func (p *settingsPlan) compareLive(ctx context.Context, conn sdk.Conn) error {
	return p.heirs(ctx, conn, func(h heir) {
		r := running{conn: conn, address: h.address, port: h.port, seen: h.seen}
		if len(h.protocols) == 0 && p.protocols.settled() {
			p.pending = append(p.pending, r.protocols(ctx, p.protocols.want)...)
		}
		if len(h.ciphers) == 0 && p.ciphers.settled() {
			p.pending = append(p.pending, r.ciphers(ctx, p.ciphers.want, slices.Concat(p.ciphers.exact, p.ciphers.require))...)
		}
	})
}
