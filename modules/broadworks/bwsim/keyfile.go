package bwsim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// Keys are the keys by which an authentication service encrypts and decrypts
// tokens. assumed: everything about them but that hosts share them by a file.
type Keys struct {
	payload string
	since   time.Time // they are on this host
}

// keysPayload is how many bytes NewKeys makes.
const keysPayload = 1704

// NewKeys makes keys that no host has.
func NewKeys() Keys {
	payload := make([]byte, keysPayload)
	rand.Read(payload)
	return KeysOf(payload)
}

// KeysOf makes keys whose exported file holds the payload as it is, so that a
// test can search for it.
func KeysOf(payload []byte) Keys { return Keys{string(payload), time.Now()} }

// Exist tells keys from none.
func (k Keys) Exist() bool { return k.payload != "" }

// Digest identifies the keys; "" when there are none. It is not the digest of
// the exported file.
func (k Keys) Digest() string {
	if !k.Exist() {
		return ""
	}
	sum := sha256.Sum256([]byte("keys " + k.payload))
	return hex.EncodeToString(sum[:])
}

// The layout of the exported file: magic, the length of the salt and that of
// the payload as four bytes each, salt, payload, and a SHA-256 of all before.
const (
	keysMagic  = "BWAUTHK1"
	keysHeader = len(keysMagic) + 8
)

var (
	errForeignKeys = errors.New("not a file of keys")
	errCorruptKeys = errors.New("truncated or changed")
)

// File is what exportKeys writes, unless the profile wants every export to
// differ.
func (k Keys) File() []byte { return k.file(nil) }

func (k Keys) file(salt []byte) []byte {
	b := []byte(keysMagic)
	b = binary.BigEndian.AppendUint32(b, uint32(len(salt)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(k.payload)))
	b = append(append(b, salt...), k.payload...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// parseKeys reads what File made, to the last byte.
func parseKeys(file []byte) (Keys, error) {
	if !bytes.HasPrefix(file, []byte(keysMagic)) {
		return Keys{}, errForeignKeys
	}
	if len(file) < keysHeader+sha256.Size {
		return Keys{}, errCorruptKeys
	}
	body := file[:len(file)-sha256.Size]
	salt := uint64(binary.BigEndian.Uint32(body[len(keysMagic):]))
	payload := uint64(binary.BigEndian.Uint32(body[len(keysMagic)+4:]))
	sum := sha256.Sum256(body)
	if uint64(len(body)) != uint64(keysHeader)+salt+payload || payload == 0 || !bytes.Equal(sum[:], file[len(body):]) {
		return Keys{}, errCorruptKeys
	}
	return KeysOf(body[uint64(keysHeader)+salt:]), nil
}

// KeyDigest identifies the keys that the host's authentication service works
// with now, Active().Keys; "" when it has none. Imported keys that wait for a
// restart are Stored().Keys.
func (h *Host) KeyDigest() string { return h.Active().Keys.Digest() }

// KeysAgree tells whether all of these hosts, or every XSP and ADP when none
// are given, work with the same keys; having none is not agreement.
func (f *Fleet) KeysAgree(hosts ...*Host) bool {
	if len(hosts) == 0 {
		for _, h := range f.hosts {
			if h.Role() != AS {
				hosts = append(hosts, h)
			}
		}
	}
	digests := map[string]bool{}
	for _, h := range hosts {
		digests[h.KeyDigest()] = true
	}
	return len(digests) == 1 && !digests[""]
}
