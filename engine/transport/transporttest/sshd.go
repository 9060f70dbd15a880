package transporttest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/muster-run/muster/engine/transport"
)

// SSHD is OpenSSH's own server on a loopback address, with a host key and an authorized key of its own. Each connection
// is served by a process of its own, which runs as the user of the test; without Daemon nothing else runs.
type SSHD struct {
	// Target logs in: its key file and known_hosts are complete.
	Target transport.Target
	// Home is what ~/ means over SFTP and $HOME in commands.
	Home string

	listener net.Listener
	config   string

	mu    sync.Mutex
	procs map[*exec.Cmd]struct{}
	log   bytes.Buffer
	wg    sync.WaitGroup
}

// SSHDOptions differ from a server that allows everything.
type SSHDOptions struct {
	MaxSessions int // default 10, as OpenSSH
	// FileBlocks, when not 0, is the largest file, in 512-byte blocks, that SFTP may write: what lies beyond fails as on a
	// full disk.
	FileBlocks int
	// Daemon makes one process listen, as on a real host, which counts logins under way for MaxStartups. Signal then goes to
	// it, too.
	Daemon bool
	// Lines are added to sshd_config.
	Lines []string
}

// StartSSHD starts a server that ends with the test. Without sshd on this machine the test is skipped, or fails when
// MUSTER_NEED_SSHD=1.
func StartSSHD(t testing.TB, o SSHDOptions) *SSHD {
	t.Helper()
	program := findSSHD(t)
	dir := t.TempDir()
	s := &SSHD{Home: filepath.Join(dir, "home"), procs: make(map[*exec.Cmd]struct{})}
	must(t, os.Mkdir(s.Home, 0o700))
	if os.Geteuid() == 0 {
		must(t, os.MkdirAll("/run/sshd", 0o755)) // sshd insists on it when it runs as root
	}
	hostKey := writeKey(t, filepath.Join(dir, "host_key"))
	userKey := writeKey(t, filepath.Join(dir, "user_key"))
	must(t, os.WriteFile(filepath.Join(dir, "authorized_keys"), ssh.MarshalAuthorizedKey(userKey), 0o600))
	s.config = filepath.Join(dir, "sshd_config")
	must(t, os.WriteFile(s.config, []byte(sshdConfig(t, dir, s.Home, o)), 0o600))

	var err error
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := s.listener.Addr().(*net.TCPAddr)
	known := filepath.Join(dir, "known_hosts")
	line := knownhosts.Line([]string{address.String()}, hostKey)
	must(t, os.WriteFile(known, []byte(line+"\n"), 0o600))
	me, err := user.Current()
	must(t, err)
	s.Target = transport.Target{Host: "sshd", Address: "127.0.0.1", Port: address.Port, User: me.Username,
		KeyFile: filepath.Join(dir, "user_key"), KnownHosts: known}

	t.Cleanup(func() { s.stop(t) })
	if o.Daemon {
		s.daemon(t, program, address)
	} else {
		s.wg.Go(func() { s.accept(program) })
	}
	return s
}

func findSSHD(t testing.TB) string {
	t.Helper()
	program, err := exec.LookPath("sshd")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/sshd")
	}
	switch {
	case err == nil:
	case os.Getenv("MUSTER_NEED_SSHD") == "1":
		t.Fatal("sshd is not installed and MUSTER_NEED_SSHD=1")
	default:
		t.Skip("sshd is not installed: install openssh-server to run this test")
	}
	program, err = filepath.Abs(program) // sshd starts itself again by its absolute path
	must(t, err)
	return program
}

func sshdConfig(t testing.TB, dir, home string, o SSHDOptions) string {
	lines := []string{
		"HostKey " + dir + "/host_key", "AuthorizedKeysFile " + dir + "/authorized_keys", "PidFile none",
		"StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes",
		"PrintMotd no", "UseDNS no", "AllowTcpForwarding yes", "SetEnv HOME=" + home, "LogLevel ERROR",
	}
	sftp := "internal-sftp -d " + home
	if o.FileBlocks > 0 {
		// A script, because sshd_config eats quotes. Without the trap the signal would kill the server.
		sftp = filepath.Join(dir, "sftp")
		script := fmt.Sprintf("#!/bin/sh\ntrap '' XFSZ\nulimit -f %d\nexec %s -d %s\n", o.FileBlocks, findSFTP(t), home)
		must(t, os.WriteFile(sftp, []byte(script), 0o700))
	}
	lines = append(lines, "Subsystem sftp "+sftp)
	if o.MaxSessions > 0 {
		lines = append(lines, fmt.Sprintf("MaxSessions %d", o.MaxSessions))
	}
	return strings.Join(append(lines, o.Lines...), "\n") + "\n"
}

func findSFTP(t testing.TB) string {
	t.Helper()
	for _, p := range []string{"/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server", "/usr/libexec/sftp-server"} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	t.Skip("OpenSSH's sftp-server is not where it is looked for")
	return ""
}

// accept serves each connection with "sshd -i": no port to lose to somebody else, no daemon to wait for.
func (s *SSHD) accept(program string) {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		f, err := c.(*net.TCPConn).File()
		_ = c.Close()
		if err != nil {
			continue
		}
		cmd := exec.Command(program, "-i", "-e", "-f", s.config)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = f, f, (*logWriter)(s)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		s.mu.Lock()
		err = cmd.Start()
		if err == nil {
			s.procs[cmd] = struct{}{}
			s.wg.Go(func() { s.reap(cmd) })
		}
		s.mu.Unlock()
		_ = f.Close()
	}
}

func (s *SSHD) reap(cmd *exec.Cmd) {
	_ = cmd.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.procs, cmd)
}

// Signal sends a signal to every process that serves a connection: SIGKILL drops them, SIGSTOP makes them fall silent.
func (s *SSHD) Signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for cmd := range s.procs {
		_ = syscall.Kill(-cmd.Process.Pid, sig)
	}
}

func (s *SSHD) stop(t testing.TB) {
	_ = s.listener.Close()
	s.Signal(syscall.SIGKILL)
	s.wg.Wait()
	if t.Failed() {
		t.Logf("sshd:\n%s", &s.log)
	}
}

// logWriter keeps the log of all servers together.
type logWriter SSHD

func (w *logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

// writeKey makes an ed25519 key, stores its private half and returns the public one.
func writeKey(t testing.TB, path string) ssh.PublicKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	must(t, err)
	must(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	key, err := ssh.NewPublicKey(public)
	must(t, err)
	return key
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
