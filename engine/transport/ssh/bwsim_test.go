package ssh_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/ssh"
	"github.com/muster-run/muster/engine/transport/transporttest"
	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// simulated starts a fleet and returns how to reach one of its hosts.
func simulated(t testing.TB, o bwsim.Options) (*bwsim.Host, transport.Target) {
	t.Helper()
	f, err := bwsim.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	dir := t.TempDir()
	if err := bwsim.WriteLab(dir, f); err != nil {
		t.Fatal(err)
	}
	h := f.Hosts()[0]
	port, err := strconv.Atoi(h.SSHAddr()[len(h.Addr().String())+1:])
	if err != nil {
		t.Fatal(err)
	}
	return h, transport.Target{Host: h.Name(), Address: h.Addr().String(), Port: port, User: "bwadmin",
		KeyFile: filepath.Join(dir, "id_ed25519"), KnownHosts: filepath.Join(dir, "known_hosts")}
}

func simulatedHost(h *bwsim.Host, to transport.Target) transporttest.Host {
	d := ssh.NewDialer(withoutAgent)
	return transporttest.Host{
		Dial: func(ctx context.Context) (transport.Transport, error) { return d.Dial(ctx, to) },
		Dir:  "/tmp/suite",
		Drop: func() { h.Fault(bwsim.Fault{Kind: bwsim.Unreachable})() },
		// Coming back from Unreachable, it listens anew.
		Ignore: []goleak.Option{goleak.IgnoreAnyFunction("github.com/muster-run/muster/modules/broadworks/bwsim.(*Host).serveSSH.func1")},
		Skip: map[string]string{
			"RunCancelEnds": "the simulator has no processes",
			"RunKilled":     "the simulator has no processes",
			"ShellTerminal": "the simulator has no terminal settings: its stty does nothing",
			"Dial":          "the simulator carries sessions only",
		},
	}
}

// The simulator is held to the same suite as OpenSSH: what passes here and fails there would be the simulator's fault.
func TestSimulatedHost(t *testing.T) {
	h, to := simulated(t, bwsim.Options{})
	_ = h.Fault(bwsim.Fault{Kind: bwsim.Hang, Match: "sleep", AfterEffect: true}) // it knows no sleep
	host := simulatedHost(h, to)
	small, toSmall := simulated(t, bwsim.Options{})
	_ = small.Fault(bwsim.Fault{Kind: bwsim.DiskFull, Bytes: 8 << 10})
	full := simulatedHost(small, toSmall)
	host.Full = &full
	transporttest.Run(t, host)
}
