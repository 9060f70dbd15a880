package bwsim

import (
	"slices"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// beforeLogin are the entries that an AS shows before login.
var beforeLogin = []string{"OpenClientServer", "login", "Maintenance"}

// demandsLogin tells whether this host hides most levels until login.
func (h *Host) demandsLogin() bool {
	if h.opts.Role != AS || h.opts.Profile.Login == LoginOff {
		return false
	}
	return h.opts.Profile.Login == LoginRequired || h.dialect.login
}

// loginState is whether one bwcli session may see everything. It is the
// session's State, because all sessions of a host share one tree.
type loginState struct{ in bool }

func (l *loginState) visible(name string) bool {
	return l.in || slices.Contains(beforeLogin, name)
}

// loginCommand asks for the password. assumed: the refusal.
func (h *Host) loginCommand() *cli.Command {
	return &cli.Command{
		Name:    "login",
		Summary: "establish a session with BroadWorks",
		Params:  []cli.Param{{Name: "userid on BroadWorks", Doc: "The user ID of an administrator.", Type: cli.String{Min: 2, Max: 161}}},
		Run: func(c *cli.Call) error {
			password, err := c.AskSecret("Password:")
			if err != nil {
				return err
			}
			user := c.Arg("userid on BroadWorks")
			if user != h.fleet.opts.CLIUser || password != h.fleet.opts.CLIPassword {
				return h.refuse(c, badLogin)
			}
			c.State.(*loginState).in = true
			c.Print(user + " logging in...\n")
			return nil
		},
	}
}

// qversions lists the installed server versions.
func (h *Host) qversions() *cli.Command {
	return &cli.Command{Name: "qversions", Summary: "show the installed versions", Run: func(c *cli.Call) error {
		return h.list(c, []string{"Identity", "Version", "Install Date", "Status"},
			[][]string{{string(h.opts.Role), h.shortVersion(), "Feb 11, 2022", "Active"}})
	}}
}
