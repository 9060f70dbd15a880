package broadworks

import (
	"crypto/x509"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/modules/tlsinfo"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

// A plan shows certificates by what a person compares, before and after.
func TestCertificateDiff(t *testing.T) {
	root := issue(t, "Root", true, nil, 10*year)
	old, next := issue(t, "xsp1", false, root, year), issue(t, "xsp1", false, root, 2*year)
	w := &want{family: &ctiFamily, leaf: next.cert, chain: []*x509.Certificate{root.cert}}
	day := func(p *pair) string { return p.cert.NotAfter.UTC().Format("2006-01-02") }
	short := func(p *pair) string { return tlsinfo.Digest(p.cert)[:12] + "…" }
	text := func(p *pair) string {
		return "xsp1, issued by Root, valid until " + day(p) + ", SHA-256 " + short(p)
	}
	for name, tt := range map[string]struct {
		seen   *tlsinfo.Seen
		marked string
		want   sdk.Diff
	}{
		"none":    {nil, "", sdk.Diff{What: "server certificate", After: text(next)}},
		"marked":  {nil, "abc", sdk.Diff{What: "server certificate", Before: "another one, by a marker on the host", After: text(next)}},
		"lost":    {nil, lostMark, sdk.Diff{What: "server certificate", After: text(next)}},
		"renewed": {&tlsinfo.Seen{Chain: []*x509.Certificate{old.cert}}, "abc", sdk.Diff{What: "server certificate", Before: text(old), After: text(next)}},
		"chain only": {&tlsinfo.Seen{Chain: []*x509.Certificate{next.cert}}, "", sdk.Diff{What: "chain of the server certificate",
			After: "Root, issued by Root, valid until " + day(root) + ", SHA-256 " + short(root)}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, certificateDiff(w, tt.seen, tt.marked)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAnchorDiff(t *testing.T) {
	root := issue(t, "Root", true, nil, 10*year)
	digest := tlsinfo.Digest(root.cert)
	after := tlsinfo.Describe(root.cert)
	here, other := &anchorRow{"a", "Root", "Root"}, &anchorRow{"a", "Old Root", "Old Root"}
	for name, tt := range map[string]struct {
		ensure, marker string
		row            *anchorRow
		want           *sdk.Diff
	}{
		"new":                  {"present", "", nil, &sdk.Diff{After: after}},
		"right":                {"present", digest, here, nil},
		"unknown bytes":        {"present", "", here, &sdk.Diff{Before: "Root, issued by Root", After: after}},
		"another":              {"present", "", other, &sdk.Diff{Before: "Old Root, issued by Old Root", After: after}},
		"another, and marked":  {"present", "0123456789abcdef", other, &sdk.Diff{Before: "Old Root, issued by Old Root, SHA-256 0123456789ab… by a marker on the host", After: after}},
		"gone":                 {"absent", "", nil, nil},
		"to go":                {"absent", digest, here, &sdk.Diff{Before: "Root, issued by Root, SHA-256 " + digest[:12] + "… by a marker on the host"}},
		"to go, and no marker": {"absent", "", other, &sdk.Diff{Before: "Old Root, issued by Old Root"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := &anchorArgs{Interface: "cti", Alias: "a", Ensure: tt.ensure, cert: root.cert}
			conn := sdktest.NewConn(t)
			if tt.marker != "" {
				conn.WriteFile(a.marker(), tt.marker+"\n")
			}
			if tt.want != nil {
				tt.want.What = "trust anchor a (cti)"
			}
			got, _, err := anchorDiff(t.Context(), conn, a, tt.row)
			if d := cmp.Diff(tt.want, got); err != nil || d != "" {
				t.Error(err, d)
			}
		})
	}
}
