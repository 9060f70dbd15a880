package bwsim

import (
	"time"

	"golang.org/x/crypto/ssh"
)

// Role is the type of a server; it decides the bwcli prompt and the contexts.
type Role string

// The roles that exist.
const (
	AS  Role = "AS"
	XSP Role = "XSP"
	ADP Role = "ADP"
)

// Options describe a fleet. The zero value is one AS and two XSPs in site fra
// that speak dialect 0 and restart at once.
type Options struct {
	// Hosts lists the fleet explicitly; the counts and Sites are ignored then.
	Hosts []HostOptions

	// ASCount, XSPCount and ADPCount are totals, spread evenly over Sites and
	// named as1.fra.example.net, xsp01.muc.example.net, adp01.fra.example.net.
	ASCount, XSPCount, ADPCount int
	// Sites are the second label of the host names; default fra.
	Sites []string

	// Dialect is the seed of the dialect that every host speaks unless its
	// HostOptions name another; 0 prints the published texts literally.
	Dialect uint64
	// Profile holds switches for every host; a host may add its own.
	Profile Profile

	// Port is the SSH port, the same on every host's own address; default 2222.
	Port int
	// HTTPSPort is the port that the lab's inventory gives to HTTP interfaces as
	// http_port; default 8443, because not everybody may open 443. The servers
	// take any port.
	HTTPSPort int
	// AuthorizedKeys may log in as User, besides the fleet's own UserKey.
	AuthorizedKeys []ssh.PublicKey
	// User is the only account; default bwadmin, home /export/home/bwadmin.
	User string
	// CLIUser and CLIPassword are what the AS's bwcli login accepts; defaults
	// admin and "admin password".
	CLIUser, CLIPassword string

	// RestartTime is how long restartbw keeps a server down; default 0.
	RestartTime time.Duration
}

// HostOptions describe one host. Only Name and Role are needed.
type HostOptions struct {
	Name string
	Role Role
	// Release is R22, R23 or R24 for AS and XSP (defaults R24 and R23), or a
	// release-independent version for ADP; default 2022.11.
	Release string
	// Site ends up in the inventory as data.site; default the name's second label.
	Site string
	// Dialect, when not nil, replaces the fleet's dialect on this host.
	Dialect *uint64
	Profile Profile
	// ServiceAddress gives the host a second loopback address for its
	// interfaces, as Host.CTIAddr; else interfaces use the host's only address.
	ServiceAddress bool
}

const (
	defaultPort        = 2222
	defaultHTTPSPort   = 8443
	defaultUser        = "bwadmin"
	defaultCLIUser     = "admin"
	defaultCLIPassword = "admin password"
)

// withDefaults fills in what the caller left out.
func (o Options) withDefaults() Options {
	if o.Port == 0 {
		o.Port = defaultPort
	}
	if o.HTTPSPort == 0 {
		o.HTTPSPort = defaultHTTPSPort
	}
	if o.User == "" {
		o.User = defaultUser
	}
	if o.CLIUser == "" {
		o.CLIUser = defaultCLIUser
	}
	if o.CLIPassword == "" {
		o.CLIPassword = defaultCLIPassword
	}
	if len(o.Sites) == 0 {
		o.Sites = []string{"fra"}
	}
	if len(o.Hosts) == 0 && o.ASCount+o.XSPCount+o.ADPCount == 0 {
		o.ASCount, o.XSPCount = 1, 2
	}
	if len(o.Hosts) == 0 {
		o.Hosts = spread(o)
	}
	return o
}
