package bwsim

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"
)

// firstSet is the most specific list that has entries.
func firstSet(lists ...[]string) []string {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}

// effective gives the lists that apply to an interface: its own, else those of
// all interfaces of its kind, else those of the transport, else the system's.
func (c Config) effective(own, common TLSLists) TLSLists {
	return TLSLists{
		Protocols: firstSet(own.Protocols, common.Protocols, c.OpenSSL.Protocols, c.JSSE.Protocols),
		Ciphers:   firstSet(own.Ciphers, common.Ciphers, c.OpenSSL.Ciphers, c.JSSE.Ciphers),
	}
}

var protocolVersions = map[string]uint16{
	"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13,
}

// serverConfig is how an interface does TLS under a configuration; nil when it
// is not secure.
func (i CTIInterface) serverConfig(c Config) *tls.Config {
	if !i.Secure {
		return nil
	}
	clients := tls.NoClientCert
	if i.ClientAuthReq {
		clients = tls.RequireAndVerifyClientCert
	}
	return serverConfig(c.effective(i.TLSLists, c.CTICommon), i.Certificate, clients, c.CTITrusts)
}

// serverConfig is the same for HTTP. Where only a web application demands a
// certificate, clients are asked for one and may show none.
func (i HTTPInterface) serverConfig(c Config) *tls.Config {
	if !i.Secure {
		return nil
	}
	clients := tls.NoClientCert
	switch at := netip.AddrPortFrom(i.IP, uint16(i.Port)); {
	case i.ClientAuthReq:
		clients = tls.RequireAndVerifyClientCert
	case slices.ContainsFunc(c.WebApps, func(w WebApp) bool { return c.demandsClient(at, w.Application) }):
		clients = tls.VerifyClientCertIfGiven
	}
	return serverConfig(c.effective(i.TLSLists, c.HTTPCommon), i.Certificate, clients, c.HTTPTrusts)
}

func serverConfig(lists TLSLists, cert Certificate, clients tls.ClientAuthType, trusts []Trust) *tls.Config {
	base := &tls.Config{
		Certificates:           []tls.Certificate{cert.tls()},
		CipherSuites:           suites(lists.Ciphers),
		SessionTicketsDisabled: true, // every handshake shall show the certificates
	}
	if clients != tls.NoClientCert {
		base.ClientAuth, base.ClientCAs = clients, x509.NewCertPool()
		for _, t := range trusts {
			base.ClientCAs.AddCert(t.Certificate)
		}
	}
	enabled := enabledVersions(lists)
	base.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		// a list may have gaps, which a lowest and a highest version cannot say
		chosen := base.Clone()
		chosen.GetConfigForClient = nil
		chosen.MinVersion = slices.Max(enabled)
		for _, v := range enabled {
			if slices.Contains(hello.SupportedVersions, v) {
				chosen.MinVersion = v
			}
		}
		chosen.MaxVersion = chosen.MinVersion
		return chosen, nil
	}
	// without these the library refuses old versions before it asks
	base.MinVersion, base.MaxVersion = slices.Min(enabled), slices.Max(enabled)
	return base
}

// enabledVersions lists the enabled versions in ascending order; 1.3 counts only
// with a cipher of its own.
func enabledVersions(lists TLSLists) []uint16 {
	var enabled []uint16
	for _, name := range lists.Protocols {
		v, ok := protocolVersions[name]
		if ok && (v != tls.VersionTLS13 || slices.ContainsFunc(lists.Ciphers, is13)) {
			enabled = append(enabled, v)
		}
	}
	if len(enabled) == 0 {
		enabled = []uint16{tls.VersionTLS12}
	}
	slices.Sort(enabled)
	return enabled
}

func is13(cipher string) bool { return !strings.Contains(cipher, "_WITH_") }

// suites translates names to what the library has of them; the rest cannot be
// negotiated. The result is never nil, which would mean the library's choice.
func suites(names []string) []uint16 {
	ids := []uint16{}
	for _, name := range names {
		for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			// the published example leaves the hash of ChaCha20's suites out
			if s.Name == name || s.Name == name+"_SHA256" && strings.HasSuffix(name, "_POLY1305") {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}

func (c Certificate) tls() tls.Certificate {
	t := tls.Certificate{PrivateKey: c.key}
	for _, cert := range c.Chain {
		t.Certificate = append(t.Certificate, cert.Raw)
	}
	return t
}
