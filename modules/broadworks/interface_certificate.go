package broadworks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

const (
	// restartedMark follows the digest in a stored marker once a restart has been proved since.
	restartedMark = " restarted"
	// lostMark stands for a digest where it is not known which certificate is stored: its row was deleted, or storing
	// another one has begun.
	lostMark = "lost"
)

func cutRestarted(marker string) (digest string, restarted bool) {
	return strings.CutSuffix(marker, restartedMark)
}

// compareCertificate decides whether the certificate must be stored.
func (p *interfacePlan) compareCertificate(ctx context.Context, conn sdk.Conn, w *want, seen *tlsinfo.Seen, lookErr error) error {
	if w.leaf == nil {
		return nil
	}
	marked, err := readMarker(ctx, conn, w.marker())
	if err != nil {
		return err
	}
	digest, inEffect := cutRestarted(marked)
	stored := digest == w.digest() && !p.setRow
	// What is presented may be replaced by what was stored since and waits for a restart.
	replaced := digest != "" && !inEffect && !stored
	if seen != nil && presents(seen, w.leaf, w.chain) && !p.setRow && !replaced {
		return nil
	}
	hint := w.marker() + " on the host is a hint"
	switch {
	case stored && seen == nil && !refusedPort(lookErr):
		p.note("the server's certificate could not be seen; that it is the right one is known from a marker only: %s", hint)
		return nil
	case stored && !inEffect:
		p.note("that the certificate is stored is known from a marker only: %s", hint)
		if seen != nil {
			p.pend("port %d still presents the old certificate", w.port)
		}
		return nil
	}
	p.store = true
	p.diff = append(p.diff, certificateDiff(w, seen, digest))
	return nil
}

// certificateDiff shows the certificate before and after: before is what the server presents; where it shows nothing, a
// marker knows only whether another one was stored. Where the leaf is right, it is its chain that changes.
func certificateDiff(w *want, seen *tlsinfo.Seen, marked string) sdk.Diff {
	d := sdk.Diff{What: "server certificate", After: tlsinfo.Describe(w.leaf)}
	shown := seen != nil && seen.Shown()
	switch {
	case shown && seen.Chain[0].Equal(w.leaf) && len(w.chain) > 0:
		return sdk.Diff{What: "chain of the server certificate", Before: tlsinfo.DescribeAll(seen.Chain[1:]), After: tlsinfo.DescribeAll(w.chain)}
	case shown:
		d.Before = tlsinfo.Describe(seen.Chain[0])
	case marked != "" && marked != lostMark:
		d.Before = "another one, by a marker on the host"
	}
	return d
}

func (f *family) certificates() string { return f.context + "/SSLSettings/Certificates" }

// storeCertificate places key, certificate and chain, has them stored, and takes the files away.
func (a *interfaceApply) storeCertificate(ctx context.Context) error {
	if !a.plan.store {
		return nil
	}
	w := a.want
	// The marker must never speak for a certificate that a crash kept from being stored.
	if err := a.doubt(ctx); err != nil {
		return err
	}
	keys := w.keys(w.address, w.port)
	base := uploadDir + "muster-" + w.tag + "-" + strings.ReplaceAll(strings.Join(keys, "-"), ":", "-")
	files := []sdk.Put{
		{Path: base + ".key", Secret: &w.key},
		{Path: base + ".crt", Content: tlsinfo.PEM(w.leaf)},
	}
	words := append(append([]string{"sslUpdate"}, keys...), "keyFile", files[0].Path, "certificateFile", files[1].Path)
	if w.chain != nil {
		files = append(files, sdk.Put{Path: base + ".chain", Content: tlsinfo.PEM(w.chain...)})
		words = append(words, "chainFile", files[2].Path)
	}
	up, err := upload(ctx, a.conn, files...)
	if err != nil {
		return err
	}
	answer, err := a.cli.Do(ctx, bwcli.Command{Context: w.certificates(), Words: words, Effect: sdk.Idempotent, Foreseen: bwcli.Plain})
	taken := up.remove(ctx)
	for _, n := range up.notes() {
		a.plan.note("%s", n)
	}
	if err != nil {
		return err
	}
	if !answer.OK() && (answer.Refusal != "" || answer.Text != "" && !a.listed(ctx)) {
		return answer.Refused("could not store the server certificate", "the old certificate stays; "+taken)
	}
	a.noteStored(ctx, answer)
	return writeMarker(ctx, a.conn, w.marker(), w.digest())
}

// doubt marks on the host that it is not known which certificate is stored.
func (a *interfaceApply) doubt(ctx context.Context) error {
	err := writeMarker(ctx, a.conn, a.want.marker(), lostMark)
	if f := (*sdk.Failure)(nil); errors.As(err, &f) {
		f.State = "the certificate was not touched"
	}
	return err
}

// noteStored says how far the storing could be confirmed.
func (a *interfaceApply) noteStored(ctx context.Context, answer *bwcli.Answer) {
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
func (a *interfaceApply) listed(ctx context.Context) bool {
	l, err := a.cli.Get(ctx, a.want.certificates(), a.want.keys(a.want.address, a.want.port)...)
	if err != nil {
		return false
	}
	bare := strings.NewReplacer(":", "", " ", "").Replace(strings.ToLower(l.Text))
	leaf := a.want.leaf
	return strings.Contains(bare, fmt.Sprintf("%x", leaf.SerialNumber)) && leaf.SerialNumber.BitLen() > 32 ||
		strings.Contains(l.Text, tlsinfo.Name(leaf)) && strings.Contains(l.Text, nameOf(leaf.Issuer))
}
