package broadworks

import (
	"slices"
	"strings"
)

// fits reports whether a suite can be negotiated in one of the TLS versions with a certificate of the kind of key. No
// versions and the kind "" are not known, and limit nothing.
func fits(cipher string, versions []string, kind string) bool {
	cipher = strings.ToUpper(registered(cipher))
	exchange, bulk, old := strings.Cut(cipher, "_WITH_")
	allowed := []string{"TLSv1.3"}
	switch {
	case !old: // of TLS 1.3, which works with every kind of key
		kind = ""
	case strings.Contains(bulk, "GCM"), strings.Contains(bulk, "CCM"), strings.Contains(bulk, "POLY1305"),
		strings.HasSuffix(bulk, "_SHA256"), strings.HasSuffix(bulk, "_SHA384"):
		allowed = []string{"TLSv1.2"}
	default:
		allowed = []string{"TLSv1", "TLSv1.1", "TLSv1.2"}
	}
	if len(versions) > 0 && !slices.ContainsFunc(allowed, func(v string) bool { return holds(versions, v) }) {
		return false
	}
	switch {
	case kind == "":
		return true
	case strings.HasPrefix(exchange, "TLS_ECDH_"): // static: the key itself takes part, whoever signed the certificate
		return kind == "ECDSA"
	}
	return strings.HasSuffix(exchange, "_"+kind)
}

// anyFits reports whether one of the suites fits; none at all stand for a more general list, of which nothing is known.
func anyFits(ciphers, versions []string, kind string) bool {
	return len(ciphers) == 0 || slices.ContainsFunc(ciphers, func(c string) bool { return fits(c, versions, kind) })
}
