package ssh

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/engine/transport"
)

// Options of a Dialer. The zero value is ready to use.
type Options struct {
	// Timeout is one deadline over connect, handshake and login; default 20 s.
	Timeout time.Duration
	// Keepalive is how often an idle connection is probed; default 15 s. After KeepaliveMisses (default 3) times that
	// without a byte from the host, the connection is closed.
	Keepalive       time.Duration
	KeepaliveMisses int
	// AgentSocket is the SSH agent's socket; default $SSH_AUTH_SOCK; "none" for no agent. It is never forwarded.
	AgentSocket string
	// Connect makes the TCP connection; default a net.Dialer.
	Connect func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the wall clock; default time.Now.
	Now func() time.Time
}

// NoAgent is the AgentSocket that keeps the dialer from any agent.
const NoAgent = "none"

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.Keepalive == 0 {
		o.Keepalive = 15 * time.Second
	}
	if o.KeepaliveMisses == 0 {
		o.KeepaliveMisses = 3
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Connect == nil {
		// The kernel's own TCP keepalive is off: the watchdog sees more, and sooner.
		o.Connect = (&net.Dialer{KeepAlive: -1}).DialContext
	}
	return o
}

// Dialer makes SSH connections. It is safe for concurrent use.
type Dialer struct {
	opts  Options
	known knownFiles
}

// NewDialer returns a Dialer.
func NewDialer(o Options) *Dialer { return &Dialer{opts: o.withDefaults()} }

// Dial connects and logs in. Its errors are *sdk.Failure, wrapping one of transport's sentinels, or ctx's error.
func (d *Dialer) Dial(ctx context.Context, to transport.Target) (transport.Transport, error) {
	if to.Port == 0 {
		to.Port = 22
	}
	within, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	until, _ := within.Deadline()
	a := &attempt{
		to:      to,
		address: net.JoinHostPort(to.Address, strconv.Itoa(to.Port)),
		timeout: time.Until(until).Round(time.Millisecond),
	}
	c, err := d.dial(within, a)
	switch {
	case err == nil:
		return c, nil
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, context.Cause(ctx)
	}
	return nil, a.failure(within, err)
}

func (d *Dialer) dial(ctx context.Context, a *attempt) (*conn, error) {
	check, err := d.hostKeyCheck(a)
	if err != nil {
		return nil, err
	}
	auth, err := d.authentication(ctx, a)
	if err != nil {
		return nil, err
	}
	defer auth.Close()

	raw, err := d.opts.Connect(ctx, "tcp", a.address)
	if err != nil {
		return nil, err
	}
	a.connected = true
	counted := newCounted(raw, d.opts.Now)
	client, err := handshake(ctx, counted, a.address, clientConfig(a.to.User, check, auth))
	if err != nil {
		return nil, err
	}
	return newConn(a.to.Host, client, counted, d.opts), nil
}

// handshake holds the net.Conn under ctx until the login is done. On error the connection is closed.
func handshake(ctx context.Context, raw net.Conn, address string, config *ssh.ClientConfig) (*ssh.Client, error) {
	// The library has no context: closing the connection is what ends its reads and writes.
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	c, chans, reqs, err := ssh.NewClientConn(raw, address, config)
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return ssh.NewClient(c, chans, reqs), nil
}
