package lease_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is hosts with a home directory, a real shell and a clock of their own. Their clocks follow the time of the test,
// also in a testing/synctest bubble.
type world struct {
	dir string

	mu    sync.Mutex
	hosts map[string]*machine
}

type machine struct {
	home  string
	skew  time.Duration
	down  bool                                   // no login
	on    func(line string) (before, after bool) // cut the connection there
	told  int
	hangs bool // lines are not answered
	open  map[*connection]struct{}
}

func newWorld(t testing.TB, names ...string) *world {
	w := &world{dir: t.TempDir(), hosts: map[string]*machine{}}
	bin := filepath.Join(w.dir, "bin")
	must(t, os.Mkdir(bin, 0o700))
	must(t, os.WriteFile(filepath.Join(bin, "date"), []byte("#!/bin/sh\necho $TEST_NOW\n"), 0o700))
	for _, n := range names {
		home := filepath.Join(w.dir, n)
		must(t, os.Mkdir(home, 0o700))
		w.hosts[n] = &machine{home: home, open: map[*connection]struct{}{}}
	}
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// with changes a host while nothing begins on it.
func (w *world) with(name string, f func(*machine)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(w.hosts[name])
}

// asked is how many lines a host was told.
func (w *world) asked(name string) (n int) {
	w.with(name, func(m *machine) { n = m.told })
	return n
}

// dies takes a host away without a word; its connections end.
func (w *world) dies(name string) {
	w.with(name, func(m *machine) {
		m.down = true
		for c := range m.open {
			c.end()
		}
	})
}

func (w *world) Dial(_ context.Context, to transport.Target) (transport.Transport, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.hosts[to.Host]
	if m.down {
		return nil, fmt.Errorf("%w: connection refused", transport.ErrUnreachable)
	}
	c := &connection{world: w, machine: m, done: make(chan struct{})}
	m.open[c] = struct{}{}
	return c, nil
}

// connection runs command lines with /bin/sh and can do nothing else.
type connection struct {
	transport.Transport
	world   *world
	machine *machine
	once    sync.Once
	done    chan struct{}
}

func (c *connection) end()                  { c.once.Do(func() { close(c.done) }) }
func (c *connection) Done() <-chan struct{} { return c.done }
func (c *connection) Close() error {
	c.end()
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	delete(c.machine.open, c)
	return nil
}

func (c *connection) Err() error {
	select {
	case <-c.done:
		return fmt.Errorf("%w: reset", transport.ErrUnreachable)
	default:
		return nil
	}
}

func (c *connection) Run(ctx context.Context, line string, stdin []byte) (*sdk.CommandResult, error) {
	c.world.mu.Lock()
	c.machine.told++
	now := time.Now().Add(c.machine.skew)
	hangs := c.machine.hangs
	var before, after bool
	if c.machine.on != nil {
		before, after = c.machine.on(line)
	}
	c.world.mu.Unlock()
	if hangs {
		<-ctx.Done()
	}
	if before {
		c.end()
	}
	if err := cmp.Or(c.Err(), context.Cause(ctx)); err != nil {
		return nil, err
	}
	res := c.world.sh(c.machine.home, line, stdin, now)
	if after {
		c.end()
	}
	return res, c.Err()
}

// sh is the host's shell; the only clock that it can see is now.
func (w *world) sh(home, line string, stdin []byte, now time.Time) *sdk.CommandResult {
	var out, errs bytes.Buffer
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + w.dir + "/bin:" + os.Getenv("PATH"), fmt.Sprint("TEST_NOW=", now.Unix())}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errs
	_ = cmd.Run()
	return &sdk.CommandResult{Status: cmd.ProcessState.ExitCode(), Stdout: out.Bytes(), Stderr: errs.Bytes()}
}

// options are those of one run: a controller with a pool of its own.
func (w *world) options(t testing.TB, run int) lease.Options {
	pool := transport.NewPool(w)
	t.Cleanup(func() { _ = pool.Close() })
	o := lease.Options{Pool: pool, Owner: lease.Owner{Run: run, User: "ann", Machine: fmt.Sprintf("bastion%d", run), PID: 4000 + run, Reason: "apply site.hcl"}}
	for name := range w.hosts {
		o.Targets = append(o.Targets, transport.Target{Host: name, User: "bwadmin"})
	}
	return o
}

// files lists what is below ~/.muster of a host.
func (w *world) files(t testing.TB, name string) []string {
	t.Helper()
	return w.below(t, w.hosts[name].home)
}

func (w *world) below(t testing.TB, home string) []string {
	t.Helper()
	var list []string
	root := filepath.Join(home, ".muster")
	must(t, filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(root, path); rel != "." {
			list = append(list, rel)
		}
		return err
	}))
	return list
}

// free checks that nothing is left on the hosts.
func (w *world) free(t testing.TB) {
	t.Helper()
	for name := range w.hosts {
		if _, err := os.Stat(filepath.Join(w.hosts[name].home, ".muster")); err == nil {
			if left := w.files(t, name); len(left) > 0 {
				t.Errorf("%s: left %q", name, left)
			}
		}
	}
}

func acquire(t testing.TB, o lease.Options) *lease.Lease {
	t.Helper()
	l, err := lease.Acquire(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func release(t testing.TB, l *lease.Lease) {
	t.Helper()
	if err := l.Release(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("release: %v", err)
	}
}

// refusal is the Held that Acquire must give.
func refusal(t testing.TB, o lease.Options) *lease.Held {
	t.Helper()
	l, err := lease.Acquire(t.Context(), o)
	if err == nil {
		release(t, l)
		t.Fatal("it was given a lease that another run holds")
	}
	held, ok := err.(*lease.Held)
	if !ok {
		t.Fatalf("got %T %v, want *Held", err, err)
	}
	return held
}

func hostsOf(held *lease.Held) string {
	var list []string
	for _, h := range held.Hosts {
		list = append(list, h.Host)
	}
	return strings.Join(list, " ")
}

func sorted(list []string) []string { slices.Sort(list); return list }
