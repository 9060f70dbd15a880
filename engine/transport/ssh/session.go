package ssh

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/crypto/ssh"
)

// session is one session channel: an exec, a shell or the SFTP subsystem. The library's own Session is not used because
// it hides the moment when the host gave the channel up, which is when another may be opened.
type session struct {
	ssh.Channel
	over   chan struct{} // closed when the host closed the channel, or the connection ended
	status int           // exit status, -1 when there was none; read after over
}

// openSession opens a session channel as soon as there may be one more.
func (c *conn) openSession(ctx context.Context) (*session, error) {
	for {
		if err := c.acquire(ctx); err != nil {
			return nil, err
		}
		s, err := await(ctx, c, c.newSession, func(s *session) { _ = s.Close() })
		var refused *ssh.OpenChannelError
		if err == nil || !errors.As(err, &refused) {
			return s, err
		}
		if c.sessions.alone() {
			return nil, fmt.Errorf("the host opens no session: %w", err)
		}
		// The host allows fewer than we have open: wait for one of ours to end.
	}
}

// newSession opens a channel on a place that was acquired, and gives the place back when the channel is over.
func (c *conn) newSession() (*session, error) {
	ch, requests, err := c.client.OpenChannel("session", nil)
	if err != nil {
		var refused *ssh.OpenChannelError
		c.sessions.release(errors.As(err, &refused))
		return nil, err
	}
	s := &session{Channel: ch, over: make(chan struct{}), status: -1}
	serve := func() {
		s.serve(requests)
		c.sessions.release(false)
	}
	if !c.start(serve) {
		serve() // the connection ended: requests is closed
	}
	return s, nil
}

// serve answers what the host asks on the channel; the exit status is the only thing that is wanted.
func (s *session) serve(requests <-chan *ssh.Request) {
	defer close(s.over)
	for r := range requests {
		if r.Type == "exit-status" && len(r.Payload) == 4 && s.status < 0 {
			s.status = int(binary.BigEndian.Uint32(r.Payload))
		}
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
}

// request sends a channel request that the host has to grant.
func (s *session) request(name string, payload []byte) error {
	ok, err := s.SendRequest(name, true, payload)
	if err == nil && !ok {
		err = fmt.Errorf("the host refused the %s request", name)
	}
	return err
}

// maxSessions is how many session channels are open at once on one connection: below OpenSSH's default MaxSessions of
// 10, so that an administrator's own multiplexed session still fits.
const maxSessions = 8

// sessions counts open session channels. When the host allows fewer than we thought, the limit comes down for good.
type sessions struct {
	mu      sync.Mutex
	open    int
	limit   int
	changed chan struct{} // closed at each release
}

func (s *sessions) init() { s.limit, s.changed = maxSessions, make(chan struct{}) }

// acquire waits for a place. An idle SFTP subsystem gives its place up for whoever waits.
func (c *conn) acquire(ctx context.Context) error {
	for {
		ok, changed := c.sessions.try()
		if ok {
			return nil
		}
		c.files.closeIdle()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for a free session, %d are open: %w", c.sessions.count(), context.Cause(ctx))
		case <-c.done:
			return c.Err()
		}
	}
}

func (s *sessions) try() (bool, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= s.limit {
		return false, s.changed
	}
	s.open++
	return true, nil
}

// release gives a place back; refused says that the host would not have it.
func (s *sessions) release(refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if refused {
		s.limit = max(1, s.open)
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *sessions) alone() bool { return s.count() == 0 }

func (s *sessions) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}
