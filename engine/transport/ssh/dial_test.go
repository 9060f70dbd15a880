package ssh_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	xssh "golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/ssh"
	"github.com/muster-run/muster/engine/transport/transporttest"
)

func TestNothingListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	l := newLab(t)
	l.opts.Connect = nil
	l.target.Port = listener.Addr().(*net.TCPAddr).Port
	_, err = l.dial(t.Context())
	wantFailure(t, err, transport.ErrUnreachable, "connection refused", "check that sshd runs")
}

func TestNoSuchName(t *testing.T) {
	l := newLab(t)
	l.opts.Connect = func(_ context.Context, _, address string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: address}}
	}
	_, err := l.dial(t.Context())
	wantFailure(t, err, transport.ErrUnreachable, "has no address: no such host", "inventory")
}

// What sshd does over MaxStartups is told apart by the cause it wraps: Retry looks for it.
func TestHostHangsUp(t *testing.T) {
	for name, spoil := range map[string]func(c, far net.Conn){
		"at once":          func(_, far net.Conn) { _ = far.Close() },
		"after its banner": func(_, far net.Conn) { _, _ = io.WriteString(far, "Exceeded MaxStartups\r\n"); _ = far.Close() },
		"with a version":   func(_, far net.Conn) { _, _ = io.WriteString(far, "SSH-2.0-x\r\n"); _ = far.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.opts.Connect = func(context.Context, string, string) (net.Conn, error) {
				c, far := transporttest.Pipe()
				spoil(c, far)
				return c, nil
			}
			_, err := l.dial(t.Context())
			wantFailure(t, err, transport.ErrUnreachable, "before the login was done")
			if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("%v does not tell that the host hung up", err)
			}
		})
	}
}

func TestOldServer(t *testing.T) {
	l := newLab(t)
	l.server.Config.KeyExchanges = []string{xssh.InsecureKeyExchangeDH14SHA1}
	_, err := l.dial(t.Context())
	wantFailure(t, err, transport.ErrUnreachable, "too old", "diffie-hellman-group14-sha1")
	l.server.Wait()
}

// OpenSSH that is stopped, as by SIGSTOP or a machine that froze, is given up on.
func TestFrozenOpenSSH(t *testing.T) {
	s := transporttest.StartSSHD(t, transporttest.SSHDOptions{})
	c, err := ssh.NewDialer(ssh.Options{AgentSocket: ssh.NoAgent, Keepalive: 200 * time.Millisecond}).
		Dial(within(t, time.Minute), s.Target)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s.Signal(syscall.SIGSTOP)
	if _, err := c.Run(within(t, time.Minute), "true", nil); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

// A host that counts our last session for a moment longer than we do is asked again; one that opens none is not asked
// for ever.
func TestSessionsRefused(t *testing.T) {
	for refused, works := range map[int64]bool{2: true, 1 << 40: false} {
		l := newLab(t)
		l.server.Refuse.Store(refused)
		synctest.Test(t, func(t *testing.T) {
			c := l.mustDial(t)
			_, err := c.Run(t.Context(), "true", nil)
			if works && err != nil || !works && (err == nil || !strings.Contains(err.Error(), "no more sessions")) {
				t.Errorf("%d refusals gave %v", refused, err)
			}
			if c.Err() != nil {
				t.Error(c.Err())
			}
			l.close(c)
		})
	}
}
