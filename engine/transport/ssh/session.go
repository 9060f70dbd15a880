package ssh

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// session is one session channel: an exec, a shell or the SFTP subsystem. The library's own Session is not used because
// it hides the moment when the host gave the channel up, which is when another may be opened.
type session struct {
	ssh.Channel
	over   chan struct{} // closed when the host closed the channel, or the connection ended
	status int           // exit status, -1 when there was none; read after over
}

// openSession opens a session channel as soon as there may be one more. A host may allow fewer than we do (MaxSessions),
// and counts one that ended for a moment longer than we: a refusal is therefore asked about again, when one of ours ends
// and from time to time, until ctx ends.
func (c *conn) openSession(ctx context.Context) (*session, error) {
	alone := 0 // refusals in a row while nothing of ours was open
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		if err := c.acquire(ctx); err != nil {
			return nil, err
		}
		s, err := await(ctx, c, c.newSession, func(s *session) { _ = s.Close() })
		var refused *ssh.OpenChannelError
		if err == nil || !errors.As(err, &refused) {
			return s, err
		}
		if alone++; c.sessions.used() {
			alone = 0
		}
		if alone == refusals {
			return nil, fmt.Errorf("the host opens no session: %w", err)
		}
		c.files.closeIdle()
		timer := time.NewTimer(pause)
		err = c.sessions.wait(ctx, c, timer.C)
		timer.Stop()
		if err != nil {
			return nil, err
		}
	}
}

// refusals is how often a host may refuse the only session before it is believed.
const refusals = 4

// newSession opens a channel on a place that was acquired, and gives the place back when the channel is over.
func (c *conn) newSession() (*session, error) {
	ch, requests, err := c.client.OpenChannel("session", nil)
	if err != nil {
		c.sessions.release()
		return nil, err
	}
	c.sessions.opened()
	s := &session{Channel: ch, over: make(chan struct{}), status: -1}
	serve := func() {
		s.serve(requests)
		c.sessions.release()
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

// sessions counts open session channels.
type sessions struct {
	mu      sync.Mutex
	open    int
	served  bool          // one was opened since used was asked
	changed chan struct{} // closed and replaced at each release
}

func (s *sessions) init() { s.changed = make(chan struct{}) }

// acquire waits for a place. An idle SFTP subsystem gives its place up for whoever waits.
func (c *conn) acquire(ctx context.Context) error {
	for !c.sessions.try() {
		c.files.closeIdle()
		if err := c.sessions.wait(ctx, c, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *sessions) try() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= maxSessions {
		return false
	}
	s.open++
	return true
}

// wait returns when a place may have become free, or at the latest at the tick.
func (s *sessions) wait(ctx context.Context, c *conn, tick <-chan time.Time) error {
	s.mu.Lock()
	changed, open := s.changed, s.open
	s.mu.Unlock()
	if tick == nil && open < maxSessions {
		return nil // one was released since try
	}
	select {
	case <-changed:
		return nil
	case <-tick:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for a free session, %d are open: %w", open, context.Cause(ctx))
	case <-c.done:
		return c.Err()
	}
}

func (s *sessions) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *sessions) opened() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served = true
}

// used tells whether a session is open, or was since the last time it was asked.
func (s *sessions) used() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.served || s.open > 0
	s.served = false
	return was
}
