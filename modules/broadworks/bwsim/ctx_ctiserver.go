package bwsim

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

var (
	interfaceIP = cli.Param{Name: "interfaceIp", Doc: "The IP address of the interface.", Type: cli.IP{}}
	portParam   = cli.Param{Name: "port", Doc: "The port of the interface.", Type: cli.Integer{Min: 1, Max: 65535}}
	secureParam = cli.Param{Name: "secure", Doc: "Whether the interface uses TLS.", Type: cli.Bool}
	certParam   = cli.Param{Name: "serverCertificate", Doc: "Whether the interface presents a certificate.", Type: cli.Bool}
	authParam   = cli.Param{Name: "clientAuthReq", Doc: "Whether clients must present a certificate.", Type: cli.Bool}
)

// ctiServer is Interface/CTI/CTIServer. assumed: delete and set take the
// address, and the port where one address has several interfaces; a pair of
// address and port exists once; what is published for R22 and R23 holds for
// R24 and ADP.
func (h *Host) ctiServer() *cli.Level {
	return level("CTIServer",
		&cli.Command{Name: "get", Summary: "show the CTI interfaces", Run: h.getCTI},
		&cli.Command{
			Name:    "add",
			Summary: "add a CTI interface",
			Doc: "Adds a CTI interface. A secure interface gets a self-signed server certificate, " +
				"which is replaced in SSLSettings/Certificates.",
			Params: []cli.Param{interfaceIP, portParam, secureParam, certParam, authParam},
			Run:    h.addCTI,
		},
		&cli.Command{Name: "delete", Summary: "delete a CTI interface", Params: []cli.Param{interfaceIP},
			Optional: []cli.Param{portParam}, Run: h.deleteCTI},
		&cli.Command{
			Name: "set", Summary: "modify a CTI interface", Params: []cli.Param{interfaceIP}, Optional: []cli.Param{portParam},
			Attributes: []cli.Param{secureParam, certParam, authParam}, NeedsAttribute: true, Run: h.setCTI,
		},
		h.sslSettings(ctiFamily),
	)
}

func (h *Host) getCTI(c *cli.Call) error {
	var rows [][]string
	for _, i := range h.Stored().CTI {
		rows = append(rows, []string{i.IP.String(), strconv.Itoa(i.Port), strconv.FormatBool(i.Secure),
			strconv.FormatBool(i.ServerCertificate), strconv.FormatBool(i.ClientAuthReq)})
	}
	return h.list(c, []string{"Interface IP", "Port", "Secure", "Server Certificate", "Client Auth Req"}, rows)
}

func (h *Host) addCTI(c *cli.Call) error {
	port, _ := strconv.Atoi(c.Arg("port"))
	row := CTIInterface{
		IP:                netip.MustParseAddr(c.Arg("interfaceIp")),
		Port:              port,
		Secure:            c.Arg("secure") == "true",
		ServerCertificate: c.Arg("serverCertificate") == "true",
		ClientAuthReq:     c.Arg("clientAuthReq") == "true",
	}
	self, err := selfSigned(h.Name())
	if err != nil {
		return err
	}
	row.Certificate = self
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		for _, other := range cfg.interfaces(row.IP) {
			if other.Port == row.Port {
				return refusing(duplicate)
			}
			row.SSLSettings = SSLSettings{other.TLSLists.clone(), other.Certificate}
		}
		cfg.CTI = append(cfg.CTI, row)
		return nil
	})
}

// pickCTI finds the row that an address, and a port if given, mean.
func pickCTI(c *cli.Call, cfg *Config) (*CTIInterface, *refusal) {
	rows := cfg.interfaces(netip.MustParseAddr(c.Arg("interfaceIp")))
	if c.Has("port") {
		rows = slices.DeleteFunc(rows, func(i *CTIInterface) bool { return strconv.Itoa(i.Port) != c.Arg("port") })
	}
	switch len(rows) {
	case 0:
		return nil, refusing(notFound)
	case 1:
		return rows[0], nil
	}
	return nil, refusing(inUse, c.Arg("interfaceIp"))
}

func (h *Host) deleteCTI(c *cli.Call) error {
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		row, refused := pickCTI(c, cfg)
		if refused != nil {
			return refused
		}
		ip, port := row.IP, row.Port
		cfg.CTI = slices.DeleteFunc(cfg.CTI, func(i CTIInterface) bool { return i.IP == ip && i.Port == port })
		return nil
	})
}

func (h *Host) setCTI(c *cli.Call) error {
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		row, refused := pickCTI(c, cfg)
		if refused != nil {
			return refused
		}
		for name, field := range map[string]*bool{
			"secure": &row.Secure, "serverCertificate": &row.ServerCertificate, "clientAuthReq": &row.ClientAuthReq,
		} {
			if c.Has(name) {
				*field = c.Arg(name) == "true"
			}
		}
		return nil
	})
}
