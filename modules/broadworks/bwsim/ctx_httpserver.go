package bwsim

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// httpServer is Interface/Http/HttpServer. assumed: clusterFqdn is the name of
// the optional parameter; an interface takes its SSL settings and its web
// application entries with it when it is deleted; there is no set.
func (h *Host) httpServer() *cli.Level {
	name := cli.Param{Name: "name", Doc: "The name of the interface, such as the host name.", Type: cli.String{Min: 1, Max: 80}}
	cluster := cli.Param{Name: "clusterFqdn", Doc: "The name that the cluster is known by.", Type: cli.String{Min: 1, Max: 255}}
	return level("HttpServer",
		&cli.Command{Name: "get", Summary: "show the HTTP interfaces", Run: h.getHTTP},
		&cli.Command{
			Name:    "add",
			Summary: "add an HTTP interface",
			Doc: "Adds an HTTP interface. A secure interface gets a self-signed server certificate, " +
				"which is replaced in SSLSettings/Certificates.",
			Params:     []cli.Param{interfaceIP, portParam, name, secureParam, authParam},
			Attributes: []cli.Param{cluster},
			Run:        h.addHTTP,
		},
		&cli.Command{Name: "delete", Summary: "delete an HTTP interface", Params: []cli.Param{interfaceIP, portParam}, Run: h.deleteHTTP},
		h.sslSettings(httpFamily),
	)
}

func (h *Host) getHTTP(c *cli.Call) error {
	var rows [][]string
	for _, i := range h.Stored().HTTP {
		rows = append(rows, []string{i.IP.String(), strconv.Itoa(i.Port), i.Name,
			strconv.FormatBool(i.Secure), strconv.FormatBool(i.ClientAuthReq), i.ClusterFQDN})
	}
	return h.list(c, []string{"Interface", "Port", "Name", "Secure", "Client Auth Req", "Cluster Fqdn"}, rows)
}

// address is the interface that a call names.
func address(c *cli.Call) (netip.Addr, int) {
	port, _ := strconv.Atoi(c.Arg(portParam.Name)) // the parameter's type has checked it
	return netip.MustParseAddr(c.Arg(interfaceIP.Name)), port
}

func (h *Host) addHTTP(c *cli.Call) error {
	ip, port := address(c)
	row := HTTPInterface{
		IP: ip, Port: port, Name: c.Arg("name"), ClusterFQDN: c.Arg("clusterFqdn"),
		Secure: c.Arg("secure") == "true", ClientAuthReq: c.Arg("clientAuthReq") == "true",
	}
	self, err := selfSigned(h.Name())
	if err != nil {
		return err
	}
	row.Certificate = self
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		if cfg.http(ip, port) != nil {
			return refusing(duplicate)
		}
		cfg.HTTP = append(cfg.HTTP, row)
		return nil
	})
}

func (h *Host) deleteHTTP(c *cli.Call) error {
	ip, port := address(c)
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		if cfg.http(ip, port) == nil {
			return refusing(notFound)
		}
		cfg.HTTP = slices.DeleteFunc(cfg.HTTP, func(i HTTPInterface) bool { return i.IP == ip && i.Port == port })
		cfg.WebApps = slices.DeleteFunc(cfg.WebApps, func(w WebApp) bool { return w.IP == ip && w.Port == port })
		return nil
	})
}

// httpAlias is Interface/Http/HttpAlias: the names that clients use. assumed:
// its commands and its column.
func (h *Host) httpAlias() *cli.Level {
	alias := cli.Param{Name: "alias", Doc: "A fully qualified domain name.", Type: cli.String{Min: 1, Max: 255}}
	edit := func(change func([]string, string) ([]string, *refusal)) func(*cli.Call) error {
		return func(c *cli.Call) error {
			return h.edit(c, afterRestart, func(cfg *Config) *refusal {
				names, refused := change(cfg.HTTPAliases, c.Arg("alias"))
				if refused == nil {
					cfg.HTTPAliases = names
				}
				return refused
			})
		}
	}
	return level("HttpAlias",
		&cli.Command{Name: "get", Summary: "show the aliases", Run: func(c *cli.Call) error {
			var rows [][]string
			for _, name := range h.Stored().HTTPAliases {
				rows = append(rows, []string{name})
			}
			return h.list(c, []string{"Http Alias"}, rows)
		}},
		&cli.Command{Name: "add", Summary: "add an alias", Params: []cli.Param{alias}, Run: edit(addName)},
		&cli.Command{Name: "delete", Summary: "delete an alias", Params: []cli.Param{alias}, Run: edit(deleteName)},
	)
}
