package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/engine/secret"
	"github.com/muster-run/muster/engine/transport"
)

// conn is a live connection. Whatever waits for the host also waits for done, because a host that vanished without a
// word is noticed by the watchdog only, which then closes the connection.
type conn struct {
	host   string
	client *ssh.Client
	raw    *countedConn
	opts   Options

	sessions sessions
	files    files
	uploads  sync.Map      // usual temporary names in use
	asking   chan struct{} // holds a token while a keepalive is unanswered

	done   chan struct{}
	closed chan struct{}  // closed by Close: nobody will read any more
	once   sync.Once      // of Close
	mu     sync.Mutex     // guards reason until done is closed
	reason error          // why the connection ended
	work   sync.WaitGroup // goroutines; none starts after the end
}

func newConn(host string, client *ssh.Client, raw *countedConn, o Options) *conn {
	c := &conn{host: host, client: client, raw: raw, opts: o, done: make(chan struct{}), closed: make(chan struct{}),
		asking: make(chan struct{}, 1)}
	c.sessions.init()
	c.start(func() {
		err := client.Wait()
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("the host closed the connection")
		}
		c.end(err)
	})
	c.start(func() { c.watch(o.Keepalive, o.KeepaliveMisses) })
	return c
}

// start runs f in a goroutine that Close waits for; f must end soon after the connection did. It reports false, and does
// not run f, when that is past.
func (c *conn) start(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		return false
	}
	c.work.Go(f)
	return true
}

// end closes the connection once, for that reason.
func (c *conn) end(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		return
	}
	c.reason = fmt.Errorf("%w: %s: %s", transport.ErrUnreachable, c.host, secret.Printable(reason.Error()))
	close(c.done) // first, so that whatever fails because of the next line knows why
	_ = c.raw.Close()
}

func (c *conn) Done() <-chan struct{} { return c.done }

// Err is nil while the connection lives.
func (c *conn) Err() error {
	select {
	case <-c.done:
		return c.reason
	default:
		return nil
	}
}

// Close ends the connection and everything on it.
func (c *conn) Close() error {
	c.end(errors.New("the connection was closed from here"))
	c.once.Do(func() { close(c.closed) })
	c.work.Wait()
	return nil
}

// explain turns the error of an operation into one that tells a dead connection from a host's refusal.
func (c *conn) explain(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if !answered(err) {
		c.lost(ctx)
	}
	if dead := c.Err(); dead != nil {
		return fmt.Errorf("%s: %w", op, dead)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	return fmt.Errorf("%s: %w", op, printable{err})
}

// answered tells the errors that the host sent over a connection that works. All others may be how a connection ends
// under a channel, for which the libraries have many errors.
func answered(err error) bool {
	var status *sftp.StatusError
	var refused *ssh.OpenChannelError
	return errors.As(err, &status) || errors.As(err, &refused) ||
		errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// lost finds out whether the connection ended, or only a channel of it: one question to the host and its answer.
// A channel is torn down a moment before the connection is known to be dead.
func (c *conn) lost(ctx context.Context) bool {
	answered := make(chan struct{})
	c.start(func() {
		select {
		case c.asking <- struct{}{}:
		case <-c.done:
			return
		}
		if c.ask() == nil {
			close(answered)
		}
	})
	select {
	case <-c.done:
		return true
	case <-answered:
	case <-ctx.Done():
	}
	return false
}

// printable is an error with the host's words made safe to show.
type printable struct{ error }

func (p printable) Error() string { return secret.Printable(p.error.Error()) }
func (p printable) Unwrap() error { return p.error }
