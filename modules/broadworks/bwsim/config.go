package bwsim

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/x509"
	"net/netip"
	"slices"
)

// Config is what a server is configured to do. A host has two: the stored one,
// which bwcli reads and writes, and the active one, which its listeners obey.
type Config struct {
	// ClientIdentities is AS_CLI/System/ClientIdentity, in the order of entry.
	ClientIdentities []string
	// CTI is Interface/CTI/CTIServer, sorted by address and port.
	CTI []CTIInterface
	// CTICommon holds Interface/CTI/SSLCommonSettings, for all CTI interfaces.
	CTICommon TLSLists
	// CTITrusts is Interface/CTI/SSLCommonSettings/ClientAuthentication/Trusts,
	// sorted by alias.
	CTITrusts []Trust
	// JSSE and OpenSSL hold System/SSLCommonSettings: the system-wide lists and
	// those of the transport protocols.
	JSSE, OpenSSL TLSLists
	// AllowClientApp is .../ExternalAuthentication/CertificateAuthentication.
	AllowClientApp bool

	// HTTP is Interface/Http/HttpServer, sorted by address and port.
	HTTP []HTTPInterface
	// HTTPCommon holds Interface/Http/SSLCommonSettings, for all HTTP interfaces.
	HTTPCommon TLSLists
	// HTTPTrusts is Interface/Http/SSLCommonSettings/ClientAuthentication/Trusts,
	// sorted by alias; the CTI interfaces do not use it.
	HTTPTrusts []Trust
	// WebApps is .../ClientAuthentication/WebApps, sorted by address, port and
	// application.
	WebApps []WebApp
	// HTTPAliases is Interface/Http/HttpAlias, in the order of entry.
	HTTPAliases []string

	// Applications is what ManagedObjects knows, in the order of installation.
	Applications []Application
	// Token is Applications/AuthenticationService/TokenManagement.
	Token TokenSettings
	// Keys are what the authentication service has; the zero Keys are none.
	Keys Keys
	// AuthServiceURL is .../ExternalAuthentication/AuthService.
	AuthServiceURL string
	// Utility is System/CommunicationUtility/DefaultSettings.
	Utility UtilitySettings
	// ContainerOptions is Maintenance/ContainerOptions, sorted by container and
	// name.
	ContainerOptions []ContainerOption
	// CallControlApplicationName is Applications/Xsi-Events/GeneralSettings.
	CallControlApplicationName string
}

// TLSLists are the protocol and cipher names set at one level, in the order of
// entry. An empty list means that the next more general level applies.
type TLSLists struct {
	Protocols, Ciphers []string
}

// CTIInterface is one row of CTIServer with the SSL settings of its address.
type CTIInterface struct {
	IP                netip.Addr
	Port              int
	Secure            bool
	ServerCertificate bool
	ClientAuthReq     bool
	SSLSettings
}

// SSLSettings is what CTIServer/SSLSettings or HttpServer/SSLSettings says of
// one interface.
type SSLSettings struct {
	TLSLists
	Certificate Certificate
}

// Certificate is what an interface presents.
type Certificate struct {
	// Chain is the leaf first, then the issuers in the order of the chain file.
	Chain []*x509.Certificate
	// SelfSigned tells the certificate that add made from one given later.
	SelfSigned bool
	key        crypto.Signer
}

// Trust is one trust anchor.
type Trust struct {
	Alias       string
	Certificate *x509.Certificate
}

// clone copies everything that commands change in place; certificates are
// never changed, only replaced.
func (c Config) clone() Config {
	c.ClientIdentities = slices.Clone(c.ClientIdentities)
	c.CTITrusts = slices.Clone(c.CTITrusts)
	c.CTICommon = c.CTICommon.clone()
	c.JSSE = c.JSSE.clone()
	c.OpenSSL = c.OpenSSL.clone()
	c.CTI = slices.Clone(c.CTI)
	for i := range c.CTI {
		c.CTI[i].TLSLists = c.CTI[i].TLSLists.clone()
	}
	c.HTTP = slices.Clone(c.HTTP)
	for i := range c.HTTP {
		c.HTTP[i].TLSLists = c.HTTP[i].TLSLists.clone()
	}
	c.HTTPCommon = c.HTTPCommon.clone()
	c.HTTPTrusts = slices.Clone(c.HTTPTrusts)
	c.WebApps = slices.Clone(c.WebApps)
	c.HTTPAliases = slices.Clone(c.HTTPAliases)
	c.Applications = slices.Clone(c.Applications)
	c.ContainerOptions = slices.Clone(c.ContainerOptions)
	return c
}

func (l TLSLists) clone() TLSLists {
	return TLSLists{Protocols: slices.Clone(l.Protocols), Ciphers: slices.Clone(l.Ciphers)}
}

// interfaces returns the rows of one address: its SSL settings are keyed by the
// address alone, so they are kept equal on all of its ports.
func (c *Config) interfaces(ip netip.Addr) []*CTIInterface {
	var rows []*CTIInterface
	for i := range c.CTI {
		if c.CTI[i].IP == ip {
			rows = append(rows, &c.CTI[i])
		}
	}
	return rows
}

func (c *Config) sort() {
	slices.SortFunc(c.CTI, func(a, b CTIInterface) int {
		return cmp.Or(a.IP.Compare(b.IP), cmp.Compare(a.Port, b.Port))
	})
	for _, trusts := range [][]Trust{c.CTITrusts, c.HTTPTrusts} {
		slices.SortFunc(trusts, func(a, b Trust) int { return cmp.Compare(a.Alias, b.Alias) })
	}
	slices.SortFunc(c.HTTP, func(a, b HTTPInterface) int {
		return cmp.Or(a.IP.Compare(b.IP), cmp.Compare(a.Port, b.Port))
	})
	slices.SortFunc(c.WebApps, func(a, b WebApp) int {
		return cmp.Or(a.IP.Compare(b.IP), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Application, b.Application))
	})
	slices.SortFunc(c.ContainerOptions, func(a, b ContainerOption) int {
		return cmp.Or(cmp.Compare(a.Container, b.Container), cmp.Compare(a.Name, b.Name))
	})
}

// selfIssued tells a root from an intermediate.
func selfIssued(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer)
}
