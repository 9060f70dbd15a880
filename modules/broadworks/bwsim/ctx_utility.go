package bwsim

import (
	"strconv"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// communicationUtility is System/CommunicationUtility. assumed: which settings
// there are beyond the two that a guide names, their ranges and defaults.
func (h *Host) communicationUtility() *cli.Level {
	limit := cli.Param{Name: "userTransactionLimit", Doc: "How many transactions one user may do in a period.", Type: cli.Integer{Min: 1, Max: 100000}}
	period := cli.Param{Name: "transactionLimitPeriodSecs", Doc: "The length of the period in seconds.", Type: cli.Integer{Min: 1, Max: 86400}}
	return level("CommunicationUtility",
		level("DefaultSettings",
			&cli.Command{Name: "get", Summary: "show the default settings", Run: func(c *cli.Call) error {
				u := h.Stored().Utility
				return h.keyValue(c, limit.Name, strconv.Itoa(u.UserTransactionLimit), period.Name, strconv.Itoa(u.TransactionLimitPeriodSecs))
			}},
			&cli.Command{Name: "set", Summary: "modify the default settings", Attributes: []cli.Param{limit, period}, NeedsAttribute: true,
				Run: func(c *cli.Call) error {
					return h.edit(c, h.dialect.utilityEffect, func(cfg *Config) *refusal {
						number(c, limit.Name, &cfg.Utility.UserTransactionLimit)
						number(c, period.Name, &cfg.Utility.TransactionLimitPeriodSecs)
						return nil
					})
				}},
			level("ExternalAuthentication", h.authServiceURL(), h.certificateAuthentication()),
		),
	)
}

// authServiceURL is .../ExternalAuthentication/AuthService. assumed: an unset
// URL is shown as nothing, and what is not a URL is refused.
func (h *Host) authServiceURL() *cli.Level {
	return level("AuthService",
		h.getText("url", func(c *Config) string { return c.AuthServiceURL }),
		&cli.Command{Name: "set", Summary: "modify the authentication service's address", NeedsAttribute: true,
			Attributes: []cli.Param{{Name: "url", Doc: "The URL of the authentication service.", Type: cli.String{Min: 1, Max: 255}}},
			Run: func(c *cli.Call) error {
				return h.edit(c, afterRestart, func(cfg *Config) *refusal {
					if !webURL.MatchString(c.Arg("url")) {
						return refusing(badURL, c.Arg("url"))
					}
					cfg.AuthServiceURL = c.Arg("url")
					return nil
				})
			}},
	)
}

// xsiEventsSettings is Applications/Xsi-Events/GeneralSettings. assumed: when a
// change takes effect.
func (h *Host) xsiEventsSettings() *cli.Level {
	const name = "callControlApplicationName"
	return level("GeneralSettings",
		h.getText(name, func(c *Config) string { return c.CallControlApplicationName }),
		&cli.Command{Name: "set", Summary: "modify the general settings", NeedsAttribute: true,
			Attributes: []cli.Param{{Name: name, Doc: "The name by which the Application Server knows this application.", Type: cli.String{Min: 1, Max: 80}}},
			Run: func(c *cli.Call) error {
				return h.edit(c, h.dialect.xsiEffect, func(cfg *Config) *refusal {
					cfg.CallControlApplicationName = c.Arg(name)
					return nil
				})
			}},
	)
}

// getText is a get of one setting.
func (h *Host) getText(name string, value func(*Config) string) *cli.Command {
	return &cli.Command{Name: "get", Summary: "show the settings", Run: func(c *cli.Call) error {
		cfg := h.Stored()
		return h.keyValue(c, name, value(&cfg))
	}}
}
