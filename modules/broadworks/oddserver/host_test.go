package oddserver

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// iface is one CTI interface.
type iface struct {
	IP, Port                    string
	Secure, HasCert, ClientAuth bool
	Cert                        tls.Certificate
	SelfSigned                  bool
}

// config is what a host stores, and what it obeys after a restart.
type config struct {
	Identities []string
	AllowApp   bool
	Trusts     map[string]*x509.Certificate
	Ifaces     []iface
	Lists      map[string][]string // names of protocols and ciphers, by `LEVEL IP`
}

func (c config) clone() config {
	c.Identities, c.Ifaces, c.Trusts = slices.Clone(c.Identities), slices.Clone(c.Ifaces), maps.Clone(c.Trusts)
	lists := map[string][]string{}
	for k, v := range c.Lists {
		lists[k] = slices.Clone(v)
	}
	c.Lists = lists
	return c
}

// host is one server: files under root, two configurations, listeners.
type host struct {
	q          quirks
	role, name string // AS, XSP or ADP
	ip, root   string
	pki        *pki
	ssh        net.Listener

	mu             sync.Mutex
	stored, active config
	owed           bool
	booting        bool
	started        time.Time // of BroadWorks' processes
	restarts       int
	once           bool // a session is refused only once
	refusedOnce    bool
	ports          map[string]net.Listener
	conns, held    map[net.Conn]bool // of SSH, of CTI
	record         []string          // commands typed at bwcli
	terminals      map[string]*shell
	settled        chan struct{} // closed while no restart is under way
}

// restartTime is how long a host is down.
const restartTime = 250 * time.Millisecond

func startHost(t *testing.T, p *pki, role, ip string, q quirks) *host {
	t.Helper()
	root, err := os.MkdirTemp("", "odd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	settled := make(chan struct{})
	close(settled)
	h := &host{q: q, role: role, ip: ip, root: root, pki: p, started: time.Now().Add(-26 * time.Hour), settled: settled,
		name: strings.ToLower(role) + ip[strings.LastIndexByte(ip, '.')+1:], ports: map[string]net.Listener{}, conns: map[net.Conn]bool{}, held: map[net.Conn]bool{}, terminals: map[string]*shell{}}
	h.stored = config{Trusts: map[string]*x509.Certificate{}, Lists: map[string][]string{
		"system/jsse/protocols": {"TLSv1", "TLSv1.1", "TLSv1.2"}, "system/openssl/protocols": {"TLSv1.2"},
		"system/jsse/ciphers": slices.Clone(defaultCiphers), "system/openssl/ciphers": slices.Clone(defaultCiphers)}}
	h.prior()
	h.active = h.stored.clone()
	h.install(t)
	if err := h.listen(); err != nil {
		t.Fatal(err)
	}
	h.serveSSH(t)
	t.Cleanup(h.close)
	return h
}

var defaultCiphers = []string{
	"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
	"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256", "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256", "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256",
}

// prior is what earlier work left behind.
func (h *host) prior() {
	switch own := (iface{IP: h.ip, Port: "8012", Secure: true, HasCert: true, Cert: h.pki.own, SelfSigned: true}); h.q.Prior {
	case "trust": // last year's issuing certificate under the alias of today
		h.stored.Trusts["webexclientissuing2023"] = h.pki.stranger
		h.stored.Trusts["otherclient"] = h.pki.stranger
	case "iface":
		h.stored.Ifaces = []iface{{IP: h.ip, Port: "8011", Cert: h.pki.own}, own}
	case "tls":
		own.ClientAuth = true
		h.stored.Ifaces = []iface{own}
		h.stored.Lists["iface/protocols "+h.ip] = []string{"TLSv1.2"}
		h.stored.Lists["iface/ciphers "+h.ip] = []string{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"}
	case "ident":
		h.stored.Identities = []string{"aclient.example.com", "bwcticlient.webex.com.example.com"}
	}
}

func (h *host) close() {
	h.ssh.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.ports {
		l.Close()
	}
	for _, all := range []map[net.Conn]bool{h.conns, h.held} {
		for c := range all {
			c.Close()
		}
	}
}

// path is where a file of the host really is.
func (h *host) path(name string) string { return filepath.Join(h.root, filepath.Clean("/"+name)) }

func (h *host) home() string {
	if h.q.Home != "" {
		return h.q.Home
	}
	return "/export/home/bwadmin"
}

// listen opens a port for each interface in force. Called with mu held, or before anyone else knows the host.
func (h *host) listen() error {
	for _, i := range h.active.Ifaces {
		at := net.JoinHostPort(i.IP, i.Port)
		if h.ports[at] != nil || !i.Secure {
			continue
		}
		l, err := net.Listen("tcp", at)
		if err != nil {
			return err
		}
		h.ports[at] = l
		go h.accept(at, l)
	}
	return nil
}

func (h *host) accept(at string, l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		h.mu.Lock()
		h.held[c] = true
		h.mu.Unlock()
		go func() {
			defer func() {
				c.Close()
				h.mu.Lock()
				delete(h.held, c)
				h.mu.Unlock()
			}()
			c.SetDeadline(time.Now().Add(30 * time.Second))
			s := tls.Server(c, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return h.inForce(at) }})
			if s.Handshake() == nil {
				s.Write([]byte("\n")) // the client learns with it that its certificate was taken
				s.Read(make([]byte, 1))
			}
		}()
	}
}

var versions = map[string]uint16{"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

// inForce is how an interface shakes hands now.
func (h *host) inForce(at string) (*tls.Config, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, i := range h.active.Ifaces {
		if net.JoinHostPort(i.IP, i.Port) != at {
			continue
		}
		c := &tls.Config{Certificates: []tls.Certificate{i.Cert}, SessionTicketsDisabled: true, MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS10}
		for _, p := range h.active.effective("protocols", i.IP) {
			c.MinVersion, c.MaxVersion = min(c.MinVersion, versions[p]), max(c.MaxVersion, versions[p])
		}
		for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			if slices.Contains(h.active.effective("ciphers", i.IP), s.Name) {
				c.CipherSuites = append(c.CipherSuites, s.ID)
			}
		}
		if i.ClientAuth {
			c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
			for _, ca := range h.active.Trusts {
				c.ClientCAs.AddCert(ca)
			}
		}
		return c, nil
	}
	return nil, fmt.Errorf("no interface at %s", at)
}

// effective is the most specific list that is not empty.
func (c config) effective(kind, ip string) []string {
	for _, level := range []string{"iface/" + kind + " " + ip, "cti/" + kind, "system/openssl/" + kind} {
		if len(c.Lists[level]) > 0 {
			return c.Lists[level]
		}
	}
	return nil
}

// restart takes the stored configuration into force; it returns when that is done.
func (h *host) restart() {
	h.mu.Lock()
	h.booting, h.restarts = true, h.restarts+1
	h.settled = make(chan struct{})
	if !h.q.Fast {
		for at, l := range h.ports {
			l.Close()
			delete(h.ports, at)
		}
		for c := range h.held { // a process that ends takes its connections along
			c.Close()
		}
	}
	h.mu.Unlock()
	time.Sleep(restartTime)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active, h.owed, h.booting = h.stored.clone(), false, false
	if !h.q.SameTime {
		h.started = time.Now()
	}
	if err := h.listen(); err != nil {
		h.record = append(h.record, "listen: "+err.Error())
	}
	close(h.settled)
}
