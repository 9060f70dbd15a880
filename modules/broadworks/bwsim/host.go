package bwsim

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/memfs"
)

// Host is one simulated server. Its methods may be called by many goroutines
// at once.
type Host struct {
	fleet   *Fleet
	opts    HostOptions
	dialect *dialect
	addr    netip.Addr
	cti     netip.Addr
	fs      *memfs.FS
	root    *cli.Level

	// serving orders the opening and closing of listeners; it is taken before mu.
	serving sync.Mutex
	closed  bool // no listener may open any more
	ssh     net.Listener

	mu         sync.Mutex
	hostKey    ssh.Signer
	stored     Config
	active     Config
	faults     map[int]*armed
	lastFault  int
	changed    chan struct{} // closed and replaced when faults or service change
	down       map[string]bool
	restarting bool
	restarts   int // begun so far
	procs      []process
	conns      map[net.Conn]bool // SSH
	open       []*listener       // interfaces
	uploaded   int64             // bytes since CutUpload was put in force
	lastConn   int
	clock      Clock
}

// The directories that the account may write to.
var ownDirs = []string{"/tmp", "/var/broadworks/tmp", "/var/broadworks/logs", "/usr/local/broadworks/bw_base/conf"}

func newHost(f *Fleet, o HostOptions, seed uint64, addr, cti netip.Addr) (*Host, error) {
	h := &Host{
		fleet: f, opts: o, dialect: newDialect(seed), addr: addr, cti: cti,
		fs:      memfs.New(f.opts.User, append([]string{home(f.opts.User)}, ownDirs...)...),
		faults:  map[int]*armed{},
		changed: make(chan struct{}),
		down:    map[string]bool{},
		conns:   map[net.Conn]bool{},
		clock:   Clock{Offset: 120 * time.Microsecond, Synchronised: true},
	}
	h.stored = h.defaultConfig()
	h.active = h.stored.clone()
	h.root = h.tree()
	h.procs = h.firstProcesses()
	return h, h.ChangeHostKey()
}

func home(user string) string { return "/export/home/" + user }

// Name is the host's name in the inventory.
func (h *Host) Name() string { return h.opts.Name }

// Role is the type of the server.
func (h *Host) Role() Role { return h.opts.Role }

// Release is the release the host plays.
func (h *Host) Release() string { return h.opts.Release }

// Site is the host's site.
func (h *Host) Site() string { return h.opts.Site }

// Addr is the address of the host's SSH server.
func (h *Host) Addr() netip.Addr { return h.addr }

// CTIAddr is the address for interfaces: the service address if the host has
// one, else Addr.
func (h *Host) CTIAddr() netip.Addr { return h.cti }

// HTTPAddr is the address and port that the lab's inventory gives to this
// host's HTTP interface; the host listens there once somebody configures it.
func (h *Host) HTTPAddr() netip.AddrPort {
	return netip.AddrPortFrom(h.cti, uint16(h.fleet.opts.HTTPSPort))
}

// SSHAddr is Addr and the SSH port, ready to dial.
func (h *Host) SSHAddr() string {
	return netip.AddrPortFrom(h.addr, uint16(h.fleet.opts.Port)).String()
}

// HostKey is the public key that the SSH server presents now.
func (h *Host) HostKey() ssh.PublicKey {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hostKey.PublicKey()
}

// ChangeHostKey replaces the host key, for connections made from now on.
func (h *Host) ChangeHostKey() error {
	_, key, err := newSigner()
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hostKey = key
	return nil
}

func newSigner() (ed25519.PrivateKey, ssh.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make an SSH key: %w", err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	return key, signer, err
}

// Stored is a copy of the configuration that bwcli shows.
func (h *Host) Stored() Config {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stored.clone()
}

// Active is a copy of the configuration that the listeners obey.
func (h *Host) Active() Config {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.active.clone()
}

// record adds an event of this host.
func (h *Host) record(e Event) {
	e.Host = h.Name()
	h.fleet.rec.add(e)
}
