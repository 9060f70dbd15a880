package tlsinfo

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"
)

// memoSize bounds what is remembered; a run has a handful of chains, or one for each of its hosts.
const memoSize = 4096

// memo remembers which signatures were found right or wrong: a run judges the same chain for every host, and a signature
// costs more than all the rest of the judgement. What is remembered depends on the two certificates' bytes alone.
type memo struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]bool
}

var signatures memo

// signed reports whether parent's key signed child.
func (m *memo) signed(parent, child *x509.Certificate) bool {
	key := pairKey(parent, child)
	m.mu.Lock()
	right, known := m.known[key]
	m.mu.Unlock()
	if known {
		return right
	}
	right = child.CheckSignatureFrom(parent) == nil
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= memoSize {
		m.known = map[[sha256.Size]byte]bool{}
	}
	m.known[key] = right
	return right
}

// pairKey names two certificates in their order; DER says its own length, so that no two pairs are the same bytes.
func pairKey(parent, child *x509.Certificate) (key [sha256.Size]byte) {
	h := sha256.New()
	h.Write(parent.Raw)
	h.Write(child.Raw)
	h.Sum(key[:0])
	return key
}
