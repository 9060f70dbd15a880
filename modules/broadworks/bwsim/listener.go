package bwsim

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"sync"
)

// ctiListener is one open CTI interface with its connections.
type ctiListener struct {
	net.Listener
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// openCTI, with h.serving held, opens the interfaces of the active configuration that are addresses
// of this host; others cannot be reached here. assumed: a server takes any
// address into its configuration.
func (h *Host) openCTI() {
	if h.closed {
		return
	}
	cfg := h.Active()
	for _, i := range cfg.CTI {
		if i.IP != h.addr && i.IP != h.cti {
			continue
		}
		at := netip.AddrPortFrom(i.IP, uint16(i.Port))
		l, err := net.Listen("tcp", at.String())
		if err != nil {
			h.record(Event{Kind: ListenFailed, Text: err.Error()})
			continue
		}
		open := &ctiListener{Listener: l, conns: map[net.Conn]bool{}}
		h.mu.Lock()
		h.ctis[at] = open
		h.mu.Unlock()
		var secure *tls.Config
		if i.Secure {
			secure = i.serverConfig(cfg)
		}
		h.fleet.running.Go(func() { h.serveCTI(open, secure) })
	}
}

// closeCTI, with h.serving held, closes every interface and what is connected to it.
func (h *Host) closeCTI() {
	h.mu.Lock()
	open := h.ctis
	h.ctis = map[netip.AddrPort]*ctiListener{}
	h.mu.Unlock()
	for _, l := range open {
		l.shut()
	}
}

// shut closes the listener and its connections; no later one is admitted.
func (l *ctiListener) shut() {
	l.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

func (l *ctiListener) admit(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		return false
	}
	l.conns[c] = true
	return true
}

func (l *ctiListener) drop(c net.Conn) {
	c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// serveCTI does the TLS handshake with every caller and then reads until it
// hangs up: what CTI clients say is not simulated.
func (h *Host) serveCTI(l *ctiListener, secure *tls.Config) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if !l.admit(conn) {
			conn.Close()
			return
		}
		h.fleet.running.Go(func() {
			defer l.drop(conn)
			talk := conn
			if secure != nil {
				server := tls.Server(conn, secure)
				if server.HandshakeContext(h.fleet.ctx) != nil {
					return
				}
				talk = server
			}
			io.Copy(io.Discard, talk)
		})
	}
}
