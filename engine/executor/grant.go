package executor

import (
	"context"
	"crypto"
	"errors"

	"github.com/muster-run/muster/plugins/sdk"
)

func (c *nodeConn) Signer(_ context.Context, key sdk.Handle) (crypto.Signer, error) {
	if !c.granted(key.ID) {
		return nil, errNotGranted
	}
	return c.exec.secrets.Signer(key.ID)
}

// errNotGranted refuses a handle that belongs to another node: a plugin serves many, and one host's key is not
// another's to use.
var errNotGranted = errors.New("the secret was not given to this task")

func (c *nodeConn) grant(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handles == nil {
		c.handles = map[string]bool{}
	}
	c.handles[id] = true
}

func (c *nodeConn) granted(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.handles[id]
}

// secret is the bytes behind a handle that was given to this attempt.
func (c *nodeConn) secret(h sdk.Handle) ([]byte, error) {
	if !c.granted(h.ID) {
		return nil, errNotGranted
	}
	v, err := c.exec.secrets.Value(h.ID)
	return v.Reveal(), err
}
