package bwsim

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"sync"
)

// listener is one open interface with its connections.
type listener struct {
	net.Listener
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// endpoint is an interface as the active configuration has it.
type endpoint struct {
	at     netip.AddrPort
	secure *tls.Config    // nil without TLS
	talk   func(net.Conn) // what follows the handshake
}

// endpoints lists the interfaces of the active configuration that are addresses
// of this host; others cannot be reached here. assumed: a server takes any
// address into its configuration.
func (h *Host) endpoints() []endpoint {
	cfg := h.Active()
	var list []endpoint
	add := func(ip netip.Addr, port int, secure *tls.Config, talk func(net.Conn)) {
		if ip == h.addr || ip == h.cti {
			list = append(list, endpoint{netip.AddrPortFrom(ip, uint16(port)), secure, talk})
		}
	}
	for _, i := range cfg.CTI {
		// what CTI clients say is not simulated
		add(i.IP, i.Port, i.serverConfig(cfg), func(c net.Conn) { io.Copy(io.Discard, c) })
	}
	for _, i := range cfg.HTTP {
		at := netip.AddrPortFrom(i.IP, uint16(i.Port))
		add(i.IP, i.Port, i.serverConfig(cfg), func(c net.Conn) { h.serveHTTP(c, at) })
	}
	return list
}

// openInterfaces opens them, with h.serving held.
func (h *Host) openInterfaces() {
	if h.closed {
		return
	}
	for _, e := range h.endpoints() {
		l, err := net.Listen("tcp", e.at.String())
		if err != nil {
			h.record(Event{Kind: ListenFailed, Text: err.Error()})
			continue
		}
		open := &listener{Listener: l, conns: map[net.Conn]bool{}}
		h.mu.Lock()
		h.open = append(h.open, open)
		h.mu.Unlock()
		h.fleet.running.Go(func() { h.serve(open, e) })
	}
}

// closeInterfaces, with h.serving held, closes every interface and what is
// connected to it.
func (h *Host) closeInterfaces() {
	h.mu.Lock()
	open := h.open
	h.open = nil
	h.mu.Unlock()
	for _, l := range open {
		l.shut()
	}
}

// shut closes the listener and its connections; no later one is admitted.
func (l *listener) shut() {
	l.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

func (l *listener) admit(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		return false
	}
	l.conns[c] = true
	return true
}

func (l *listener) drop(c net.Conn) {
	c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// serve does the TLS handshake with every caller and then talks until it hangs
// up.
func (h *Host) serve(l *listener, e endpoint) {
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
			if e.secure != nil {
				server := tls.Server(conn, e.secure)
				if server.HandshakeContext(h.fleet.ctx) != nil {
					return
				}
				talk = server
			}
			e.talk(talk)
		})
	}
}
