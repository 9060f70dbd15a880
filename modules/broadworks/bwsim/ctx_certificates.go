package bwsim

import (
	"slices"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// certificates is SSLSettings/Certificates. assumed: what get shows, that
// chainFile may be left out, and every refusal.
func (h *Host) certificates(f family) *cli.Level {
	file := cli.String{Min: 1, Max: 255}
	return level("Certificates",
		&cli.Command{Name: "get", Summary: "show the server certificates", Optional: f.keys,
			Run: func(c *cli.Call) error { return h.getCertificates(c, f) }},
		&cli.Command{
			Name:    "sslUpdate",
			Summary: "replace the private key and the certificate of an interface",
			Params:  f.keys,
			Attributes: []cli.Param{
				{Name: "keyFile", Doc: "The path of the private key.", Type: file},
				{Name: "certificateFile", Doc: "The path of the server certificate.", Type: file},
				{Name: "chainFile", Doc: "The path of the chain of issuing certificates.", Type: file},
			},
			NeedsAttribute: true,
			Run:            func(c *cli.Call) error { return h.sslUpdate(c, f) },
		},
	)
}

func (h *Host) getCertificates(c *cli.Call, f family) error {
	cfg := h.Stored()
	var rows [][]string
	for _, row := range distinct(f.find(c, &cfg)) {
		leaf := row.Certificate.Chain[0]
		issuer := shown(leaf.Issuer)
		if selfIssued(leaf) {
			issuer += "[self-signed]"
		}
		rows = append(rows, append(slices.Clone(row.key), shown(leaf.Subject), issuer, leaf.NotAfter.UTC().Format("Jan 2, 2006")))
	}
	if f.one(c) && len(rows) == 0 {
		return h.refuse(c, notFound)
	}
	return h.list(c, append(slices.Clone(f.titles), "Owner", "Issuer", "Valid Until"), rows)
}

func (h *Host) sslUpdate(c *cli.Call, f family) error {
	for _, name := range []string{"keyFile", "certificateFile"} {
		if !c.Has(name) {
			c.Print(voice{h}.Missing(c.Name(), cli.Param{Name: name, Type: cli.String{Min: 1, Max: 255}}) + "\n")
			return nil
		}
	}
	given, refused := h.readKeyPair(c.Arg("keyFile"), c.Arg("certificateFile"), c.Arg("chainFile"))
	if refused != nil {
		return h.refuse(c, refused.problem, refused.args...)
	}
	return f.edit(h, c, func(s *SSLSettings) *refusal {
		s.Certificate = given
		return nil
	})
}
