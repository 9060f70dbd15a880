package bwsim

import (
	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// level is shorthand for the data below.
func level(name string, entries ...cli.Entry) *cli.Level {
	return &cli.Level{Name: name, Entries: entries}
}

// tree is the whole of a host's bwcli: which contexts exist and where. What
// they do is in the ctx_ files.
func (h *Host) tree() *cli.Level {
	if h.opts.Role == AS {
		return h.asTree()
	}
	return h.xspTree()
}

// asTree begins with the three entries that are there before login.
func (h *Host) asTree() *cli.Level {
	return level("",
		level("OpenClientServer"),
		h.loginCommand(),
		level("Maintenance", level("ManagedObjects"), level("Patching")),
		h.qversions(),
		level("Interface", level("Messaging"), level("SIP")),
		level("Monitoring", level("Alarm", level("AlarmsTable")), level("Report")),
		level("Service"),
		level("SubscriberMgmt", level("Administrator")),
		level("System",
			level("ActivatableFeature"),
			level("CallP"),
			h.clientIdentity(),
			level("CommunicationUtility"),
			level("Registration", level("Contacts")),
			level("Security"),
		),
	)
}

func (h *Host) xspTree() *cli.Level {
	return level("",
		level("Applications",
			h.authenticationService(),
			level("OpenClientServer"),
			level("WebContainer"),
			level("Xsi-Actions"),
			level("Xsi-Events", h.xsiEventsSettings()),
		),
		level("Interface",
			level("CTI",
				h.ctiServer(),
				level("SSLCommonSettings",
					h.tlsLevel("Ciphers", ctiCiphers),
					level("ClientAuthentication", h.trusts(ctiTrusts)),
					h.tlsLevel("Protocols", ctiProtocols),
				),
			),
			level("Http",
				h.httpAlias(),
				h.httpServer(),
				level("SSLCommonSettings",
					h.tlsLevel("Ciphers", httpCiphers),
					level("ClientAuthentication", h.trusts(httpTrusts), h.webAppAuth()),
					h.tlsLevel("Protocols", httpProtocols),
				),
			),
			level("SNMP", level("Agent")),
		),
		level("Maintenance", h.containerOptions(), h.managedObjects()),
		level("Monitoring", level("Alarm"), level("Report")),
		level("System",
			h.communicationUtility(),
			level("Security", level("BlackList")),
			level("SSLCommonSettings",
				level("GeneralSettings"),
				level("JSSE", h.tlsLevel("Ciphers", jsseCiphers), h.tlsLevel("Protocols", jsseProtocols)),
				level("OpenSSL", h.tlsLevel("Ciphers", openSSLCiphers), h.tlsLevel("Protocols", openSSLProtocols)),
			),
		),
		h.qbw(),
		h.qversions(),
	)
}
