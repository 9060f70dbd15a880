package bwsim

import (
	"net/netip"
	"slices"
	"strings"
)

// HTTPInterface is one row of HttpServer with its SSL settings.
type HTTPInterface struct {
	IP            netip.Addr
	Port          int
	Name          string
	Secure        bool
	ClientAuthReq bool
	// ClusterFQDN is "" where none was given.
	ClusterFQDN string
	SSLSettings
}

// WebApp is one row of ClientAuthentication/WebApps.
type WebApp struct {
	IP            netip.Addr
	Port          int
	Application   string
	ClientAuthReq bool
}

// AppState is how far an application has come in its life.
type AppState string

// The states of an application, each reached from the one before.
const (
	AppInstalled AppState = "Installed"
	AppActivated AppState = "Activated"
	AppDeployed  AppState = "Deployed"
)

// AuthenticationService is the name of the application in its canonical form;
// the server accepts it in any case.
const AuthenticationService = "AuthenticationService"

// Application is one version of an application on the server's disk.
type Application struct {
	Name, Version string
	// Path is the context path; "" while the application is not activated.
	Path  string
	State AppState
}

// TokenSettings is Applications/AuthenticationService/TokenManagement.
type TokenSettings struct {
	Issuer          string
	DurationInHours int
}

// UtilitySettings is System/CommunicationUtility/DefaultSettings.
type UtilitySettings struct {
	UserTransactionLimit, TransactionLimitPeriodSecs int
}

// ContainerOption is one row of Maintenance/ContainerOptions.
type ContainerOption struct{ Container, Name, Value string }

// app finds the authentication service in its furthest state; the zero
// Application when it is not even installed.
func (c *Config) app(name string) Application {
	var found Application
	for _, a := range c.Applications {
		if strings.EqualFold(a.Name, name) && (found.Name == "" || a.State != AppInstalled) {
			found = a
		}
	}
	return found
}

// http finds an HTTP interface; nil when there is none.
func (c *Config) http(ip netip.Addr, port int) *HTTPInterface {
	i := slices.IndexFunc(c.HTTP, func(i HTTPInterface) bool { return i.IP == ip && i.Port == port })
	if i < 0 {
		return nil
	}
	return &c.HTTP[i]
}

// trust anchors of the two kinds of interface.
func ctiTrusts(c *Config) *[]Trust  { return &c.CTITrusts }
func httpTrusts(c *Config) *[]Trust { return &c.HTTPTrusts }
