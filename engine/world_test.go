package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// world is a fleet in memory: what hosts hold and were told, and how they misbehave. It is the judge of these tests.
type world struct {
	mu    sync.Mutex
	hosts map[string]*fakeHost
	gone  bool // the control machine died: nothing that it still does arrives
	// effect is told of every operation that changes a host, before it happens.
	effect func(host, what string)
}

func (w *world) effects(host, what string) {
	if w.effect != nil {
		w.effect(host, what)
	}
}

// errDead is what a process hears that is as good as dead.
var errDead = fmt.Errorf("%w: this process is dead", transport.ErrUnreachable)

// die cuts the world off from the process that is at work; revive lets another one in.
func (w *world) die()    { w.with(func() { w.gone = true }) }
func (w *world) revive() { w.with(func() { w.gone = false }) }

// fakeHost is one host. Faults are set before a run.
type fakeHost struct {
	w       *world
	name    string
	files   map[string]string
	told    []string // commands run, in order
	dialErr error    // what a login ends with
	cutAt   string   // the connection ends while this command runs, and the host is gone
	dropAt  string   // the connection ends while this command runs; the host takes a new one
	deny    string   // a file that cannot be written
	hide    string   // a file that cannot be read
	conns   []*fakeConn
}

func newWorld(names ...string) *world {
	w := &world{hosts: map[string]*fakeHost{}}
	for _, n := range names {
		w.hosts[n] = &fakeHost{w: w, name: n, files: map[string]string{"/health": "ok"}}
	}
	return w
}

func (w *world) Dial(_ context.Context, to transport.Target) (transport.Transport, error) {
	h := w.hosts[to.Host]
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		return nil, errDead
	}
	if h.dialErr != nil {
		return nil, h.dialErr
	}
	c := &fakeConn{host: h, done: make(chan struct{})}
	h.conns = append(h.conns, c)
	return c, nil
}

// with runs f while the world stands still.
func (w *world) with(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// said is every command that any host was told.
func (w *world) said() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, h := range w.hosts {
		for _, t := range h.told {
			out = append(out, h.name+": "+t)
		}
	}
	slices.Sort(out)
	return out
}

func (w *world) file(host, name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hosts[host].files[name]
}

// fakeConn is a connection to a fakeHost.
type fakeConn struct {
	host *fakeHost
	once sync.Once
	done chan struct{}
	err  error
}

func (c *fakeConn) end(err error) {
	c.once.Do(func() { c.err = err; close(c.done) })
}

func (c *fakeConn) Done() <-chan struct{} { return c.done }

func (c *fakeConn) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

func (c *fakeConn) Close() error {
	c.end(fmt.Errorf("%w: closed", transport.ErrUnreachable))
	return nil
}

func (c *fakeConn) Run(_ context.Context, line string, _ []byte) (*sdk.CommandResult, error) {
	c.host.w.mu.Lock()
	defer c.host.w.mu.Unlock()
	if c.host.w.gone {
		return nil, errDead
	}
	c.host.w.effects(c.host.name, line)
	c.host.told = append(c.host.told, line)
	if line == "bounce" {
		c.host.files["/started"] = time.Now().Format(time.RFC3339Nano)
	}
	if c.host.cutAt == line {
		c.host.cutAt = ""
		c.host.dialErr = fmt.Errorf("%w: connection refused", transport.ErrUnreachable)
		c.end(fmt.Errorf("%w: connection reset", transport.ErrUnreachable))
		return nil, c.err
	}
	if c.host.dropAt == line {
		c.host.dropAt = ""
		c.end(fmt.Errorf("%w: connection reset", transport.ErrUnreachable))
		return nil, c.err
	}
	return &sdk.CommandResult{}, nil
}

func (c *fakeConn) Shell(context.Context) (transport.Shell, error) {
	near, far := net.Pipe()
	go func() { _, _ = io.Copy(far, far) }()
	return near, nil
}

func (c *fakeConn) Put(_ context.Context, name string, content []byte, _ fs.FileMode) error {
	c.host.w.mu.Lock()
	defer c.host.w.mu.Unlock()
	if c.host.w.gone {
		return errDead
	}
	c.host.w.effects(c.host.name, "put "+name)
	if c.host.deny == name {
		return errors.New("no space left on device")
	}
	c.host.files[name] = string(content)
	return nil
}

func (c *fakeConn) Get(_ context.Context, name string, _ int64) ([]byte, error) {
	c.host.w.mu.Lock()
	defer c.host.w.mu.Unlock()
	if c.host.w.gone {
		return nil, errDead
	}
	if c.host.hide == name {
		return nil, errors.New("input/output error")
	}
	text, ok := c.host.files[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, sdk.ErrNotExist)
	}
	return []byte(text), nil
}

func (c *fakeConn) Stat(ctx context.Context, name string) (sdk.FileInfo, error) {
	b, err := c.Get(ctx, name, 0)
	return sdk.FileInfo{Size: int64(len(b))}, err
}

func (c *fakeConn) Remove(_ context.Context, name string) error {
	c.host.w.mu.Lock()
	defer c.host.w.mu.Unlock()
	if c.host.w.gone {
		return errDead
	}
	c.host.w.effects(c.host.name, "remove "+name)
	delete(c.host.files, name)
	return nil
}

func (c *fakeConn) MkdirAll(context.Context, string) error { return nil }

func (c *fakeConn) ReadDir(_ context.Context, dir string) ([]string, error) {
	c.host.w.mu.Lock()
	defer c.host.w.mu.Unlock()
	if c.host.w.gone {
		return nil, errDead
	}
	var out []string
	for name := range c.host.files {
		if path.Dir(name) == strings.TrimSuffix(dir, "/") {
			out = append(out, path.Base(name))
		}
	}
	return out, nil
}

func (c *fakeConn) Dial(context.Context, string) (net.Conn, error) {
	return nil, errors.New("no network in this world")
}
