package secret

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
)

// Handle is what may be known of a secret. Its fields are those of sdk.Handle, in that order, so that one converts to
// the other: sdk.Handle(h).
type Handle struct {
	ID        string // random; names the secret to the Store
	Name      string // for messages
	Size      int64  // bytes
	SHA256    string // hex; empty under MinDigest bytes
	PublicKey string // PKIX PEM when the secret is one private key (PKCS#8, PKCS#1, SEC 1), else empty
}

// MinDigest is the size, in bytes, from which on a secret's digest may be known: a shorter one, such as a password, could
// be guessed from it.
const MinDigest = 16

// ErrNoHandle is wrapped when a handle's ID is not known (any more).
var ErrNoHandle = errors.New("there is no such secret")

// Store keeps the secrets of a run. It is safe for concurrent use.
type Store struct {
	redactor *Redactor

	mu      sync.Mutex
	secrets map[string]entry
	closed  bool
}

type entry struct {
	bytes  []byte
	signer crypto.Signer
}

// NewStore returns a store that has r take every secret out of what it sees.
func NewStore(r *Redactor) *Store { return &Store{redactor: r, secrets: make(map[string]entry)} }

// Add keeps a copy of v. A private key under a passphrase is refused with an *Error.
func (s *Store) Add(name string, v Value) (Handle, error) {
	signer, err := privateKey(v.Reveal())
	if err != nil {
		return Handle{}, &Error{Summary: fmt.Sprintf("%s: %v", name, err), Err: err,
			Advice: "take the passphrase off: openssl pkey -in KEY -out KEY.plain, in a directory that only you can read"}
	}
	h := Handle{ID: rand.Text(), Name: name, Size: int64(v.Len())}
	if v.Len() >= MinDigest {
		sum := sha256.Sum256(v.Reveal())
		h.SHA256 = hex.EncodeToString(sum[:])
	}
	if signer != nil {
		h.PublicKey = publicPEM(signer)
	}
	s.redactor.Add(v)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Handle{}, fmt.Errorf("keep %s: %w", name, ErrNoHandle)
	}
	s.secrets[h.ID] = entry{bytes.Clone(v.Reveal()), signer}
	return h, nil
}

// Value gives a copy of a secret's bytes. The caller wipes it after use.
func (s *Store) Value(id string) (Value, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.secrets[id]
	if !ok {
		return Value{}, ErrNoHandle
	}
	return NewValue(bytes.Clone(e.bytes)), nil
}

// Signer signs with the private key that the secret is; an error when it is none.
func (s *Store) Signer(id string) (crypto.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.secrets[id]
	switch {
	case !ok:
		return nil, ErrNoHandle
	case e.signer == nil:
		return nil, errors.New("the secret is not one private key")
	}
	return e.signer, nil
}

// Forget wipes one secret; its ID means nothing any more. The redactor goes on knowing it.
func (s *Store) Forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.secrets[id].bytes)
	delete(s.secrets, id)
}

// Close wipes all. Parsed keys inside the crypto libraries are only let go.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.secrets {
		clear(e.bytes)
	}
	clear(s.secrets)
	s.closed = true
	return nil
}
