package bwsim

import (
	"slices"
	"strconv"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// family is a kind of interface with SSL settings: CTI, whose settings belong to
// an address, or HTTP, whose settings belong to an address and a port.
type family struct {
	keys   []cli.Param
	titles []string // of the keys' columns; assumed
	rows   func(*Config) []sslRow
}

// sslRow is one interface by the texts of its keys.
type sslRow struct {
	key []string
	*SSLSettings
}

var ctiFamily = family{
	keys:   []cli.Param{interfaceIP},
	titles: []string{"Interface IP"},
	rows: func(c *Config) []sslRow {
		var rows []sslRow
		for i := range c.CTI {
			rows = append(rows, sslRow{[]string{c.CTI[i].IP.String()}, &c.CTI[i].SSLSettings})
		}
		return rows
	},
}

var httpFamily = family{
	keys:   []cli.Param{interfaceIP, portParam},
	titles: []string{"Interface Ip", "Port"},
	rows: func(c *Config) []sslRow {
		var rows []sslRow
		for i := range c.HTTP {
			key := []string{c.HTTP[i].IP.String(), strconv.Itoa(c.HTTP[i].Port)}
			rows = append(rows, sslRow{key, &c.HTTP[i].SSLSettings})
		}
		return rows
	},
}

// find lists the interfaces that the keys of a call mean; a key that is left out
// means all.
func (f family) find(c *cli.Call, cfg *Config) []sslRow {
	return slices.DeleteFunc(f.rows(cfg), func(r sslRow) bool {
		for i, p := range f.keys {
			if c.Has(p.Name) && c.Arg(p.Name) != r.key[i] {
				return true
			}
		}
		return false
	})
}

// one tells whether a call has all keys and so means a single interface.
func (f family) one(c *cli.Call) bool { return c.Has(f.keys[len(f.keys)-1].Name) }

// distinct leaves one row of each key: CTI interfaces of one address share
// their settings.
func distinct(rows []sslRow) []sslRow {
	return slices.CompactFunc(rows, func(a, b sslRow) bool { return slices.Equal(a.key, b.key) })
}

// edit changes every interface that a call means.
func (f family) edit(h *Host, c *cli.Call, change func(*SSLSettings) *refusal) error {
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		found := f.find(c, cfg)
		if len(found) == 0 {
			return refusing(notFound)
		}
		for _, row := range found {
			if refused := change(row.SSLSettings); refused != nil {
				return refused
			}
		}
		return nil
	})
}

// sslSettings is CTIServer/SSLSettings or HttpServer/SSLSettings.
func (h *Host) sslSettings(f family) *cli.Level {
	return level("SSLSettings",
		h.certificates(f),
		h.interfaceList(f, "Ciphers", "Cipher Name", cipherName, func(l *TLSLists) *[]string { return &l.Ciphers }),
		h.interfaceList(f, "Protocols", "Protocol Name", h.protocolName(), func(l *TLSLists) *[]string { return &l.Protocols }),
	)
}

// interfaceList is the names of one kind for every interface. assumed: a get
// without a key lists all.
func (h *Host) interfaceList(f family, name, title string, entry cli.Param, list func(*TLSLists) *[]string) *cli.Level {
	edit := func(change func([]string, string) ([]string, *refusal)) func(*cli.Call) error {
		return func(c *cli.Call) error {
			return f.edit(h, c, func(s *SSLSettings) *refusal {
				names, refused := change(*list(&s.TLSLists), c.Arg(entry.Name))
				if refused == nil {
					*list(&s.TLSLists) = names
				}
				return refused
			})
		}
	}
	params := append(slices.Clone(f.keys), entry)
	return level(name,
		&cli.Command{Name: "get", Summary: "show the " + name, Optional: f.keys, Run: func(c *cli.Call) error {
			return h.getInterfaceList(c, f, title, list)
		}},
		&cli.Command{Name: "add", Summary: "add an entry", Params: params, Run: edit(addName)},
		&cli.Command{Name: "delete", Summary: "delete an entry", Params: params, Run: edit(deleteName)},
	)
}

func (h *Host) getInterfaceList(c *cli.Call, f family, title string, list func(*TLSLists) *[]string) error {
	cfg := h.Stored()
	found := distinct(f.find(c, &cfg))
	if f.one(c) && len(found) == 0 {
		return h.refuse(c, notFound)
	}
	header := []string{title}
	if !f.one(c) {
		header = append(slices.Clone(f.titles), title)
	}
	var rows [][]string
	for _, row := range found {
		for _, name := range *list(&row.TLSLists) {
			cells := append(slices.Clone(row.key), name)
			rows = append(rows, cells[len(cells)-len(header):])
		}
	}
	return h.list(c, header, rows)
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
