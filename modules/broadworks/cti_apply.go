package broadworks

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// Check compares row, lists and certificate, and stored with running.
func (m CTIInterface) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	w, notes, err := m.wanted(req)
	if err != nil {
		return nil, err
	}
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	p, err := planCTI(ctx, req.Conn, cli, w)
	if err != nil {
		return nil, err
	}
	res := &sdk.CheckResult{Verdict: sdk.NoChange, Notes: append(notes, p.notes...), Diff: p.diff, Outputs: w.outputs()}
	switch {
	case len(p.diff) > 0:
		res.Verdict = sdk.Change
	case len(p.pending) > 0:
		res.Pending = "restart pending: " + strings.Join(p.pending, "; ")
	}
	return res, nil
}

// ctiApply is one Apply under way.
type ctiApply struct {
	conn sdk.Conn
	cli  *bwcli.CLI
	want *ctiWant
	plan *ctiPlan
}

// Apply does what the plan says, reading back each change: the row, what is added to the lists, the certificate, and only
// then what is taken away.
func (m CTIInterface) Apply(ctx context.Context, req *sdk.Request) (*sdk.ApplyResult, error) {
	w, notes, err := m.wanted(req)
	if err != nil {
		return nil, err
	}
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	p, err := planCTI(ctx, req.Conn, cli, w)
	if err != nil {
		return nil, err
	}
	a := &ctiApply{conn: req.Conn, cli: cli, want: w, plan: p}
	steps := []func(context.Context) error{
		a.setRow,
		func(ctx context.Context) error { return a.addAll(ctx, &p.protocols) },
		func(ctx context.Context) error { return a.addAll(ctx, &p.ciphers) },
		a.storeCertificate,
		func(ctx context.Context) error { return a.removeAll(ctx, &p.protocols) },
		func(ctx context.Context) error { return a.removeAll(ctx, &p.ciphers) },
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return &sdk.ApplyResult{Changed: len(p.diff) > 0, Diff: p.diff, Notes: append(notes, p.notes...), Outputs: w.outputs()}, nil
}

// setRow adds the interface, after deleting one that differs.
func (a *ctiApply) setRow(ctx context.Context) error {
	if !a.plan.setRow {
		return nil
	}
	if a.plan.row != nil {
		if err := a.deleteRow(ctx); err != nil {
			return err
		}
	}
	want := a.want.row()
	there := func(ctx context.Context) (bool, error) {
		rows, err := readRows(ctx, a.cli)
		r := findRow(rows, want.address, want.port)
		return r != nil && *r == want, err
	}
	answer, err := a.cli.Do(ctx, bwcli.Command{Context: ctiContext, Effect: sdk.Once, Proof: there, Words: []string{
		"add", want.address.String(), strconv.Itoa(want.port), strconv.FormatBool(want.secure),
		strconv.FormatBool(want.serverCertificate), strconv.FormatBool(want.clientAuth)}})
	if err != nil {
		return err
	}
	if ok, err := there(ctx); err != nil {
		return err
	} else if !ok {
		state := "the list does not show it"
		if a.plan.row != nil {
			state = "the old interface was deleted, and the new one is not there: clients cannot connect after a restart until this is mended"
		}
		return answer.Refused(fmt.Sprintf("could not add the CTI interface %s port %d", want.address, want.port), state)
	}
	// The lists may have gone with the old row, or never been there.
	for _, l := range []*listPlan{&a.plan.protocols, &a.plan.ciphers} {
		if l.have, err = l.read(ctx, a.cli, want.address); err != nil {
			return err
		}
		l.add = without(l.want, l.have)
		if l.owned && (a.want.Protocols != nil && l.what == protocolList.what || a.want.Ciphers != nil && l.what == cipherList.what) {
			l.remove = without(l.have, l.want)
		}
	}
	return nil
}

func (a *ctiApply) deleteRow(ctx context.Context) error {
	old := a.plan.row
	gone := func(ctx context.Context) (bool, error) {
		rows, err := readRows(ctx, a.cli)
		return findRow(rows, old.address, old.port) == nil, err
	}
	// assumed: delete takes the address and the port, by which add tells interfaces apart.
	answer, err := a.cli.Do(ctx, bwcli.Command{Context: ctiContext, Effect: sdk.Once, Proof: gone, Foreseen: bwcli.Plain,
		Words: []string{"delete", old.address.String(), strconv.Itoa(old.port)}})
	if err != nil {
		return err
	}
	if ok, err := gone(ctx); err != nil {
		return err
	} else if !ok {
		return answer.Refused(fmt.Sprintf("could not delete the CTI interface %s port %d, which differs", old.address, old.port), "it is unchanged")
	}
	return nil
}

func (a *ctiApply) addAll(ctx context.Context, l *listPlan) error {
	return a.edit(ctx, l, "add", l.add, func(have []string, name string) bool { return holds(have, name) })
}

func (a *ctiApply) removeAll(ctx context.Context, l *listPlan) error {
	return a.edit(ctx, l, "delete", l.remove, func(have []string, name string) bool { return !holds(have, name) })
}

// edit types one command per name and reads the list back once.
func (a *ctiApply) edit(ctx context.Context, l *listPlan, verb string, names []string, done func(have []string, name string) bool) error {
	if len(names) == 0 {
		return nil
	}
	ip := a.want.address
	answers := map[string]*bwcli.Answer{}
	for _, name := range names {
		if i := slices.IndexFunc(l.have, func(n string) bool { return same(n, name) }); i >= 0 {
			name = l.have[i] // as the host spells it
		}
		cmd := bwcli.Command{Context: l.context, Words: []string{verb, ip.String(), name}, Effect: sdk.Once, Proof: func(ctx context.Context) (bool, error) {
			have, err := l.read(ctx, a.cli, ip)
			return done(have, name), err
		}}
		if verb == "delete" {
			cmd.Foreseen = bwcli.Plain
		}
		answer, err := a.cli.Do(ctx, cmd)
		if err != nil {
			return err
		}
		answers[registered(name)] = answer
		if answer.Refusal != "" && !answer.Duplicate() {
			break // the reading below tells whether it matters
		}
	}
	have, err := l.read(ctx, a.cli, ip)
	if err != nil {
		return err
	}
	l.have = have
	for _, name := range names {
		if answer := answers[registered(name)]; answer != nil && !done(have, name) {
			return answer.Refused(fmt.Sprintf("could not %s %s to the interface's %s", verb, name, l.what),
				fmt.Sprintf("the interface's %s are now: %s", l.what, orNone(have)))
		}
	}
	return nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none of its own"
	}
	return strings.Join(names, ", ")
}

