package broadworks

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// check compares row, lists and certificate, and stored with running.
func (f *family) check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	w, notes, err := f.wanted(req)
	if err != nil {
		return nil, err
	}
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	p, err := planInterface(ctx, req.Conn, cli, w)
	if err != nil {
		return nil, err
	}
	return checked(p.diff, p.pending, append(notes, p.notes...), w.outputs()), nil
}

// checked makes a result: a change where there is a diff, else what waits for a restart.
func checked(diff []sdk.Diff, pending, notes []string, out sdk.Object) *sdk.CheckResult {
	res := &sdk.CheckResult{Verdict: sdk.NoChange, Diff: diff, Notes: notes, Outputs: out}
	switch {
	case len(diff) > 0:
		res.Verdict = sdk.Change
	case len(pending) > 0:
		res.Pending = "restart pending: " + strings.Join(pending, "; ")
	}
	return res
}

// interfaceApply is one apply under way.
type interfaceApply struct {
	conn sdk.Conn
	cli  *bwcli.CLI
	want *want
	plan *interfacePlan
}

// apply does what the plan says, reading back each change: the row, what is added to the lists, the certificate, and only
// then what is taken away.
func (f *family) apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	w, notes, err := f.wanted(req)
	if err != nil {
		return nil, err
	}
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	p, err := planInterface(ctx, req.Conn, cli, w)
	if err != nil {
		return nil, err
	}
	a := &interfaceApply{conn: req.Conn, cli: cli, want: w, plan: p}
	steps := []func(context.Context) error{
		a.setRow,
		func(ctx context.Context) error { return p.protocols.addAll(ctx, cli) },
		func(ctx context.Context) error { return p.ciphers.addAll(ctx, cli) },
		a.storeCertificate,
		func(ctx context.Context) error { return p.protocols.removeAll(ctx, cli) },
		func(ctx context.Context) error { return p.ciphers.removeAll(ctx, cli) },
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return &sdk.ApplyResult{Changed: len(p.diff) > 0, Diff: p.diff, Notes: append(notes, p.notes...), Outputs: w.outputs()}, nil
}

// setRow adds the interface, after deleting one that differs.
func (a *interfaceApply) setRow(ctx context.Context) error {
	if !a.plan.setRow {
		return nil
	}
	if a.plan.have != nil {
		if err := a.deleteRow(ctx); err != nil {
			return err
		}
	}
	answer, err := a.addRow(ctx, a.plan.want)
	if err != nil {
		return err
	}
	if answer != nil {
		return answer.Refused(fmt.Sprintf("could not add the %s %s port %d", a.want.title, a.want.address, a.want.port), a.putBack(ctx))
	}
	if err := a.putBackApps(ctx); err != nil {
		return err
	}
	// The lists may have gone with the old row, or never been there: what they held before is wanted again.
	for _, l := range []*listPlan{&a.plan.protocols, &a.plan.ciphers} {
		if !l.owned() && len(l.want) == 0 {
			continue
		}
		if l.exact == nil {
			l.require = l.want
		}
		if l.have, err = l.read(ctx, a.cli); err != nil {
			return err
		}
		l.compare()
	}
	return nil
}

// addRow adds a row in each way that the family's add may have, until the list shows it. The answer is nil then, else the
// one to the likeliest way.
func (a *interfaceApply) addRow(ctx context.Context, r row) (refused *bwcli.Answer, err error) {
	there := func(ctx context.Context) (bool, error) {
		rows, err := a.want.rows(ctx, a.cli)
		is := find(rows, r.address, r.port)
		return is != nil && is.same(r), err
	}
	for _, words := range a.want.add(r) {
		answer, err := a.cli.Do(ctx, bwcli.Command{Context: a.want.context, Effect: sdk.Once, Proof: there, Words: append([]string{"add"}, words...)})
		if err != nil {
			return nil, err
		}
		if ok, err := there(ctx); ok || err != nil {
			return nil, err
		}
		if refused == nil {
			refused = answer
		}
	}
	return refused, nil
}

func (a *interfaceApply) deleteRow(ctx context.Context) error {
	old := a.plan.have
	if old.secure {
		// Whatever a handshake shows, the certificate that is stored may go now.
		if err := a.doubt(ctx); err != nil {
			return err
		}
	}
	gone := func(ctx context.Context) (bool, error) {
		rows, err := a.want.rows(ctx, a.cli)
		return find(rows, old.address, old.port) == nil, err
	}
	// assumed: delete takes the address and the port, by which add tells interfaces apart.
	answer, err := a.cli.Do(ctx, bwcli.Command{Context: a.want.context, Effect: sdk.Once, Proof: gone, Foreseen: bwcli.Plain,
		Words: []string{"delete", old.address.String(), strconv.Itoa(old.port)}})
	if err != nil {
		return err
	}
	if ok, err := gone(ctx); err != nil {
		return err
	} else if !ok {
		return answer.Refused(fmt.Sprintf("could not delete the %s %s port %d, which differs", a.want.title, old.address, old.port), "it is unchanged")
	}
	return nil
}

// putBack adds the deleted row again where the new one was refused, and says what is there then.
func (a *interfaceApply) putBack(ctx context.Context) (state string) {
	old := a.plan.have
	if old == nil {
		return "the list does not show it"
	}
	const lost = "the old interface was deleted, and the new one is not there: clients cannot connect after a restart until this is mended"
	if refused, err := a.addRow(ctx, *old); refused != nil || err != nil {
		return lost
	}
	missing := a.putBackApps(ctx) != nil
	for _, l := range []*listPlan{&a.plan.protocols, &a.plan.ciphers} {
		was := slices.Clone(l.have)
		now, err := l.read(ctx, a.cli)
		if err == nil {
			l.have, l.add = now, without(was, now)
			err = l.addAll(ctx, a.cli)
		}
		missing = missing || err != nil
	}
	state = "the old interface was deleted and, as the new one was refused, added again; it may have a new self-signed certificate"
	if missing {
		state += ", and not all of its lists and web application entries are back"
	}
	return state
}

// putBackApps adds the web application entries again that went with the row.
func (a *interfaceApply) putBackApps(ctx context.Context) error {
	if len(a.plan.apps) == 0 {
		return nil
	}
	now, err := readApps(ctx, a.cli)
	if err != nil {
		return err
	}
	for _, app := range a.plan.apps {
		if findApp(now, app) == nil {
			if err := app.put(ctx, a.cli, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
