package bwsim

import (
	"slices"
	"strconv"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// webAppAuth is Interface/Http/SSLCommonSettings/ClientAuthentication/WebApps.
// The grammar of set is published; assumed: that of delete, and that the
// interface must exist.
func (h *Host) webAppAuth() *cli.Level {
	names := cli.Choice{AuthenticationService}
	for _, app := range webApps {
		names = append(names, app[0])
	}
	app := cli.Param{Name: "applicationName", Doc: "The name of the web application.", Type: names}
	key := []cli.Param{interfaceIP, portParam, app}
	return level("WebApps",
		&cli.Command{Name: "get", Summary: "show the web applications", Run: h.getWebApps},
		&cli.Command{Name: "add", Summary: "add a web application", Params: append(slices.Clone(key), authParam), Run: h.addWebApp},
		&cli.Command{Name: "set", Summary: "modify a web application", Params: key, Attributes: []cli.Param{authParam},
			NeedsAttribute: true, Run: h.setWebApp},
		&cli.Command{Name: "delete", Summary: "delete a web application", Params: key, Run: h.deleteWebApp},
	)
}

func (h *Host) getWebApps(c *cli.Call) error {
	var rows [][]string
	for _, w := range h.Stored().WebApps {
		rows = append(rows, []string{w.IP.String(), strconv.Itoa(w.Port), w.Application, strconv.FormatBool(w.ClientAuthReq)})
	}
	return h.list(c, []string{"Interface Ip", "Port", "Application Name", "Client Auth Req"}, rows)
}

// webApp is the row that a call describes.
func webApp(c *cli.Call) WebApp {
	ip, port := address(c)
	return WebApp{ip, port, c.Arg("applicationName"), c.Arg("clientAuthReq") == "true"}
}

// place finds the row with the same key; -1 when there is none.
func (w WebApp) place(cfg *Config) int {
	return slices.IndexFunc(cfg.WebApps, func(o WebApp) bool {
		return o.IP == w.IP && o.Port == w.Port && o.Application == w.Application
	})
}

func (h *Host) addWebApp(c *cli.Call) error {
	row := webApp(c)
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		if cfg.http(row.IP, row.Port) == nil {
			return refusing(notFound)
		}
		if row.place(cfg) >= 0 {
			return refusing(duplicate)
		}
		cfg.WebApps = append(cfg.WebApps, row)
		return nil
	})
}

func (h *Host) setWebApp(c *cli.Call) error {
	row := webApp(c)
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		i := row.place(cfg)
		if i < 0 {
			return refusing(notFound)
		}
		cfg.WebApps[i] = row
		return nil
	})
}

func (h *Host) deleteWebApp(c *cli.Call) error {
	row := webApp(c)
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		i := row.place(cfg)
		if i < 0 {
			return refusing(notFound)
		}
		cfg.WebApps = slices.Delete(cfg.WebApps, i, i+1)
		return nil
	})
}
