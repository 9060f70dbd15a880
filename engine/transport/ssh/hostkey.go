package ssh

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// hostKeyCheck is how one host's key is judged: the algorithms to ask for, and the verdict.
type hostKeyCheck struct {
	algorithms []string
	callback   ssh.HostKeyCallback
}

// hostKeyCheck asks only for the kinds of key that known_hosts has for this address: a host with two keys would
// otherwise show the one that is not known, which looks like an attack.
func (d *Dialer) hostKeyCheck(a *attempt) (hostKeyCheck, error) {
	db, err := d.known.open(a.knownHosts())
	if err != nil {
		return hostKeyCheck{}, a.badKnownHosts(err)
	}
	var known []string
	if db != nil {
		known = db.HostKeyAlgorithms(a.address)
	}
	algorithms := slices.DeleteFunc(slices.Clone(known), func(n string) bool { return !slices.Contains(hostKeyAlgorithms, n) })
	switch {
	case len(known) == 0:
		algorithms = hostKeyAlgorithms
	case len(algorithms) == 0:
		return hostKeyCheck{}, a.obsoleteKnown(known)
	}
	a.askedFor = algorithms
	callback := func(address string, remote net.Addr, key ssh.PublicKey) error {
		return a.judge(db, address, remote, key)
	}
	return hostKeyCheck{algorithms, callback}, nil
}

// judge keeps its own error: the library may not hand it through as it is.
func (a *attempt) judge(db *knownhosts.HostKeyDB, address string, remote net.Addr, key ssh.PublicKey) error {
	err := error(&xknownhosts.KeyError{})
	if db != nil {
		err = db.HostKeyCallback()(address, remote, key)
	}
	var mismatch *xknownhosts.KeyError
	var revoked *xknownhosts.RevokedError
	switch {
	case err == nil && rsaBits(key) != 0 && rsaBits(key) < minRSABits:
		a.verdict = a.weakHostKey(key)
	case err == nil:
		a.hostAccepted = true
		return nil
	case errors.As(err, &revoked):
		a.verdict = a.revokedKey(key, revoked)
	case errors.As(err, &mismatch) && len(mismatch.Want) > 0:
		a.verdict = a.changedKey(key, mismatch.Want)
	case errors.As(err, &mismatch):
		a.verdict = a.unknownKey(key)
	default:
		a.verdict = a.rejectedKey(key, err)
	}
	return a.verdict
}

// rsaBits is the size of an RSA key, or of the key that an RSA certificate is for; 0 for other kinds.
func rsaBits(key ssh.PublicKey) int {
	if cert, ok := key.(*ssh.Certificate); ok {
		key = cert.Key
	}
	if c, ok := key.(ssh.CryptoPublicKey); ok {
		if pub, ok := c.CryptoPublicKey().(*rsa.PublicKey); ok {
			return pub.N.BitLen()
		}
	}
	return 0
}

// knownFiles keeps each known_hosts file parsed until it changes: a fleet shares one.
type knownFiles struct {
	mu    sync.Mutex
	files map[string]knownFile
}

type knownFile struct {
	db    *knownhosts.HostKeyDB
	size  int64
	mtime time.Time
}

// maxKnownHosts is the size, in bytes, over which a file is not taken for a known_hosts file.
const maxKnownHosts = 16 << 20

// open returns nil when there is no such file: then no key is known.
func (k *knownFiles) open(path string) (*knownhosts.HostKeyDB, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > maxKnownHosts:
		return nil, fmt.Errorf("%s is larger than %d MiB", path, maxKnownHosts>>20)
	case info.Mode().Perm()&0o002 != 0:
		return nil, fmt.Errorf("%s can be written by other users (mode %04o)", path, info.Mode().Perm())
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if f, ok := k.files[path]; ok && f.size == info.Size() && f.mtime.Equal(info.ModTime()) {
		return f.db, nil
	}
	db, err := knownhosts.NewDB(path)
	if err != nil {
		return nil, err
	}
	if k.files == nil {
		k.files = make(map[string]knownFile)
	}
	k.files[path] = knownFile{db, info.Size(), info.ModTime()}
	return db, nil
}

// expandHome replaces a leading ~/ with the home directory of this user.
func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if home, err := os.UserHomeDir(); ok && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}
