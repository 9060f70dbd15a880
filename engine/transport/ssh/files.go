package ssh

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// patience is how long a file operation may take to clean up after its context ended, before its subsystem is closed
// under it.
const patience = time.Second

// inFlight bounds what an upload has under way to 256 KiB, so that a slow line still answers often enough to be seen
// alive.
const inFlight = 8

// files keeps the one SFTP subsystem of a connection: opened when first needed, and anew after it died.
type files struct {
	mu  sync.Mutex
	cur *subsystem
}

// subsystem is an SFTP client on a session channel.
type subsystem struct {
	*sftp.Client
	s      *session
	in     *io.PipeReader // what the host sends
	home   string
	users  int // guarded by files.mu
	killed atomic.Bool
}

// kill ends everything that waits for the subsystem, at once and whatever the host does.
func (u *subsystem) kill() {
	u.killed.Store(true)
	_ = u.in.CloseWithError(io.ErrUnexpectedEOF)
	_ = u.s.Close()
}

func (u *subsystem) dead() bool {
	select {
	case <-u.s.over:
		return true
	default:
		return u.killed.Load()
	}
}

// closeIdle closes the subsystem when nobody uses it.
func (f *files) closeIdle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cur != nil && f.cur.users == 0 {
		go f.cur.kill() // it writes to the connection, which may be stuck
		f.cur = nil
	}
}

// useFiles runs f with the subsystem. When ctx ends, f has patience to notice and tidy up; then the subsystem is closed
// under it. f must not keep or change what belongs to the caller, who may be gone before f returns.
func useFiles[T any](ctx context.Context, c *conn, op string, f func(ctx context.Context, u *subsystem) (T, error)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, c.explain(ctx, op, ctx.Err())
	}
	u, err := c.subsystem(ctx)
	if err != nil {
		return none, c.explain(ctx, op, err)
	}
	defer c.files.leave(u)
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-timer.C:
			u.kill()
		case <-late.Done():
			return
		}
		cancel()
	})
	defer stop()
	v, err := await(late, c, func() (T, error) { return f(ctx, u) }, func(T) {})
	return v, c.explain(ctx, op, err)
}

// subsystem returns the open subsystem, or opens it.
func (c *conn) subsystem(ctx context.Context) (*subsystem, error) {
	if u := c.files.enter(); u != nil {
		return u, nil
	}
	s, err := c.openSession(ctx)
	if err != nil {
		return nil, err
	}
	in, w := io.Pipe()
	u := &subsystem{s: s, in: in}
	c.start(func() {
		_, err := io.Copy(w, s)
		_ = w.CloseWithError(err)
	})
	_, err = await(ctx, c, func() (struct{}, error) { return struct{}{}, u.open() }, func(struct{}) {})
	if err != nil {
		u.kill()
		return nil, err
	}
	return c.files.adopt(u), nil
}

func (u *subsystem) open() error {
	if err := u.s.request("subsystem", ssh.Marshal(struct{ Name string }{"sftp"})); err != nil {
		return errors.Join(errors.New("the host offers no SFTP, which is needed for files"), err)
	}
	client, err := sftp.NewClientPipe(u.in, u.s, sftp.UseConcurrentWrites(true), sftp.MaxConcurrentRequestsPerFile(inFlight))
	if err != nil {
		return err
	}
	u.Client = client
	u.home, err = client.RealPath(".")
	return err
}

// enter takes part in the open subsystem; nil when there is none that lives.
func (f *files) enter() *subsystem {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cur == nil || f.cur.dead() {
		f.cur = nil
		return nil
	}
	f.cur.users++
	return f.cur
}

// alive tells whether there is a subsystem that works.
func (f *files) alive() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cur != nil && !f.cur.dead()
}

// adopt makes u the subsystem for all, unless another call was faster.
func (f *files) adopt(u *subsystem) *subsystem {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cur == nil || f.cur.dead() {
		f.cur = u
	} else {
		go u.kill()
	}
	f.cur.users++
	return f.cur
}

func (f *files) leave(u *subsystem) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u.users--
}
