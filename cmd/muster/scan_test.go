package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// scanner looks for secrets in every form in which bytes leave a program. It shares nothing with the redactor, which it judges.
//
// A secret is cut into atoms (the lines of a text, the private numbers of a key), because who leaks half a secret leaks it, too.
type scanner struct {
	needles []needle
	heads   [1 << 16][]int // the needles whose first four bytes hash to the index

	mu   sync.Mutex
	hits map[string]bool
}

type needle struct {
	secret, form string
	bytes        []byte
}

// shortest is how many bytes a needle has at least: shorter ones would be found by chance.
const shortest = 8

func newScanner() *scanner { return &scanner{hits: map[string]bool{}} }

func head(b []byte) uint16 { return uint16(binary.LittleEndian.Uint32(b) * 2654435761 >> 16) }

// secret adds a text whose lines are all secret.
func (s *scanner) secret(name, text string) {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		s.atom(fmt.Sprintf("%s, line %d", name, i+1), []byte(strings.TrimSpace(line)))
	}
}

// key adds a PEM private key: its private numbers, and the lines that hold a part of them. The other lines are public.
func (s *scanner) key(t testing.TB, name string, text []byte) {
	t.Helper()
	block, _ := pem.Decode(text)
	numbers := privateNumbers(t, block, text)
	private := make([]bool, len(block.Bytes))
	for i, n := range numbers {
		s.atom(fmt.Sprintf("%s, number %d", name, i+1), n)
		if at := bytes.Index(block.Bytes, n); at >= 0 {
			for k := range n {
				private[at+k] = true
			}
		}
	}
	if !slices.Contains(private, true) {
		t.Fatalf("%s: the private numbers are not in the file", name)
	}
	line := 0
	for _, l := range strings.Split(string(text), "\n") {
		if l == "" || strings.HasPrefix(l, "-----") {
			continue
		}
		// A line of 64 characters holds 48 bytes, one of OpenSSH's 70 characters 52.5.
		per := len(strings.SplitN(string(text), "\n", 3)[1])
		from, to := line*per*3/4, min((line+1)*per*3/4, len(private))
		if slices.Contains(private[from:to], true) {
			s.atom(fmt.Sprintf("%s, line %d", name, line+1), []byte(l))
		}
		line++
	}
}

func privateNumbers(t testing.TB, block *pem.Block, text []byte) [][]byte {
	t.Helper()
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		if parsed, err = ssh.ParseRawPrivateKey(text); err != nil {
			t.Fatal(err)
		}
	}
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		return [][]byte{k.D.Bytes(), k.Primes[0].Bytes(), k.Primes[1].Bytes()}
	case *ecdsa.PrivateKey:
		d, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return [][]byte{d}
	case *ed25519.PrivateKey:
		return [][]byte{k.Seed()}
	case ed25519.PrivateKey:
		return [][]byte{k.Seed()}
	}
	t.Fatalf("a key of type %T", parsed)
	return nil
}

// atom adds one secret in all its forms.
func (s *scanner) atom(name string, plain []byte) {
	if len(plain) < shortest {
		return
	}
	text, lower := string(plain), hex.EncodeToString(plain)
	forms := map[string]string{
		"": text, "hex": lower, "HEX": strings.ToUpper(lower), "URL query": url.QueryEscape(text), "URL path": url.PathEscape(text),
	}
	for name, html := range map[string]bool{"JSON": false, "JSON with HTML escapes": true} {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(html)
		if e.Encode(text) == nil {
			forms[name] = strings.Trim(strings.TrimSpace(b.String()), `"`)
		}
	}
	for phase := range 3 {
		for kind, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			forms[fmt.Sprintf("%s, phase %d", kind, phase)] = inner(enc, plain, phase)
		}
	}
	seen := map[string]bool{}
	for _, form := range slices.Sorted(mapsKeys(forms)) {
		if f := forms[form]; len(f) >= shortest && !seen[f] {
			seen[f] = true
			if f == text {
				form = "as it is"
			}
			s.heads[head([]byte(f))] = append(s.heads[head([]byte(f))], len(s.needles))
			s.needles = append(s.needles, needle{name, form, []byte(f)})
		}
	}
}

// inner is what base64 makes of b alone when phase bytes stand before it and any after it.
func inner(enc *base64.Encoding, b []byte, phase int) string {
	text := enc.EncodeToString(slices.Concat(make([]byte, phase), b, make([]byte, 2)))
	from, to := (phase*8+5)/6, (phase+len(b))*8/6
	return text[from:to]
}

func mapsKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// look searches data; what it finds is kept under the place, and told without the secret itself.
func (s *scanner) look(place string, data []byte) {
	for i := 0; i+shortest <= len(data); i++ {
		for _, n := range s.heads[head(data[i:])] {
			if bytes.HasPrefix(data[i:], s.needles[n].bytes) {
				s.mu.Lock()
				s.hits[fmt.Sprintf("%s: %s (%s)", place, s.needles[n].secret, s.needles[n].form)] = true
				s.mu.Unlock()
			}
		}
	}
}

// longest is the length of the longest needle.
func (s *scanner) longest() (n int) {
	for _, x := range s.needles {
		n = max(n, len(x.bytes))
	}
	return n
}

// found lists the hits since it was asked last.
func (s *scanner) found() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Sorted(mapsKeys(s.hits))
	s.hits = map[string]bool{}
	return out
}
