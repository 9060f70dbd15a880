package oddserver

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net"
	"testing"

	"golang.org/x/crypto/ssh"
)

func (h *host) serveSSH(t *testing.T) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	h.pki.hostKey(t, h.ip, signer.PublicKey())
	conf := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil },
		BannerCallback: func(ssh.ConnMetadata) string { return "This system is for the use of authorised users only.\r\n" }}
	conf.AddHostKey(signer)
	if h.ssh, err = net.Listen("tcp", h.ip+":2222"); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := h.ssh.Accept()
			if err != nil {
				return
			}
			go h.connection(c, conf)
		}
	}()
}

func (h *host) connection(c net.Conn, conf *ssh.ServerConfig) {
	h.mu.Lock()
	h.conns[c] = true
	h.mu.Unlock()
	defer func() {
		c.Close()
		h.mu.Lock()
		delete(h.conns, c)
		h.mu.Unlock()
	}()
	conn, channels, requests, err := ssh.NewServerConn(c, conf)
	if err != nil {
		return
	}
	defer conn.Close()
	go func() {
		for r := range requests {
			r.Reply(false, nil)
		}
	}()
	for n := range channels {
		if n.ChannelType() != "session" {
			n.Reject(ssh.UnknownChannelType, "no")
			continue
		}
		ch, reqs, err := n.Accept()
		if err != nil {
			return
		}
		go h.session(c, ch, reqs)
	}
}

// session answers the requests of one channel and starts what it asks for.
func (h *host) session(c net.Conn, ch ssh.Channel, reqs <-chan *ssh.Request) {
	defer ch.Close()
	gone := make(chan struct{})
	defer close(gone)
	for r := range reqs {
		switch r.Type {
		case "pty-req", "env", "window-change":
			r.Reply(true, nil)
		case "exec":
			var p struct{ Command string }
			ssh.Unmarshal(r.Payload, &p)
			r.Reply(true, nil)
			go exit(ch, h.exec(p.Command, ch, ch, ch.Stderr()))
		case "shell":
			r.Reply(true, nil)
			s := &shell{h: h, conn: c, term: &term{in: bufio.NewReader(ch), out: ch, q: &h.q}}
			go func() { exit(ch, s.run()) }()
		case "subsystem":
			r.Reply(true, nil)
			go func() {
				h.sftp(ch)
				exit(ch, 0)
			}()
		default:
			r.Reply(false, nil)
		}
	}
}

func exit(ch ssh.Channel, code int) {
	ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{uint32(code)}))
	ch.CloseWrite()
	ch.Close()
}

// plain takes the extensions out of the first packet that an SFTP server sends.
type plain struct {
	io.ReadWriteCloser
	buf  []byte
	done bool
}

func (p *plain) Write(b []byte) (int, error) {
	if p.done {
		return p.ReadWriteCloser.Write(b)
	}
	p.buf = append(p.buf, b...)
	if len(p.buf) < 9 {
		return len(b), nil
	}
	size := 4 + int(p.buf[0])<<24 + int(p.buf[1])<<16 + int(p.buf[2])<<8 + int(p.buf[3])
	if len(p.buf) < size {
		return len(b), nil
	}
	p.done = true
	_, err := p.ReadWriteCloser.Write(append([]byte{0, 0, 0, 5}, append(p.buf[4:9:9], p.buf[size:]...)...))
	return len(b), err
}
