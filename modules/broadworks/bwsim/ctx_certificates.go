package bwsim

import (
	"net/netip"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// certificates is CTIServer/SSLSettings/Certificates. assumed: what get shows,
// that chainFile may be left out, and every refusal.
func (h *Host) certificates() *cli.Level {
	file := cli.String{Min: 1, Max: 255}
	return level("Certificates",
		&cli.Command{Name: "get", Summary: "show the server certificates", Optional: []cli.Param{interfaceIP}, Run: h.getCertificates},
		&cli.Command{
			Name:    "sslUpdate",
			Summary: "replace the private key and the certificate of an interface",
			Params:  []cli.Param{interfaceIP},
			Attributes: []cli.Param{
				{Name: "keyFile", Doc: "The path of the private key.", Type: file},
				{Name: "certificateFile", Doc: "The path of the server certificate.", Type: file},
				{Name: "chainFile", Doc: "The path of the chain of issuing certificates.", Type: file},
			},
			NeedsAttribute: true,
			Run:            h.sslUpdate,
		},
	)
}

func (h *Host) getCertificates(c *cli.Call) error {
	cfg := h.Stored()
	var rows [][]string
	seen := map[netip.Addr]bool{}
	for _, i := range cfg.CTI {
		if seen[i.IP] || c.Has("interfaceIp") && i.IP.String() != c.Arg("interfaceIp") {
			continue
		}
		seen[i.IP] = true
		leaf := i.Certificate.Chain[0]
		issuer := shown(leaf.Issuer)
		if selfIssued(leaf) {
			issuer += "[self-signed]"
		}
		rows = append(rows, []string{i.IP.String(), shown(leaf.Subject), issuer, leaf.NotAfter.UTC().Format("Jan 2, 2006")})
	}
	if c.Has("interfaceIp") && len(rows) == 0 {
		return h.refuse(c, notFound)
	}
	return h.list(c, []string{"Interface IP", "Owner", "Issuer", "Valid Until"}, rows)
}

func (h *Host) sslUpdate(c *cli.Call) error {
	ip := netip.MustParseAddr(c.Arg("interfaceIp"))
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
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		found := cfg.interfaces(ip)
		if len(found) == 0 {
			return refusing(notFound)
		}
		for _, i := range found {
			i.Certificate = given
		}
		return nil
	})
}
