package bwsim

import (
	"strconv"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// authenticationService is Applications/AuthenticationService. It is there only
// while the application is. assumed: from activation or from deployment on, by
// dialect; published with both spellings.
func (h *Host) authenticationService() *cli.Level {
	l := level(h.dialect.authName, h.keyManagement(), h.tokenManagement())
	l.When = func() bool {
		cfg := h.Stored()
		state := cfg.app(AuthenticationService).State
		return state == AppDeployed || state == AppActivated && h.dialect.authEarly
	}
	return l
}

// tokenManagement is the life of tokens: 4320 hours are the published 180 days.
func (h *Host) tokenManagement() *cli.Level {
	issuer := cli.Param{Name: "tokenIssuer", Doc: "The issuer of the tokens.", Type: cli.String{Min: 1, Max: 80}}
	hours := cli.Param{Name: "tokenDurationInHours", Doc: "How long a token is valid.", Type: cli.Integer{Min: 1, Max: 4320}}
	return level("TokenManagement",
		&cli.Command{Name: "get", Summary: "show the token settings", Run: func(c *cli.Call) error {
			t := h.Stored().Token
			return h.keyValue(c, issuer.Name, t.Issuer, hours.Name, strconv.Itoa(t.DurationInHours))
		}},
		&cli.Command{Name: "set", Summary: "modify the token settings", Attributes: []cli.Param{issuer, hours}, NeedsAttribute: true,
			Run: func(c *cli.Call) error {
				return h.edit(c, h.dialect.tokenEffect, func(cfg *Config) *refusal {
					if c.Has(issuer.Name) {
						cfg.Token.Issuer = c.Arg(issuer.Name)
					}
					number(c, hours.Name, &cfg.Token.DurationInHours)
					return nil
				})
			}},
	)
}

// number takes an integer that was given.
func number(c *cli.Call, name string, to *int) {
	if c.Has(name) {
		*to, _ = strconv.Atoi(c.Arg(name)) // the parameter's type has checked it
	}
}
