package tlsinfo

import (
	"crypto/tls"
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed ciphers.txt
var registry string

// Suite is a registered cipher suite.
type Suite struct {
	ID      uint16
	Name    string // as registered at IANA
	OpenSSL string // as OpenSSL names it; empty when it has no such name
}

var table = sync.OnceValue(func() map[string]Suite {
	m := map[string]Suite{}
	for line := range strings.Lines(registry) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] == "#" {
			continue
		}
		id, err := strconv.ParseUint(f[0], 16, 16)
		if err != nil {
			panic("tlsinfo: ciphers.txt: " + line)
		}
		s := Suite{ID: uint16(id), Name: f[1]}
		if len(f) > 2 {
			s.OpenSSL = f[2]
		}
		m[s.Name] = s
	}
	return m
})

// Cipher returns the suite of a registered name, which is written in exactly one way.
func Cipher(name string) (Suite, bool) {
	s, ok := table()[name]
	return s, ok
}

// Alias returns the suite that a common but unregistered name stands for: an OpenSSL name, a name in the wrong case, or
// one without its last part, as the vendor's guide prints TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305.
func Alias(name string) (Suite, bool) {
	upper := strings.ToUpper(name)
	for _, s := range table() {
		if s.OpenSSL != "" && strings.EqualFold(s.OpenSSL, name) || strings.ToUpper(s.Name) == upper {
			return s, true
		}
	}
	return Shortened(upper)
}

// Shortened returns the suite whose registered name is this one and _SHA256, the hash that the short form leaves out.
func Shortened(name string) (Suite, bool) {
	if !strings.HasSuffix(name, "_POLY1305") {
		return Suite{}, false
	}
	return Cipher(name + "_SHA256")
}

// NearCipher is the registered name closest to one that does not exist, or "".
func NearCipher(name string) string {
	if s, ok := Alias(name); ok {
		return s.Name
	}
	best, least := "", max(4, len(name)/5)
	for n := range table() {
		if d := distance(strings.ToUpper(name), strings.ToUpper(n)); d < least || d == least && best != "" && n < best {
			best, least = n, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// Speaks reports whether this program can negotiate the suite in TLS 1.2 or older.
func Speaks(id uint16) bool {
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			if s.ID == id && s.SupportedVersions[0] < tls.VersionTLS13 {
				return true
			}
		}
	}
	return false
}

// Spoken lists every suite that this program can negotiate in TLS 1.2 or older, weak ones too: for looking at a server,
// not for protecting anything.
func Spoken() []uint16 {
	var ids []uint16
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			if s.SupportedVersions[0] < tls.VersionTLS13 {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}
