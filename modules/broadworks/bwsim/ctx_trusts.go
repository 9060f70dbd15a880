package bwsim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// ctiTrusts is Interface/CTI/SSLCommonSettings/ClientAuthentication/Trusts.
// assumed: the name deleteTrust (delete means the same here), and what happens
// when an alias is updated that exists.
func (h *Host) ctiTrusts() *cli.Level {
	alias := cli.Param{Name: "alias", Doc: "The name of the trust anchor.", Type: cli.String{Min: 1, Max: 80}}
	file := cli.Param{Name: "trustAnchorFile", Doc: "The path of a file with one certificate.", Type: cli.String{Min: 1, Max: 255}}
	deletion := func(name string) *cli.Command {
		return &cli.Command{Name: name, Summary: "delete a trust anchor", Params: []cli.Param{alias}, Run: h.deleteTrust}
	}
	return level("Trusts",
		&cli.Command{Name: "get", Summary: "show the trust anchors", Run: h.getTrusts},
		&cli.Command{Name: "updateTrust", Summary: "add or update a trust anchor", Params: []cli.Param{alias, file}, Run: h.updateTrust},
		deletion("deleteTrust"),
		deletion("delete"),
	)
}

func (h *Host) getTrusts(c *cli.Call) error {
	var rows [][]string
	for _, t := range h.Stored().CTITrusts {
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

func (h *Host) updateTrust(c *cli.Call) error {
	alias := c.Arg("alias")
	certs, refused := h.readCertificates(c.Arg("trustAnchorFile"))
	if refused == nil && len(certs) != 1 {
		// assumed: a file with several certificates is refused
		refused = refusing(notPEM, c.Arg("trustAnchorFile"))
	}
	if refused != nil {
		return h.refuse(c, refused.problem, refused.args...)
	}
	if h.hasTrust(alias) {
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
		cfg.CTITrusts = append(slices.DeleteFunc(cfg.CTITrusts, named(alias)), Trust{alias, certs[0]})
		return nil
	})
}

func (h *Host) hasTrust(alias string) bool {
	return slices.ContainsFunc(h.Stored().CTITrusts, named(alias))
}

func named(alias string) func(Trust) bool {
	return func(t Trust) bool { return t.Alias == alias }
}

func (h *Host) deleteTrust(c *cli.Call) error {
	alias := c.Arg("alias")
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		if !slices.ContainsFunc(cfg.CTITrusts, named(alias)) {
			return refusing(notFound)
		}
		cfg.CTITrusts = slices.DeleteFunc(cfg.CTITrusts, named(alias))
		return nil
	})
}
