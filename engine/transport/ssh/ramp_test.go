package ssh_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/engine/transport/ssh"
	"github.com/muster-run/muster/engine/transport/transporttest"
)

// crowd logs in over n targets at once, as an engine does, and runs a command on each.
func crowd(t *testing.T, d transport.Dialer, to transport.Target, n int) {
	t.Helper()
	pool := transport.NewPool(transport.Retry(transport.Ramp(d, 50), transport.RetryOptions{}))
	defer pool.Close()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			mine := to
			mine.Host = fmt.Sprintf("h%d", i)
			c, err := pool.Get(t.Context(), mine)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Release()
			if r, err := c.Run(t.Context(), "true", nil); err != nil || r.Status != 0 {
				t.Errorf("%s: %v, %v", mine.Host, r, err)
			}
		})
	}
	wg.Wait()
}

// OpenSSH that takes two logins at a time lets thirty in that come at once.
func TestMaxStartups(t *testing.T) {
	s := transporttest.StartSSHD(t, transporttest.SSHDOptions{Daemon: true, Lines: []string{"MaxStartups 2:100:2"}})
	var hungUp atomic.Int64
	d := ssh.NewDialer(withoutAgent)
	crowd(t, transport.DialerFunc(func(ctx context.Context, to transport.Target) (transport.Transport, error) {
		c, err := d.Dial(ctx, to)
		if err != nil {
			hungUp.Add(1)
		}
		return c, err
	}), s.Target, 30)
	if hungUp.Load() == 0 {
		t.Error("sshd hung up on nobody: this shows nothing")
	}
}

// The same in virtual time, where a login takes as long as one may.
func TestMaxStartupsInMemory(t *testing.T) {
	l := newLab(t)
	var now, refused atomic.Int64
	l.server.Login = func() { time.Sleep(3 * time.Second); now.Add(-1) }
	connect := l.opts.Connect
	l.opts.Connect = func(ctx context.Context, network, address string) (net.Conn, error) {
		if now.Add(1) > 2 {
			now.Add(-1)
			refused.Add(1)
			near, far := transporttest.Pipe()
			_ = far.Close()
			return near, nil
		}
		return connect(ctx, network, address)
	}
	synctest.Test(t, func(t *testing.T) {
		crowd(t, ssh.NewDialer(l.opts), l.target, 30)
		l.server.Wait()
	})
	if refused.Load() == 0 {
		t.Error("nobody was refused: this shows nothing")
	}
}
