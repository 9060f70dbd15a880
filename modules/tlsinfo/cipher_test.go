package tlsinfo

import (
	"crypto/tls"
	"testing"
)

// TestTable compares the table with what this program's TLS knows.
func TestTable(t *testing.T) {
	if n := len(table()); n < 300 {
		t.Errorf("%d suites", n)
	}
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			if got, ok := Cipher(s.Name); !ok || got.ID != s.ID {
				t.Errorf("%s: %v, %v", s.Name, got, ok)
			}
		}
	}
	ids := map[uint16]string{}
	for name, s := range table() {
		if ids[s.ID] != "" {
			t.Errorf("%04X is %s and %s", s.ID, ids[s.ID], name)
		}
		ids[s.ID] = name
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"ECDHE-ECDSA-CHACHA20-POLY1305":          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
		"ECDHE-RSA-AES128-GCM-SHA256":            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
		"tls_ecdhe_rsa_with_aes_128_gcm_sha256":  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"TLS_ECDHE_RSA_WITH_AES128_GCM_SHA256":   "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265":  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"AES256-SHA":                             "TLS_RSA_WITH_AES_256_CBC_SHA",
		"banana":                                 "",
	} {
		if got := NearCipher(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if _, ok := Cipher(name); ok {
			t.Errorf("%s exists", name)
		}
	}
	for name, want := range map[string]string{"tlsv12": "TLSv1.2", "TLS 1.2": "TLSv1.2", "1.0": "TLSv1", "TLSv1.0": "TLSv1", "SSLv3": "", "x": ""} {
		if got := NearVersion(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id, ok := Version("TLSv1.2"); !ok || id != tls.VersionTLS12 || VersionName(id) != "TLSv1.2" {
		t.Error("TLSv1.2")
	}
}
