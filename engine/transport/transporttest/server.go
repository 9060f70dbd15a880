package transporttest

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// Server is a small SSH server for what OpenSSH's own cannot be made to do. It keeps to what a test tells it, and works
// inside a testing/synctest bubble.
type Server struct {
	Config ssh.ServerConfig // NewServer lets every key in
	// Login, when not nil, is called before a login that is right is let in.
	Login func()
	// Exec runs a command line and returns its status; default: status 0 at once.
	Exec func(line string, ch ssh.Channel) uint32
	// Subsystem serves SFTP; default: the file system of this machine.
	Subsystem func(ch ssh.Channel)
	// Ignore leaves requests to open a channel without an answer, Mute global requests such as keepalives.
	Ignore atomic.Bool
	Mute   bool
	// Refuse is how many more sessions are refused.
	Refuse atomic.Int64

	wg sync.WaitGroup
}

// NewServer returns a server that shows these host keys, or one of its own making.
func NewServer(t testing.TB, hostKeys ...ssh.Signer) *Server {
	t.Helper()
	s := &Server{}
	s.Config.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }
	s.Config.AuthLogCallback = func(_ ssh.ConnMetadata, _ string, err error) {
		if err == nil && s.Login != nil {
			s.Login()
		}
	}
	if len(hostKeys) == 0 {
		hostKeys = []ssh.Signer{NewSigner(t)}
	}
	for _, k := range hostKeys {
		s.Config.AddHostKey(k)
	}
	return s
}

// NewSigner makes an ed25519 key.
func NewSigner(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	must(t, err)
	return signer
}

// Connect returns the client's end of a connection that the server serves until either side closes it.
func (s *Server) Connect() net.Conn {
	client, server := Pipe()
	s.wg.Go(func() { s.serve(server) })
	return client
}

// Wait returns when every connection has ended.
func (s *Server) Wait() { s.wg.Wait() }

func (s *Server) serve(c net.Conn) {
	defer c.Close()
	conn, chans, reqs, err := ssh.NewServerConn(c, &s.Config)
	if err != nil {
		return
	}
	s.wg.Go(func() { s.answer(reqs) })
	for nc := range chans {
		switch {
		case s.Ignore.Load():
		case nc.ChannelType() != "session":
			_ = nc.Reject(ssh.UnknownChannelType, "sessions only")
		case s.Refuse.Add(-1) >= 0:
			_ = nc.Reject(ssh.ConnectionFailed, "no more sessions")
		default:
			if ch, reqs, err := nc.Accept(); err == nil {
				s.wg.Go(func() { s.session(ch, reqs) })
			}
		}
	}
	_ = conn.Wait()
}

// answer refuses every request: to a keepalive that is an answer, too.
func (s *Server) answer(reqs <-chan *ssh.Request) {
	for r := range reqs {
		if r.WantReply && !s.Mute {
			_ = r.Reply(false, nil)
		}
	}
}

func (s *Server) session(ch ssh.Channel, reqs <-chan *ssh.Request) {
	for r := range reqs {
		switch r.Type {
		case "exec":
			_ = r.Reply(true, nil)
			line := string(r.Payload[4:])
			s.wg.Go(func() { s.exec(line, ch) })
		case "subsystem":
			_ = r.Reply(true, nil)
			s.wg.Go(func() { s.files(ch) })
		case "pty-req", "shell":
			_ = r.Reply(true, nil)
		default:
			if r.WantReply {
				_ = r.Reply(false, nil)
			}
		}
	}
}

func (s *Server) exec(line string, ch ssh.Channel) {
	var status uint32
	if s.Exec != nil {
		status = s.Exec(line, ch)
	}
	_, _ = ch.SendRequest("exit-status", false, binary.BigEndian.AppendUint32(nil, status))
	_ = ch.Close()
}

func (s *Server) files(ch ssh.Channel) {
	defer ch.Close()
	if s.Subsystem != nil {
		s.Subsystem(ch)
		return
	}
	server, err := sftp.NewServer(ch)
	if err != nil {
		return
	}
	if err := server.Serve(); err != nil && !errors.Is(err, io.EOF) {
		return
	}
	_ = server.Close()
}
