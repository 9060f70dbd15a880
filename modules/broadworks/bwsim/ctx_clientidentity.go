package bwsim

import (
	"slices"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// clientIdentity is AS_CLI/System/ClientIdentity: the names of certificates
// whose holders may subscribe to CTI events. assumed: names are compared
// without regard to case, and no restart is needed.
func (h *Host) clientIdentity() *cli.Level {
	identity := cli.Param{Name: "clientIdentity", Doc: "The common name of a client certificate.", Type: cli.String{Min: 1, Max: 256}}
	return level("ClientIdentity",
		&cli.Command{Name: "get", Summary: "show the client identities", Run: h.getIdentities},
		&cli.Command{Name: "add", Summary: "add a client identity", Params: []cli.Param{identity}, Run: h.addIdentity},
		&cli.Command{Name: "delete", Summary: "delete a client identity", Params: []cli.Param{identity}, Run: h.deleteIdentity},
	)
}

func sameFold(name string) func(string) bool {
	return func(other string) bool { return strings.EqualFold(name, other) }
}

func (h *Host) getIdentities(c *cli.Call) error {
	var rows [][]string
	for _, name := range h.Stored().ClientIdentities {
		rows = append(rows, []string{name})
	}
	return h.list(c, []string{h.dialect.identityTitle}, rows)
}

func (h *Host) addIdentity(c *cli.Call) error {
	name := c.Arg("clientIdentity")
	return h.edit(c, atOnce, func(cfg *Config) *refusal {
		if slices.ContainsFunc(cfg.ClientIdentities, sameFold(name)) {
			return refusing(duplicate)
		}
		cfg.ClientIdentities = append(cfg.ClientIdentities, name)
		return nil
	})
}

func (h *Host) deleteIdentity(c *cli.Call) error {
	name := c.Arg("clientIdentity")
	return h.edit(c, atOnce, func(cfg *Config) *refusal {
		if !slices.ContainsFunc(cfg.ClientIdentities, sameFold(name)) {
			return refusing(notFound)
		}
		cfg.ClientIdentities = slices.DeleteFunc(cfg.ClientIdentities, sameFold(name))
		return nil
	})
}
