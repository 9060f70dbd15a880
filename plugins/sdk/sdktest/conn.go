package sdktest

import (
	"context"
	"crypto"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/muster-run/muster/plugins/sdk"
)

// Conn is a host in memory. Set its fields before it is used. What the test did not foresee fails the test and returns an
// error to the module.
type Conn struct {
	// Commands are the results of commands, by their words joined with spaces.
	Commands map[string]sdk.CommandResult
	// OnRun answers commands that are not in Commands.
	OnRun func(ctx context.Context, cmd sdk.Command) (*sdk.CommandResult, error)
	// OnDial answers Dial.
	OnDial func(ctx context.Context, to sdk.Dial) (net.Conn, error)
	// Devices stand behind the shells of that name; each opening of a shell asks for a new one.
	Devices map[string]func() Device
	// Chunk is the most bytes that Receive gives at once; 0: all there are.
	Chunk int
	// Fault is asked before each operation; an error that it returns is the operation's.
	Fault func(op Op) error

	t       testing.TB
	mu      sync.Mutex
	ops     []Op
	files   map[string]*file
	dirs    map[string]bool
	secrets map[string]*secret
	shells  map[string]*line
	silent  bool
}

// Op is one operation that was asked of a Conn.
type Op struct {
	Kind   string // run, shell, send, interrupt, put, get, get_secret, stat, remove, dial, sign
	Text   string // the command, line or path; for a secret its name
	Effect sdk.Effect
}

// NewConn returns a host with the directories /, /etc, /home, /tmp and /var and nothing else.
func NewConn(t testing.TB) *Conn {
	c := &Conn{
		t: t, files: map[string]*file{}, dirs: map[string]bool{}, secrets: map[string]*secret{}, shells: map[string]*line{},
	}
	for _, dir := range []string{"/", "/etc", "/home", "/tmp", "/var"} {
		c.dirs[dir] = true
	}
	return c
}

// Ops returns what was asked so far, in order.
func (c *Conn) Ops() []Op {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Op(nil), c.ops...)
}

// Effects returns the operations so far that are not reads.
func (c *Conn) Effects() []Op {
	var out []Op
	for _, op := range c.Ops() {
		if op.Effect != sdk.Read {
			out = append(out, op)
		}
	}
	return out
}

// Hang lets no operation from now on end before its context does, as a host that stopped answering.
func (c *Conn) Hang() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = true
}

// begin records an operation and says whether it may go on.
func (c *Conn) begin(ctx context.Context, op Op) error {
	c.mu.Lock()
	c.ops = append(c.ops, op)
	silent := c.silent
	c.mu.Unlock()
	if silent {
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.Fault != nil {
		return c.Fault(op)
	}
	return nil
}

// unforeseen fails the test.
func (c *Conn) unforeseen(format string, args ...any) error {
	err := fmt.Errorf("sdktest: "+format, args...)
	c.t.Error(err)
	return err
}

// Run answers from Commands, else by OnRun.
func (c *Conn) Run(ctx context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
	text := strings.Join(cmd.Argv, " ")
	if err := c.begin(ctx, Op{"run", text, cmd.Effect}); err != nil {
		return nil, err
	}
	if r, ok := c.Commands[text]; ok {
		return &r, nil
	}
	if c.OnRun == nil {
		return nil, c.unforeseen("the command %q was not foreseen", text)
	}
	return c.OnRun(ctx, cmd)
}

// Dial answers by OnDial.
func (c *Conn) Dial(ctx context.Context, to sdk.Dial) (net.Conn, error) {
	if err := c.begin(ctx, Op{"dial", fmt.Sprintf("%s:%d from %s", to.Address, to.Port, to.From), sdk.Read}); err != nil {
		return nil, err
	}
	if c.OnDial == nil {
		return nil, c.unforeseen("a connection to %s:%d was not foreseen", to.Address, to.Port)
	}
	return c.OnDial(ctx, to)
}

// Signer signs with a private key that was given to Secret as PEM.
func (c *Conn) Signer(ctx context.Context, key sdk.Handle) (crypto.Signer, error) {
	s, err := c.secret(key)
	if err != nil {
		return nil, err
	}
	if err := c.begin(ctx, Op{"sign", s.handle.Name, sdk.Read}); err != nil {
		return nil, err
	}
	if s.signer == nil {
		return nil, fmt.Errorf("secret %s is no private key", s.handle.Name)
	}
	return s.signer, nil
}
