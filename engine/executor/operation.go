package executor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path"
	"strconv"

	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/plugins/sdk"
)

func (c *nodeConn) Run(ctx context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
	t, err := c.transport(ctx)
	if err != nil {
		return nil, err
	}
	line, err := shellLine(cmd.Argv)
	if err != nil {
		return nil, err
	}
	if err := c.before(ctx, cmd.Effect, line); err != nil {
		return nil, err
	}
	res, err := t.Run(ctx, line, cmd.Stdin)
	return res, c.seen(err)
}

func (c *nodeConn) Shell(ctx context.Context, name string) (sdk.Shell, error) {
	t, err := c.transport(ctx)
	if err != nil {
		return nil, err
	}
	sh, err := c.exec.shells.open(ctx, shellKey{c.host.name, c.plugin, name}, t)
	if err != nil {
		return nil, c.seen(err)
	}
	sh.conn = c
	c.mu.Lock()
	c.held = append(c.held, sh)
	c.mu.Unlock()
	return sh, nil
}

func (c *nodeConn) Put(ctx context.Context, file sdk.Put) error {
	t, err := c.transport(ctx)
	if err != nil {
		return err
	}
	content, what := file.Content, fmt.Sprintf("write %s (%d bytes)", file.Path, len(file.Content))
	if file.Secret != nil {
		what = fmt.Sprintf("write %s (the secret %s)", file.Path, file.Secret.Name)
		if content, err = c.secret(*file.Secret); err != nil {
			return err
		}
	}
	if err := c.before(ctx, sdk.Idempotent, what); err != nil {
		return err
	}
	err = t.Put(ctx, file.Path, content, file.Mode)
	if file.MakeDirs && errors.Is(err, fs.ErrNotExist) { // mostly they are there
		if err = t.MkdirAll(ctx, path.Dir(file.Path)); err == nil {
			err = t.Put(ctx, file.Path, content, file.Mode)
		}
	}
	return c.seen(err)
}

func (c *nodeConn) Get(ctx context.Context, name string) ([]byte, error) {
	t, err := c.transport(ctx)
	if err != nil {
		return nil, err
	}
	b, err := t.Get(ctx, name, getLimit)
	return b, c.seen(err)
}

func (c *nodeConn) GetSecret(ctx context.Context, name string) (sdk.Handle, error) {
	b, err := c.Get(ctx, name)
	if err != nil {
		return sdk.Handle{}, err
	}
	h, err := c.exec.secrets.Add(name, secret.NewValue(b))
	if err != nil {
		return sdk.Handle{}, err
	}
	c.grant(h.ID)
	return sdk.Handle(h), nil
}

func (c *nodeConn) Stat(ctx context.Context, name string) (sdk.FileInfo, error) {
	t, err := c.transport(ctx)
	if err != nil {
		return sdk.FileInfo{}, err
	}
	info, err := t.Stat(ctx, name)
	return info, c.seen(err)
}

func (c *nodeConn) Remove(ctx context.Context, name string) error {
	t, err := c.transport(ctx)
	if err != nil {
		return err
	}
	if err := c.before(ctx, sdk.Idempotent, "remove "+name); err != nil {
		return err
	}
	return c.seen(t.Remove(ctx, name))
}

func (c *nodeConn) Dial(ctx context.Context, to sdk.Dial) (net.Conn, error) {
	address := to.Address
	if address == "" {
		address = c.host.address
	}
	if !c.declared[address] {
		return nil, fmt.Errorf("%s is not an address that %s declares: %w", address, c.host.name, fs.ErrPermission)
	}
	if to.Port < 1 || to.Port > 65535 {
		return nil, fmt.Errorf("port %d is not between 1 and 65535", to.Port)
	}
	target := net.JoinHostPort(address, strconv.Itoa(to.Port))
	if to.From == sdk.FromHost {
		t, err := c.transport(ctx)
		if err != nil {
			return nil, err
		}
		conn, err := t.Dial(ctx, target)
		return conn, c.seen(err)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", target)
}
