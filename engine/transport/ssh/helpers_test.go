package ssh_test

import (
	"context"
	"crypto"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/ssh"
	"github.com/muster-run/muster/engine/transport/transporttest"
)

// lab is a server in memory and everything to log in to it.
type lab struct {
	server *transporttest.Server
	fault  *transporttest.Fault
	opts   ssh.Options
	target transport.Target
}

const address = "127.0.0.1:22"

func newLab(t testing.TB) *lab {
	t.Helper()
	hostKey := transporttest.NewSigner(t)
	l := &lab{server: transporttest.NewServer(t, hostKey), fault: &transporttest.Fault{}}
	dir := t.TempDir()
	l.target = transport.Target{
		Host: "h1", Address: "127.0.0.1", Port: 22, User: "bwadmin",
		KeyFile:    writePrivate(t, dir, newPrivate(t)),
		KnownHosts: write(t, dir, "known_hosts", knownhosts.Line([]string{address}, hostKey.PublicKey())+"\n"),
	}
	l.opts = ssh.Options{
		AgentSocket: ssh.NoAgent,
		Connect: func(context.Context, string, string) (net.Conn, error) {
			return l.fault.Wrap(l.server.Connect()), nil
		},
	}
	return l
}

func (l *lab) dial(ctx context.Context) (transport.Transport, error) {
	return ssh.NewDialer(l.opts).Dial(ctx, l.target)
}

func (l *lab) mustDial(t testing.TB) transport.Transport {
	t.Helper()
	c, err := l.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// close ends the connection and waits for the server.
func (l *lab) close(c transport.Transport) {
	_ = c.Close()
	l.server.Wait()
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func writePrivate(t testing.TB, dir string, key crypto.PrivateKey) string {
	t.Helper()
	block, err := xssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, "id", string(pem.EncodeToMemory(block)))
}

func newDialer(l *lab) *ssh.Dialer { return ssh.NewDialer(l.opts) }
