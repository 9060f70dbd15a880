package secret

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// keySize is the length of a Key in bytes.
const keySize = 32

// Key makes digests that only this user can make, so that what is secret can be compared later without being kept: a plain
// hash of a short password could be guessed. No formatter prints it.
type Key struct{ b [keySize]byte }

// UserKey reads the file `key` in a directory, or makes it, 32 random bytes. The directory is made 0700 if it is not there.
// A key that another user owns or can read is refused. When processes make it at once, all get the same. Every error is an *Error.
func UserKey(dir string) (*Key, error) {
	path := filepath.Join(dir, "key")
	k, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := makeKey(dir, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, &Error{Summary: fmt.Sprintf("cannot make the key %s: %v", path, cause(err)), Advice: "make its directory writable for you, or set XDG_STATE_HOME to one that is", Err: err}
	}
	return readKey(path)
}

func readKey(path string) (*Key, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, &Error{Summary: path + " is a symbolic link", Advice: "put the key itself there", Err: err}
	} else if err != nil {
		return nil, openError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, &Error{Summary: fmt.Sprintf("cannot read %s: %v", path, cause(err)), Err: err}
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return nil, &Error{Summary: fmt.Sprintf("%s belongs to another user (uid %d)", path, st.Uid), Advice: "run as that user, or move the file away: a new key is made"}
	}
	if err := checkInfo(path, info); err != nil {
		return nil, err
	}
	k := &Key{}
	if _, err := io.ReadFull(f, k.b[:]); err != nil || info.Size() != keySize {
		return nil, &Error{
			Summary: fmt.Sprintf("%s has %d bytes, and a key has %d", path, info.Size(), keySize),
			Advice:  "put it back from a copy, or move it away: a new key is made, and what was signed with the old one is refused",
		}
	}
	return k, nil
}

// makeKey writes a key beside its place and links it there, which fails when there is one: nobody ever sees half a key.
func makeKey(dir, path string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	defer f.Close()
	k := &Key{}
	_, _ = rand.Read(k.b[:]) // never fails
	if _, err := f.Write(k.b[:]); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Sum is the HMAC-SHA256 of bytes in a domain. Equal bytes in different domains have different sums, so that a sum made for
// one purpose proves nothing for another.
func (k *Key) Sum(domain string, b []byte) []byte {
	h := hmac.New(sha256.New, k.b[:])
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(domain)))
	h.Write(n[:])
	h.Write([]byte(domain))
	h.Write(b)
	return h.Sum(nil)
}

// Digest is Sum in hexadecimal.
func (k *Key) Digest(domain string, b []byte) string { return hex.EncodeToString(k.Sum(domain, b)) }

// Verify reports, in a time that tells nothing, whether sum is that of the bytes.
func (k *Key) Verify(domain string, b, sum []byte) bool { return hmac.Equal(k.Sum(domain, b), sum) }

// Format keeps the key out of every print.
func (k *Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(key)") }

// MarshalJSON keeps it out of JSON.
func (k *Key) MarshalJSON() ([]byte, error) { return []byte(`"(key)"`), nil }