// storeCertificate places key, certificate and chain, has them stored, and takes the files away.
func (a *ctiApply) storeCertificate(ctx context.Context) error {
	if !a.plan.store {
		return nil
	}
	w := a.want
	// The marker must never speak for a certificate that a crash kept from being stored.
	if err := removeMarker(ctx, a.conn, w.marker()); err != nil {
		return err
	}
	base := uploadDir + "muster-cti-" + strings.ReplaceAll(w.address.String(), ":", "-")
	files := []sdk.Put{
		{Path: base + ".key", Secret: &w.Certificate.KeyFile},
		{Path: base + ".crt", Content: tlsinfo.PEM(w.leaf)},
	}
	words := []string{"sslUpdate", w.address.String(), "keyFile", files[0].Path, "certificateFile", files[1].Path}
	if w.chain != nil {
		files = append(files, sdk.Put{Path: base + ".chain", Content: tlsinfo.PEM(w.chain...)})
		words = append(words, "chainFile", files[2].Path)
	}
	remove, err := upload(ctx, a.conn, files...)
	if err != nil {
		return err
	}
	answer, err := a.cli.Do(ctx, bwcli.Command{Context: certificatesContext, Words: words, Effect: sdk.Idempotent, Foreseen: bwcli.Plain})
	if rerr := remove(); err == nil && rerr != nil {
		a.plan.notes = append(a.plan.notes, "an uploaded file could not be taken away from "+uploadDir+": "+rerr.Error())
	}
	if err != nil {
		return err
	}
	if !answer.OK() && (answer.Refusal != "" || answer.Text != "" && !a.listed(ctx)) {
		return answer.Refused("could not store the server certificate", "the old certificate stays; the uploads were taken away")
	}
	a.noteStored(ctx, answer)
	return writeMarker(ctx, a.conn, w.marker(), w.digest())
}

// noteStored says how far the storing could be confirmed.
func (a *ctiApply) noteStored(ctx context.Context, answer *bwcli.Answer) {
	if a.listed(ctx) {
		return
	}
	note := "bwcli does not show what was stored; a handshake after the restart will"
	if !answer.OK() {
		note = "sslUpdate printed nothing, which is taken for success (assumed); " + note
	}
	a.plan.notes = append(a.plan.notes, note)
}

// listed reports whether the certificates context shows the stored certificate.
//
// assumed: whether it has a get, and what that prints, is not published; a serial number or both names are looked for.
func (a *ctiApply) listed(ctx context.Context) bool {
	l, err := a.cli.Get(ctx, certificatesContext, a.want.address.String())
	if err != nil {
		return false
	}
	bare := strings.NewReplacer(":", "", " ", "").Replace(strings.ToLower(l.Text))
	leaf := a.want.leaf
	return strings.Contains(bare, fmt.Sprintf("%x", leaf.SerialNumber)) && leaf.SerialNumber.BitLen() > 32 ||
		strings.Contains(l.Text, tlsinfo.Name(leaf)) && strings.Contains(l.Text, nameOf(leaf.Issuer))
}
