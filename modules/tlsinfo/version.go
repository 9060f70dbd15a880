package tlsinfo

import (
	"crypto/tls"
	"strings"
)

// versions are the protocol names as Java and most devices write them, oldest first.
var versions = []struct {
	name string
	id   uint16
}{
	{"TLSv1", tls.VersionTLS10},
	{"TLSv1.1", tls.VersionTLS11},
	{"TLSv1.2", tls.VersionTLS12},
	{"TLSv1.3", tls.VersionTLS13},
}

// Versions lists the names of the protocol versions, oldest first.
func Versions() []string {
	var names []string
	for _, v := range versions {
		names = append(names, v.name)
	}
	return names
}

// Version returns the number of a protocol version named as in Versions, in any case.
func Version(name string) (uint16, bool) {
	for _, v := range versions {
		if strings.EqualFold(v.name, name) {
			return v.id, true
		}
	}
	return 0, false
}

// VersionName is the name of a version's number, or "" for one that has none here.
func VersionName(id uint16) string {
	for _, v := range versions {
		if v.id == id {
			return v.name
		}
	}
	return ""
}

// NearVersion guesses which version somebody meant who wrote "TLS 1.2", "tlsv12" or "1.2"; "" when it cannot.
func NearVersion(name string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
	switch digits {
	case "1", "10":
		return "TLSv1"
	case "11", "12", "13":
		return "TLSv1." + digits[1:]
	}
	return ""
}
