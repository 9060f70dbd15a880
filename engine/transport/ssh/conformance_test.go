package ssh_test

import (
	"context"
	"os"
	"regexp"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/ssh"
	"github.com/muster-run/muster/engine/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// withoutAgent keeps the tests from the keys of whoever runs them.
var withoutAgent = ssh.Options{AgentSocket: ssh.NoAgent}

func host(s *transporttest.SSHD) transporttest.Host {
	d := ssh.NewDialer(withoutAgent)
	skip := make(map[string]string)
	if os.Geteuid() == 0 {
		skip["RunCancelEnds"] = "sshd passes no signals to commands of root"
	}
	if mounts, _ := os.ReadFile("/proc/mounts"); os.Geteuid() != 0 && !regexp.MustCompile(`(?m)^devpts .*gid=`).Match(mounts) {
		for _, name := range []string{"ShellEcho", "ShellTerminal", "ShellExit", "ShellClose", "Dropped", "Closed"} {
			skip[name] = "sshd may not give a terminal to the group tty here"
		}
	}
	return transporttest.Host{
		Skip: skip,
		Dial: func(ctx context.Context) (transport.Transport, error) { return d.Dial(ctx, s.Target) },
		Dir:  s.Home,
		Drop: func() { s.Signal(syscall.SIGKILL) },
	}
}

func TestOpenSSH(t *testing.T) {
	h := host(transporttest.StartSSHD(t, transporttest.SSHDOptions{}))
	full := host(transporttest.StartSSHD(t, transporttest.SSHDOptions{FileBlocks: 16}))
	h.Full = &full
	transporttest.Run(t, h)
}

// A host that allows two sessions, as hardened ones do, is used with two.
func TestOpenSSHWithTwoSessions(t *testing.T) {
	h := host(transporttest.StartSSHD(t, transporttest.SSHDOptions{MaxSessions: 2}))
	h.Skip["Dropped"] = "the case itself needs three: a shell, a command and SFTP"
	transporttest.Run(t, h)
}
