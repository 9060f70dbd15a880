package bwsim

import (
	"bytes"
	"context"
	"errors"
	"net"

	"golang.org/x/crypto/ssh"
)

// serveSSH, with h.serving held, accepts connections until the listener ends.
func (h *Host) serveSSH(l net.Listener) {
	h.ssh = l
	h.fleet.running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.mu.Lock()
			h.conns[conn] = true
			h.lastConn++
			id := h.lastConn
			h.mu.Unlock()
			h.fleet.running.Go(func() {
				h.serveConn(conn, id)
				conn.Close()
				h.mu.Lock()
				delete(h.conns, conn)
				h.mu.Unlock()
			})
		}
	})
}

// plug opens the SSH port again after unplug.
func (h *Host) plug() {
	h.serving.Lock()
	defer h.serving.Unlock()
	if h.closed || h.ssh != nil {
		return
	}
	l, err := net.Listen("tcp", h.SSHAddr())
	if err != nil {
		h.record(Event{Kind: ListenFailed, Text: err.Error()})
		return
	}
	h.serveSSH(l)
}

// unplug closes the SSH port and every connection.
func (h *Host) unplug() {
	h.serving.Lock()
	defer h.serving.Unlock()
	if h.ssh != nil {
		h.ssh.Close()
		h.ssh = nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for conn := range h.conns {
		conn.Close()
	}
}

// close ends the host for good.
func (h *Host) close() {
	h.serving.Lock()
	h.closed = true
	h.closeInterfaces()
	h.serving.Unlock()
	h.unplug()
}

var errRefused = errors.New("refused")

// serverConfig is made anew for every connection: the host key may have changed.
func (h *Host) serverConfig() *ssh.ServerConfig {
	config := &ssh.ServerConfig{
		ServerVersion: "SSH-2.0-OpenSSH_8.0",
		PublicKeyCallback: func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if _, off := h.fault(AuthRefused); off || !h.authorized(meta.User(), key) {
				h.record(Event{Kind: Refused, Text: meta.User() + " " + ssh.FingerprintSHA256(key)})
				return nil, errRefused
			}
			return nil, nil
		},
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	config.AddHostKey(h.hostKey)
	return config
}

func (h *Host) authorized(user string, key ssh.PublicKey) bool {
	if user != h.fleet.opts.User {
		return false
	}
	for _, known := range append(h.fleet.opts.AuthorizedKeys, h.fleet.user.PublicKey()) {
		if bytes.Equal(known.Marshal(), key.Marshal()) {
			return true
		}
	}
	return false
}

// serveConn serves one connection with all of its channels.
func (h *Host) serveConn(conn net.Conn, id int) {
	server, channels, requests, err := ssh.NewServerConn(conn, h.serverConfig())
	if err != nil {
		return
	}
	h.record(Event{Kind: Connected, Session: id, Text: server.User()})
	ctx, end := context.WithCancel(h.fleet.ctx)
	h.fleet.running.Go(func() { ssh.DiscardRequests(requests) })
	for offered := range channels {
		if offered.ChannelType() != "session" {
			offered.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			break
		}
		s := &session{host: h, conn: server, id: id, channel: channel}
		h.fleet.running.Go(func() { s.serve(ctx, requests) })
	}
	end()
	h.record(Event{Kind: Disconnected, Session: id})
}
