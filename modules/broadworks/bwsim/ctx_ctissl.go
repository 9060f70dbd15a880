package bwsim

import (
	"net/netip"
	"slices"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

func (i *CTIInterface) protocols() *[]string { return &i.Protocols }
func (i *CTIInterface) ciphers() *[]string   { return &i.Ciphers }

// interfaceList is CTIServer/SSLSettings/Protocols or Ciphers: a list of names
// per interface address. assumed: a get without an address lists all.
func (h *Host) interfaceList(name, title string, entry cli.Param, list func(*CTIInterface) *[]string) *cli.Level {
	return level(name,
		&cli.Command{Name: "get", Summary: "show the " + name, Optional: []cli.Param{interfaceIP},
			Run: func(c *cli.Call) error { return h.getInterfaceList(c, title, list) }},
		&cli.Command{Name: "add", Summary: "add an entry", Params: []cli.Param{interfaceIP, entry},
			Run: func(c *cli.Call) error { return h.editInterfaceList(c, entry.Name, list, addName) }},
		&cli.Command{Name: "delete", Summary: "delete an entry", Params: []cli.Param{interfaceIP, entry},
			Run: func(c *cli.Call) error { return h.editInterfaceList(c, entry.Name, list, deleteName) }},
	)
}

func (h *Host) getInterfaceList(c *cli.Call, title string, list func(*CTIInterface) *[]string) error {
	cfg := h.Stored()
	var rows [][]string
	if !c.Has("interfaceIp") {
		for i := range cfg.CTI {
			for _, name := range *list(&cfg.CTI[i]) {
				rows = append(rows, []string{cfg.CTI[i].IP.String(), name})
			}
		}
		return h.list(c, []string{"Interface IP", title}, rows)
	}
	found := cfg.interfaces(netip.MustParseAddr(c.Arg("interfaceIp")))
	if len(found) == 0 {
		return h.refuse(c, notFound)
	}
	for _, name := range *list(found[0]) {
		rows = append(rows, []string{name})
	}
	return h.list(c, []string{title}, rows)
}

func (h *Host) editInterfaceList(c *cli.Call, param string, list func(*CTIInterface) *[]string,
	change func([]string, string) ([]string, *refusal)) error {
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		found := cfg.interfaces(netip.MustParseAddr(c.Arg("interfaceIp")))
		if len(found) == 0 {
			return refusing(notFound)
		}
		for _, i := range found {
			names, refused := change(*list(i), c.Arg(param))
			if refused != nil {
				return refused
			}
			*list(i) = names
		}
		return nil
	})
}

func addName(names []string, name string) ([]string, *refusal) {
	if slices.Contains(names, name) {
		return nil, refusing(duplicate)
	}
	return append(names, name), nil
}

func deleteName(names []string, name string) ([]string, *refusal) {
	i := slices.Index(names, name)
	if i < 0 {
		return nil, refusing(notFound)
	}
	return slices.Delete(names, i, i+1), nil
}
