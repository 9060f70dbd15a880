package broadworks

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
)

// anchorRow is an anchor as the list shows it.
type anchorRow struct{ alias, owner, issuer string }

func (r *anchorRow) String() string { return fmt.Sprintf("%s, issued by %s", r.owner, r.issuer) }

var selfSigned = regexp.MustCompile(`(?i)\s*[\[(]?\s*self[- ]?signed\s*[\])]?\s*$`)

// findAnchor looks the alias up; nil when it is not listed.
func findAnchor(ctx context.Context, cli *bwcli.CLI, a *anchorArgs) (*anchorRow, error) {
	if err := cli.Require("trust_anchor", "XSP", "ADP"); err != nil {
		return nil, err
	}
	l, err := cli.Get(ctx, a.context())
	if err != nil {
		return nil, err
	}
	alias, owner, issuer := l.Column("alias", "name"), l.Column("owner", "subject"), l.Column("issuer")
	if alias < 0 && len(l.Header) == 3 {
		alias, owner, issuer = 0, 1, 2 // the published order
	}
	if alias < 0 || owner < 0 || issuer < 0 {
		if len(l.Rows) == 0 && !l.Unread() {
			return nil, nil
		}
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "could not read the trust anchors",
			What: "get printed: " + strings.TrimSpace(l.Text), Why: "alias, owner and issuer were expected"}
	}
	for _, r := range l.Rows {
		if strings.EqualFold(r[alias], a.Alias) {
			return &anchorRow{alias: r[alias], owner: r[owner], issuer: selfSigned.ReplaceAllString(r[issuer], "")}, nil
		}
	}
	return nil, nil
}

// shows reports whether the row can be the certificate's.
func (r *anchorRow) shows(c *x509.Certificate) bool {
	return showsName(r.owner, c.Subject) && showsName(r.issuer, c.Issuer)
}

// showsName compares a name in a listing with a certificate's: the common name alone is published; a whole distinguished
// name, in either order, and one cut with dots are taken too.
func showsName(shown string, name pkix.Name) bool {
	shown = strings.TrimSpace(shown)
	want := name.CommonName
	if want == "" && len(name.OrganizationalUnit) > 0 {
		want = name.OrganizationalUnit[0]
	}
	if want == "" && len(name.Organization) > 0 {
		want = name.Organization[0]
	}
	if want == "" {
		want = name.String()
	}
	if strings.EqualFold(squeeze(shown), squeeze(want)) {
		return true
	}
	if cut, ok := strings.CutSuffix(strings.Replace(shown, "…", "...", 1), "..."); ok && len(cut) >= 8 {
		return strings.HasPrefix(strings.ToLower(squeeze(want)), strings.ToLower(squeeze(cut)))
	}
	for _, part := range regexp.MustCompile(`\s*[,/]\s*`).Split(shown, -1) {
		if k, v, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(k), "CN") && strings.EqualFold(squeeze(v), squeeze(want)) {
			return true
		}
	}
	return false
}

// squeeze makes runs of blanks one.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// Check compares owner and issuer, and the marker for the bytes.
func (TrustAnchor) Check(ctx context.Context, req *sdk.Request) (*sdk.CheckResult, error) {
	a, err := decodeAnchor(req)
	if err != nil {
		return nil, err
	}
	cli, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	row, err := findAnchor(ctx, cli, a)
	if err != nil {
		return nil, err
	}
	res := &sdk.CheckResult{Verdict: sdk.NoChange, Notes: a.notes, Outputs: anchorOutputs(a)}
	diff, notes, err := anchorDiff(ctx, req.Conn, a, row)
	if err != nil {
		return nil, err
	}
	res.Notes = append(res.Notes, notes...)
	if diff != nil {
		res.Verdict, res.Diff = sdk.Change, []sdk.Diff{*diff}
	}
	return res, nil
}

// anchorDiff says what would change, nil when nothing would.
func anchorDiff(ctx context.Context, conn sdk.Conn, a *anchorArgs, row *anchorRow) (*sdk.Diff, []string, error) {
	d := &sdk.Diff{What: fmt.Sprintf("trust anchor %s (%s)", a.Alias, a.Interface)}
	digest := ""
	if !a.absent() {
		digest = tlsinfo.Digest(a.cert)
		d.After = tlsinfo.Describe(a.cert)
	}
	if row == nil && a.absent() {
		return nil, nil, nil
	}
	if row == nil {
		return d, nil, nil
	}
	marked, err := readMarker(ctx, conn, a.marker())
	if err != nil {
		return nil, nil, err
	}
	d.Before = row.String()
	if marked != "" && marked != digest {
		d.Before += ", SHA-256 " + tlsinfo.Short(marked) + " by a marker on the host"
	}
	switch {
	case a.absent():
		return d, nil, nil
	case !row.shows(a.cert):
		return d, []string{"bwcli lists an anchor's owner and issuer, not its validity and its bytes"}, nil
	}
	hint := "bwcli does not show an anchor's bytes: " + a.marker() + " on the host is a hint of which certificate was loaded"
	switch marked {
	case digest:
		return nil, []string{hint + ", and names this one"}, nil
	case "":
		return d, []string{hint + "; there is none, so the certificate is loaded again"}, nil
	default:
		return d, []string{hint + "; it names another one of the same owner and issuer"}, nil
	}
}

func nameOf(n pkix.Name) string {
	if n.CommonName != "" {
		return n.CommonName
	}
	return n.String()
}

func anchorOutputs(a *anchorArgs) sdk.Object {
	if a.cert == nil {
		return sdk.Object{}
	}
	return outputs(map[string]cty.Value{
		"owner":     cty.StringVal(nameOf(a.cert.Subject)),
		"issuer":    cty.StringVal(nameOf(a.cert.Issuer)),
		"sha256":    cty.StringVal(tlsinfo.Digest(a.cert)),
		"not_after": cty.StringVal(a.cert.NotAfter.UTC().Format(time.RFC3339)),
	})
}
