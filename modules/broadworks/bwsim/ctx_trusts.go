package bwsim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// trusts is SSLCommonSettings/ClientAuthentication/Trusts of CTI or of Http; the
// two keep different anchors. assumed: the name deleteTrust (delete means the same here), and what happens
// when an alias is updated that exists.
func (h *Host) trusts(store func(*Config) *[]Trust) *cli.Level {
	alias := cli.Param{Name: "alias", Doc: "The name of the trust anchor.", Type: cli.String{Min: 1, Max: 80}}
	file := cli.Param{Name: "trustAnchorFile", Doc: "The path of a file with one certificate.", Type: cli.String{Min: 1, Max: 255}}
	deletion := func(name string) *cli.Command {
		return &cli.Command{Name: name, Summary: "delete a trust anchor", Params: []cli.Param{alias},
			Run: func(c *cli.Call) error { return h.deleteTrust(c, store) }}
	}
	return level("Trusts",
		&cli.Command{Name: "get", Summary: "show the trust anchors",
			Run: func(c *cli.Call) error { return h.getTrusts(c, store) }},
		&cli.Command{Name: "updateTrust", Summary: "add or update a trust anchor", Params: []cli.Param{alias, file},
			Run: func(c *cli.Call) error { return h.updateTrust(c, store) }},
		deletion("deleteTrust"),
		deletion("delete"),
	)
}

func (h *Host) getTrusts(c *cli.Call, store func(*Config) *[]Trust) error {
	cfg := h.Stored()
	var rows [][]string
	for _, t := range *store(&cfg) {
		owner, issuer := shown(t.Certificate.Subject), shown(t.Certificate.Issuer)
		if selfIssued(t.Certificate) {
			issuer += "[self-signed]"
		}
		rows = append(rows, []string{t.Alias, owner, issuer})
	}
	header := []string{"Alias", "Owner", "Issuer"}
	if h.dialect.trustTable == tableByHand {
		// the published listing, whose columns do not stand below their titles
		title := fmt.Sprintf("  Alias   Owner%sIssuer", strings.Repeat(" ", 35))
		return h.listText(c, byHand(title, rows), len(rows))
	}
	return h.listText(c, h.dialect.trustTable.draw(header, rows), len(rows))
}

func (h *Host) updateTrust(c *cli.Call, store func(*Config) *[]Trust) error {
	alias := c.Arg("alias")
	certs, refused := h.readCertificates(c.Arg("trustAnchorFile"))
	if refused == nil && len(certs) != 1 {
		// assumed: a file with several certificates is refused
		refused = refusing(notPEM, c.Arg("trustAnchorFile"))
	}
	if refused != nil {
		return h.refuse(c, refused.problem, refused.args...)
	}
	cfg := h.Stored()
	if slices.ContainsFunc(*store(&cfg), named(alias)) {
		switch h.dialect.trustExists {
		case trustRefuses:
			return h.refuse(c, exists, alias)
		case trustAsks:
			c.Printf("The trust anchor %s already exists and will be replaced. Continue?\n\n", alias)
			if yes, err := c.Confirm(); err != nil || !yes {
				return err
			}
		}
	}
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		anchors := store(cfg)
		*anchors = append(slices.DeleteFunc(*anchors, named(alias)), Trust{alias, certs[0]})
		return nil
	})
}

func named(alias string) func(Trust) bool {
	return func(t Trust) bool { return t.Alias == alias }
}

func (h *Host) deleteTrust(c *cli.Call, store func(*Config) *[]Trust) error {
	alias := c.Arg("alias")
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		anchors := store(cfg)
		if !slices.ContainsFunc(*anchors, named(alias)) {
			return refusing(notFound)
		}
		*anchors = slices.DeleteFunc(*anchors, named(alias))
		return nil
	})
}
