package lease_test

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"
	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/local"
	"github.com/muster-run/muster/engine/transport/ssh"
	"github.com/muster-run/muster/engine/transport/transporttest"
	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// The lease works on every kind of host there is: what the lines need of a shell is there.
func TestOnRealHosts(t *testing.T) {
	for name, start := range map[string]func(t *testing.T) (transport.Dialer, transport.Target){
		"local": func(t *testing.T) (transport.Dialer, transport.Target) {
			return local.NewDialer(local.Options{Home: t.TempDir()}), transport.Target{Host: "here"}
		},
		"memory": inMemory,
		"openssh": func(t *testing.T) (transport.Dialer, transport.Target) {
			return ssh.NewDialer(ssh.Options{AgentSocket: ssh.NoAgent}), transporttest.StartSSHD(t, transporttest.SSHDOptions{}).Target
		},
		"simulated": simulated,
	} {
		t.Run(name, func(t *testing.T) {
			d, target := start(t)
			conform(t, d, target)
		})
	}
}

// conform goes through the life of a lease: taken, held, taken from a dead run, given back.
func conform(t *testing.T, d transport.Dialer, target transport.Target) {
	run := func(n int) lease.Options {
		pool := transport.NewPool(d)
		t.Cleanup(func() { _ = pool.Close() })
		return lease.Options{Pool: pool, Targets: []transport.Target{target}, Every: 500 * time.Millisecond,
			Owner: lease.Owner{Run: n, User: "ann", Machine: "bastion", PID: n, Reason: "it's \"quoted\" $HOME `x`\n\x1b[31m"}}
	}
	o := run(1)
	l := acquire(t, o)
	names := func() string {
		conn, err := o.Pool.Get(t.Context(), target)
		must(t, err)
		defer conn.Release()
		list, err := conn.ReadDir(t.Context(), "~/.muster")
		must(t, err)
		inside, err := conn.ReadDir(t.Context(), "~/.muster/lease")
		must(t, err)
		return strings.Join(append(list, inside...), " ")
	}
	first := names()
	for names() == first { // until it was renewed
		if t.Context().Err() != nil {
			t.Fatal("it was not renewed")
		}
	}
	held := refusal(t, run(2))
	if want := `run 1 of ann@bastion (process 1): it's "quoted" $HOME ` + "`x` " + `\x1b[31m`; held.Hosts[0].Owner.String() != want {
		t.Errorf("got %q, want %q", held.Hosts[0].Owner, want)
	}
	if since := time.Since(held.Hosts[0].Owner.Since); since < 0 || since > time.Minute {
		t.Errorf("held since %s", since)
	}
	thief := run(3)
	thief.Dead = func(o lease.Owner) bool { return o.PID == 1 }
	taken := acquire(t, thief)
	if lost := loss(t, l); lost.Owner == nil || lost.Owner.Run != 3 {
		t.Errorf("got %+v", lost)
	}
	release(t, l)
	none(t, taken)
	release(t, taken)
	if left := names(); left != "" {
		t.Errorf("left %q", left)
	}
}

// inMemory is an SSH server in memory whose commands a real shell runs.
func inMemory(t *testing.T) (transport.Dialer, transport.Target) {
	w := newWorld(t, "h1")
	key := transporttest.NewSigner(t)
	server := transporttest.NewServer(t, key)
	home := w.hosts["h1"].home
	server.Exec = func(line string, ch xssh.Channel) uint32 {
		in, _ := io.ReadAll(ch)
		res := w.sh(home, line, in, time.Now())
		_, _ = ch.Write(res.Stdout)
		_, _ = ch.Stderr().Write(res.Stderr)
		return uint32(res.Status)
	}
	server.Subsystem = func(ch xssh.Channel) {
		if files, err := sftp.NewServer(ch, sftp.WithServerWorkingDirectory(home)); err == nil {
			_ = files.Serve()
		}
	}
	dir := t.TempDir()
	_, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	block, err := xssh.MarshalPrivateKey(private, "")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "id"), pem.EncodeToMemory(block), 0o600))
	known := filepath.Join(dir, "known_hosts")
	must(t, os.WriteFile(known, []byte(knownhosts.Line([]string{"127.0.0.1:22"}, key.PublicKey())+"\n"), 0o600))
	return ssh.NewDialer(ssh.Options{AgentSocket: ssh.NoAgent, Connect: func(context.Context, string, string) (net.Conn, error) {
		return server.Connect(), nil
	}}), transport.Target{Host: "h1", Address: "127.0.0.1", User: "bwadmin", KnownHosts: known, KeyFile: filepath.Join(dir, "id")}
}

// simulated is a host of the BroadWorks fleet, whose shell is a small one.
func simulated(t *testing.T) (transport.Dialer, transport.Target) {
	f, err := bwsim.Start(context.Background(), bwsim.Options{})
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	dir := t.TempDir()
	must(t, bwsim.WriteLab(dir, f))
	h := f.Hosts()[0]
	_, port, err := net.SplitHostPort(h.SSHAddr())
	must(t, err)
	n, err := strconv.Atoi(port)
	must(t, err)
	return ssh.NewDialer(ssh.Options{AgentSocket: ssh.NoAgent}), transport.Target{Host: h.Name(), Address: h.Addr().String(), Port: n,
		User: "bwadmin", KeyFile: filepath.Join(dir, "id_ed25519"), KnownHosts: filepath.Join(dir, "known_hosts")}
}
