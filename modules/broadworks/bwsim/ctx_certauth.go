package bwsim

import (
	"strconv"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// certificateAuthentication is .../ExternalAuthentication/CertificateAuthentication.
// assumed: no restart is needed.
func (h *Host) certificateAuthentication() *cli.Level {
	return level("CertificateAuthentication",
		&cli.Command{Name: "get", Summary: "show the certificate authentication settings", Run: func(c *cli.Call) error {
			return h.keyValue(c, "allowClientApp", strconv.FormatBool(h.Stored().AllowClientApp))
		}},
		&cli.Command{
			Name:           "set",
			Summary:        "modify the certificate authentication settings",
			Attributes:     []cli.Param{{Name: "allowClientApp", Doc: "Allow clients to authenticate with certificates.", Type: cli.Bool}},
			NeedsAttribute: true,
			Run: func(c *cli.Call) error {
				return h.edit(c, atOnce, func(cfg *Config) *refusal {
					cfg.AllowClientApp = c.Arg("allowClientApp") == "true"
					return nil
				})
			},
		},
	)
}
