package ssh_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	xssh "golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/engine/transport"
)

// forever runs until the connection ends, also after the client closed its input.
func forever(_ string, ch xssh.Channel) uint32 {
	for {
		if _, err := ch.SendRequest("wait@test", true, nil); err != nil {
			return 0
		}
		time.Sleep(time.Hour)
	}
}

// A host that vanishes without a word is noticed within 45 s, whatever was under way.
func TestHalfOpen(t *testing.T) {
	l := newLab(t)
	l.server.Exec = forever
	synctest.Test(t, func(t *testing.T) {
		c := l.mustDial(t)
		sh, err := c.Shell(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 3)
		go func() { _, err := c.Run(t.Context(), "forever", nil); failed <- err }()
		go func() { _, err := io.Copy(io.Discard, sh); failed <- err }()
		go func() { <-c.Done(); failed <- c.Err() }()
		synctest.Wait()

		start := time.Now()
		l.fault.StallAfter(0)
		for range 3 {
			if err := <-failed; !errors.Is(err, transport.ErrUnreachable) || !strings.Contains(err.Error(), "no answer for 45s") {
				t.Errorf("got %v", err)
			}
		}
		if waited := time.Since(start); waited > 45*time.Second {
			t.Errorf("noticed after %s", waited)
		}
		if _, err := c.Run(t.Context(), "more", nil); !errors.Is(err, transport.ErrUnreachable) {
			t.Errorf("a later command gave %v", err)
		}
		l.close(c)
	})
}

// A connection that answers its keepalives lives, however long nothing else happens.
func TestIdleStaysOpen(t *testing.T) {
	l := newLab(t)
	synctest.Test(t, func(t *testing.T) {
		c := l.mustDial(t)
		time.Sleep(24 * time.Hour)
		if c.Err() != nil {
			t.Error(c.Err())
		}
		if _, err := c.Run(t.Context(), "true", nil); err != nil {
			t.Error(err)
		}
		l.close(c)
	})
}

// Output is a sign of life: a host that is too busy to answer keepalives is not cut off while it sends.
func TestOutputKeepsAlive(t *testing.T) {
	l := newLab(t)
	l.server.Exec = func(_ string, ch xssh.Channel) uint32 {
		for range 100 {
			time.Sleep(10 * time.Second)
			_, _ = ch.Write([]byte("."))
		}
		return 0
	}
	l.server.Mute = true
	synctest.Test(t, func(t *testing.T) {
		c := l.mustDial(t)
		r, err := c.Run(t.Context(), "slow", nil)
		if err != nil || len(r.Stdout) != 100 {
			t.Errorf("got %v, %v", r, err)
		}
		<-c.Done() // it is silent now, and mute
		l.close(c)
	})
}

// Every call ends with its context, also when the host does not answer, and leaves the connection usable.
func TestCallsEndWithTheirContext(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(l *lab)
	}{
		{"no channel is opened", func(l *lab) { l.server.Ignore.Store(true) }},
		{"no command ends", func(l *lab) { l.server.Exec = forever }},
		{"no SFTP answers", func(l *lab) { l.server.Subsystem = func(ch xssh.Channel) { _, _ = io.Copy(io.Discard, ch) } }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			c.spoil(l)
			synctest.Test(t, func(t *testing.T) {
				conn := l.mustDial(t)
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				_, runErr := conn.Run(ctx, "x", nil)
				putErr := conn.Put(ctx, "/x", []byte("x"), 0)
				if !errors.Is(runErr, context.DeadlineExceeded) && !errors.Is(putErr, context.DeadlineExceeded) {
					t.Errorf("run gave %v, put gave %v", runErr, putErr)
				}
				if waited := time.Since(start); waited > 10*time.Second {
					t.Errorf("returned after %s", waited)
				}
				if conn.Err() != nil {
					t.Errorf("the connection ended: %v", conn.Err())
				}
				l.close(conn)
			})
		})
	}
}

// A host may fall silent at any byte before the login is done: the one deadline holds.
func TestHandshakeStallsAnywhere(t *testing.T) {
	l := newLab(t)
	l.fault.StallAfter(1 << 30)
	var total int64
	synctest.Test(t, func(t *testing.T) {
		l.close(l.mustDial(t))
		total = l.fault.Received()
	})
	step := total/40 + 1
	for n := int64(0); n < total-step; n += step {
		l := newLab(t)
		l.fault.StallAfter(n)
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := l.dial(t.Context())
			if !errors.Is(err, transport.ErrUnreachable) {
				t.Errorf("silent after %d of %d bytes: got %v", n, total, err)
			}
			if waited := time.Since(start); waited != 20*time.Second {
				t.Errorf("silent after %d of %d bytes: gave up after %s", n, total, waited)
			}
			l.server.Wait()
		})
	}
}

// The same for a connection that is cut: at once, and of a class that may be tried again.
func TestHandshakeCutAnywhere(t *testing.T) {
	l := newLab(t)
	l.fault.CutAfter(1 << 30)
	l.close(l.mustDial(t))
	for n := int64(0); n < l.fault.Sent()/2; n += 61 {
		l := newLab(t)
		l.fault.CutAfter(n)
		_, err := l.dial(t.Context())
		if !errors.Is(err, transport.ErrUnreachable) {
			t.Errorf("cut after %d bytes: got %v", n, err)
		}
		l.server.Wait()
	}
}

func TestDialIsCancelled(t *testing.T) {
	l := newLab(t)
	l.fault.StallAfter(0)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		enough := errors.New("enough")
		time.AfterFunc(time.Second, func() { cancel(enough) })
		if _, err := l.dial(ctx); !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
		l.server.Wait()
	})
}
