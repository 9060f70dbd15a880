package diag

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"xsp", "as", "fra", "maintenance", "context", "alias", "restart", "xsp01.fra"}
	for word, want := range map[string]string{
		"xps": "xsp", "contex": "context", "restrat": "restart", "maintenence": "maintenance", "ALIAS": "alias", "xsp1.fra": "xsp01.fra",
		"qqqq": "", "": "", "z": "", strings.Repeat("x", 1000): "", "fr": "fra", "nosuchword": "",
	} {
		if got := Nearest(word, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// TestNearestOneEdit makes every one-edit misspelling of every word, and wants the word back.
func TestNearestOneEdit(t *testing.T) {
	words := []string{"trust_anchor", "client_identity", "certificate_authentication", "cti_interface", "restart", "tls_probe", "interface", "alias", "notify", "for_each"}
	total, found := 0, 0
	try := func(word, misspelt string) {
		if misspelt == word {
			return
		}
		total++
		if Nearest(misspelt, words) == word {
			found++
		}
	}
	for _, w := range words {
		for i := range w {
			try(w, w[:i]+w[i+1:])
			try(w, w[:i]+"q"+w[i:])
			try(w, w[:i]+"q"+w[i+1:])
			if i+1 < len(w) {
				try(w, w[:i]+string(w[i+1])+string(w[i])+w[i+2:])
			}
		}
	}
	if found*100 < total*95 {
		t.Errorf("found %d of %d misspelt words", found, total)
	}
}
