package ssh_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/ssh"
	"github.com/muster-run/muster/plugins/sdk"
)

func newPrivate(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(nil, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// wantFailure checks class and words of an error of Dial.
func wantFailure(t testing.TB, err error, class error, words ...string) {
	t.Helper()
	f, ok := errors.AsType[*sdk.Failure](err)
	if !ok || !errors.Is(err, class) {
		t.Fatalf("got %v, want a failure of class %q", err, class)
	}
	for _, other := range []error{transport.ErrUnreachable, transport.ErrAuth, transport.ErrHostKey} {
		if other != class && errors.Is(err, other) {
			t.Errorf("%v is of two classes", err)
		}
	}
	text := f.Error() + "\n" + strings.Join(f.Do, "\n")
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in:\n%s", w, text)
		}
	}
}

// A key that cannot be used is refused before the host is contacted.
func TestKeyFileRefused(t *testing.T) {
	dir := t.TempDir()
	locked, err := xssh.MarshalPrivateKeyWithPassphrase(newPrivate(t), "", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := xssh.NewPublicKey(newPrivate(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	open := write(t, dir, "open", "x")
	_ = os.Chmod(open, 0o644)
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	short := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(shortRSA(t))})
	for _, c := range []struct{ name, path, words string }{
		{"missing", filepath.Join(dir, "none"), "does not exist"},
		{"directory", dir, "is a directory"},
		{"fifo", fifo, "not a regular file"},
		{"mode", open, "chmod 600 " + open},
		{"empty", write(t, dir, "empty", ""), "is empty"},
		{"large", write(t, dir, "large", strings.Repeat("x", 64<<10+1)), "larger than 64 KiB"},
		{"garbage", write(t, dir, "garbage", "hello"), "is not a private key"},
		{"public", write(t, dir, "id.pub", string(xssh.MarshalAuthorizedKey(public))), "without .pub"},
		{"truncated", write(t, dir, "cut", string(pem.EncodeToMemory(locked)[:100])), "is not a private key"},
		{"locked", write(t, dir, "locked", string(pem.EncodeToMemory(locked))), "ssh-add"},
		{"short rsa", write(t, dir, "rsa", string(short)), "too short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ssh.NewDialer(ssh.Options{AgentSocket: ssh.NoAgent,
				Connect: func(context.Context, string, string) (net.Conn, error) {
					t.Error("the host was contacted")
					return nil, errors.New("no")
				}})
			_, err := d.Dial(t.Context(), transport.Target{Host: "h1", Address: "127.0.0.1", KeyFile: c.path,
				KnownHosts: filepath.Join(dir, "known")})
			wantFailure(t, err, transport.ErrAuth, c.words)
		})
	}
}

// shortRSA is a key of 1024 bits, which this Go makes only when told so.
func shortRSA(t testing.TB) *rsa.PrivateKey {
	t.Setenv("GODEBUG", "rsa1024min=0")
	return newRSA(t, 1024)
}

func TestKeyKinds(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P384(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.PrivateKey{
		"ed25519": newPrivate(t), "ecdsa": curve, "rsa": newRSA(t, 2048),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.target.KeyFile = writePrivate(t, t.TempDir(), key)
			l.server.Config.PublicKeyAuthAlgorithms = []string{
				xssh.KeyAlgoED25519, xssh.KeyAlgoECDSA384, xssh.KeyAlgoRSASHA256,
			}
			l.close(l.mustDial(t))
		})
	}
}

func TestRefusedKeyNamesWhatWasTried(t *testing.T) {
	l := newLab(t)
	l.server.Config.PublicKeyCallback = func(xssh.ConnMetadata, xssh.PublicKey) (*xssh.Permissions, error) {
		return nil, errors.New("no")
	}
	key := newPrivate(t)
	l.target.KeyFile = writePrivate(t, t.TempDir(), key)
	public, _ := xssh.NewPublicKey(key.Public())
	_, err := l.dial(t.Context())
	wantFailure(t, err, transport.ErrAuth, "refused every key", xssh.FingerprintSHA256(public), l.target.KeyFile, "authorized_keys")
	l.server.Wait()
}

func TestPasswordOnlyHost(t *testing.T) {
	l := newLab(t)
	l.server.Config.PublicKeyCallback = nil
	l.server.Config.PasswordCallback = func(xssh.ConnMetadata, []byte) (*xssh.Permissions, error) { return nil, nil }
	_, err := l.dial(t.Context())
	wantFailure(t, err, transport.ErrAuth, "only: password")
	l.server.Wait()
}

func TestSecondFactor(t *testing.T) {
	l := newLab(t)
	more := xssh.ServerAuthCallbacks{PasswordCallback: func(xssh.ConnMetadata, []byte) (*xssh.Permissions, error) { return nil, nil }}
	l.server.Config.PublicKeyCallback = func(xssh.ConnMetadata, xssh.PublicKey) (*xssh.Permissions, error) {
		return nil, &xssh.PartialSuccessError{Next: more}
	}
	_, err := l.dial(t.Context())
	wantFailure(t, err, transport.ErrAuth, "wants more: password")
	l.server.Wait()
}

// agentSocket serves an agent until the test ends.
func agentSocket(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return socket
}

func TestAgent(t *testing.T) {
	key := newRSA(t, 2048)
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key, Comment: "mine"}); err != nil {
		t.Fatal(err)
	}
	socket := agentSocket(t, func(c net.Conn) { _ = agent.ServeAgent(ring, c) })
	locked, err := xssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"alone":                "",
		"for a locked keyfile": write(t, t.TempDir(), "id", string(pem.EncodeToMemory(locked))),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.opts.AgentSocket = socket
			l.target.KeyFile = file
			l.close(l.mustDial(t))
		})
	}
	t.Run("not for a key it lacks", func(t *testing.T) {
		l := newLab(t)
		l.opts.AgentSocket = socket
		other, _ := xssh.MarshalPrivateKeyWithPassphrase(newPrivate(t), "", []byte("secret"))
		l.target.KeyFile = write(t, t.TempDir(), "id", string(pem.EncodeToMemory(other)))
		_, err := l.dial(t.Context())
		wantFailure(t, err, transport.ErrAuth, "passphrase", "does not hold it", "ssh-add")
	})
}

// An agent that never answers costs a part of the timeout, not the login.
func TestAgentHangs(t *testing.T) {
	socket := agentSocket(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); _, _ = c.Read(make([]byte, 100)) })
	l := newLab(t)
	l.opts.AgentSocket = socket
	l.opts.Timeout = 4 * time.Second
	l.close(l.mustDial(t))

	l.target.KeyFile = ""
	_, err := l.dial(t.Context())
	wantFailure(t, err, transport.ErrAuth, "no key to log in with", socket)
}

func TestNoKeyAtAll(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	l := newLab(t)
	l.target.KeyFile, l.opts.AgentSocket = "", ""
	_, err := l.dial(t.Context())
	wantFailure(t, err, transport.ErrAuth, "SSH_AUTH_SOCK is not set", "ssh_key")
}
