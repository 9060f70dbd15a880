// Package local is a transport to the control machine itself: commands through os/exec, files through the file system.
//
// It serves tests and hosts whose connection is local. It is no sandbox: what runs here runs as the user of the program.
package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/muster-run/muster/engine/transport"
)

// Options of a Dialer. The zero value is ready to use.
type Options struct {
	// Home is what ~/ means and where commands start; default the user's home directory.
	Home string
}

// Dialer makes transports to this machine, whatever the target's address.
type Dialer struct{ opts Options }

// NewDialer returns a Dialer.
func NewDialer(o Options) *Dialer { return &Dialer{o} }

// Dial succeeds unless the home directory is not known.
func (d *Dialer) Dial(ctx context.Context, to transport.Target) (transport.Transport, error) {
	home := d.opts.Home
	if home == "" {
		var err error
		if home, err = os.UserHomeDir(); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", transport.ErrUnreachable, to.Host, err)
		}
	}
	life, end := context.WithCancel(context.Background())
	return &machine{host: to.Host, home: home, life: life, end: end}, nil
}

// machine is the transport. Closing it ends what runs on it, as losing a connection would.
type machine struct {
	host string
	home string
	life context.Context
	end  context.CancelFunc

	mu     sync.Mutex
	shells map[*shell]struct{}
}

func (m *machine) Done() <-chan struct{} { return m.life.Done() }

func (m *machine) Err() error {
	if m.life.Err() == nil {
		return nil
	}
	return fmt.Errorf("%w: %s: the connection was closed from here", transport.ErrUnreachable, m.host)
}

func (m *machine) Close() error {
	m.end()
	m.mu.Lock()
	shells := m.shells
	m.shells = nil
	m.mu.Unlock()
	for s := range shells {
		_ = s.Close()
	}
	return nil
}

// scope is ctx, ended also by Close.
func (m *machine) scope(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(m.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// explain names the operation, and tells a closed transport and an ended ctx from other errors.
func (m *machine) explain(ctx context.Context, op string, err error) error {
	switch {
	case err == nil:
		return nil
	case m.Err() != nil:
		err = m.Err()
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// begin is what every operation on a path starts with.
func (m *machine) begin(ctx context.Context, path string) (string, error) {
	rest, home := strings.CutPrefix(path, "~/")
	switch {
	case m.Err() != nil:
		return "", m.Err()
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case strings.ContainsRune(path, 0):
		return "", errors.New("a path must not contain NUL")
	case path == "~":
		return m.home, nil
	case home:
		return filepath.Join(m.home, rest), nil
	case !strings.HasPrefix(path, "/"):
		return "", errors.New("a path must begin with / or ~/")
	}
	return filepath.Clean(path), nil
}

// Dial connects from here.
func (m *machine) Dial(ctx context.Context, address string) (net.Conn, error) {
	if err := m.Err(); err != nil {
		return nil, m.explain(ctx, "dial "+address, err)
	}
	scope, cancel := m.scope(ctx)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(scope, "tcp", address)
	return c, m.explain(ctx, "dial "+address, err)
}
