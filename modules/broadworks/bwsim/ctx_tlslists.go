package bwsim

import (
	"regexp"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// The lists of the three general levels.
func ctiProtocols(c *Config) *[]string     { return &c.CTICommon.Protocols }
func ctiCiphers(c *Config) *[]string       { return &c.CTICommon.Ciphers }
func httpProtocols(c *Config) *[]string    { return &c.HTTPCommon.Protocols }
func httpCiphers(c *Config) *[]string      { return &c.HTTPCommon.Ciphers }
func jsseProtocols(c *Config) *[]string    { return &c.JSSE.Protocols }
func jsseCiphers(c *Config) *[]string      { return &c.JSSE.Ciphers }
func openSSLProtocols(c *Config) *[]string { return &c.OpenSSL.Protocols }
func openSSLCiphers(c *Config) *[]string   { return &c.OpenSSL.Ciphers }

// tlsLevel is a Protocols or Ciphers context without an address.
func (h *Host) tlsLevel(name string, list func(*Config) *[]string) *cli.Level {
	title, entry := "Cipher Name", cipherName
	if name == "Protocols" {
		title, entry = "Protocol Name", h.protocolName()
	}
	edit := func(change func([]string, string) ([]string, *refusal)) func(*cli.Call) error {
		return func(c *cli.Call) error {
			return h.edit(c, afterRestart, func(cfg *Config) *refusal {
				names, refused := change(*list(cfg), c.Arg(entry.Name))
				if refused == nil {
					*list(cfg) = names
				}
				return refused
			})
		}
	}
	return level(name,
		&cli.Command{Name: "get", Summary: "show the " + name, Run: func(c *cli.Call) error {
			cfg := h.Stored()
			var rows [][]string
			for _, n := range *list(&cfg) {
				rows = append(rows, []string{n})
			}
			return h.list(c, []string{title}, rows)
		}},
		&cli.Command{Name: "add", Summary: "add an entry", Params: []cli.Param{entry}, Run: edit(addName)},
		&cli.Command{Name: "delete", Summary: "delete an entry", Params: []cli.Param{entry}, Run: edit(deleteName)},
	)
}

// protocolName is the choice of protocols. assumed: TLSv1.3 exists on ADP only.
func (h *Host) protocolName() cli.Param {
	names := cli.Choice{"TLSv1", "TLSv1.1", "TLSv1.2"}
	if h.opts.Role == ADP {
		names = append(names, "TLSv1.3")
	}
	return cli.Param{Name: "protocolName", Doc: "The name of the protocol.", Type: names}
}

var cipherName = cli.Param{Name: "cipherName", Doc: "The IANA name of the cipher suite.", Type: ianaCipher{}}

// ianaCipher accepts names in IANA's form. It is loose on purpose: the
// published example lacks the suffix that the registered name has.
type ianaCipher struct{}

var ianaForm = regexp.MustCompile(`^TLS_[A-Z0-9]+(_[A-Za-z0-9]+)+$`)

func (ianaCipher) String() string { return "String {1 to 80 characters}" }

// Canonical implements cli.Type.
func (ianaCipher) Canonical(v string) (string, bool) {
	return v, ianaForm.MatchString(v) && (strings.Contains(v, "_WITH_") || strings.HasPrefix(v, "TLS_AES_") || strings.HasPrefix(v, "TLS_CHACHA20_"))
}

// defaultConfig is a fresh install: the published twelve ciphers at the system
// level, and on an XSP or ADP the web applications. assumed: the protocols, and
// the values of every other setting but the two that are published.
func (h *Host) defaultConfig() Config {
	var ciphers []string
	for _, suffix := range []string{"GCM", "CBC"} {
		for _, exchange := range []string{"ECDHE_RSA", "ECDHE_ECDSA", "DHE_DSS", "DHE_RSA", "ECDH_RSA", "ECDH_ECDSA"} {
			ciphers = append(ciphers, "TLS_"+exchange+"_WITH_AES_128_"+suffix+"_SHA256")
		}
	}
	c := Config{JSSE: TLSLists{Protocols: []string{"TLSv1.1", "TLSv1.2", "TLSv1"}, Ciphers: ciphers}}
	if h.opts.Role != AS {
		for _, app := range webApps {
			c.Applications = append(c.Applications, Application{app[0], h.shortVersion(), app[1], AppDeployed})
		}
		c.Applications = append(c.Applications, Application{Name: AuthenticationService, Version: h.shortVersion(), State: AppInstalled})
		c.Token = TokenSettings{Issuer: "BroadWorks", DurationInHours: 720}
		c.Utility = UtilitySettings{UserTransactionLimit: 50, TransactionLimitPeriodSecs: 10}
		c.CallControlApplicationName = "com.broadsoft.xsi-events"
	}
	return c
}
