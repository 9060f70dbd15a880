package transporttest

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/muster-run/muster/engine/transport"
)

func dial(t *testing.T, f *fixture) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	c, err := f.Dial(f.ctx, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "ping"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "ping" {
		t.Errorf("got %q, %v", got, err)
	}
}

// A port that nobody listens on is that address's failure, not the connection's.
func dialRefused(t *testing.T, f *fixture) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_ = l.Close()
	if _, err := f.Dial(f.ctx, l.Addr().String()); err == nil || errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	if f.Err() != nil {
		t.Errorf("the connection ended: %v", f.Err())
	}
}

// operations is one call of each kind.
func (f *fixture) operations() map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"run":      func(ctx context.Context) error { _, err := f.Run(ctx, "true", nil); return err },
		"put":      func(ctx context.Context) error { return f.Put(ctx, f.path("x"), []byte("x"), 0) },
		"get":      func(ctx context.Context) error { _, err := f.Get(ctx, f.path("x"), 1); return err },
		"stat":     func(ctx context.Context) error { _, err := f.Stat(ctx, f.dir); return err },
		"remove":   func(ctx context.Context) error { return f.Remove(ctx, f.path("x")) },
		"mkdirall": func(ctx context.Context) error { return f.MkdirAll(ctx, f.path("d")) },
		"readdir":  func(ctx context.Context) error { _, err := f.ReadDir(ctx, f.dir); return err },
		"shell": func(ctx context.Context) error {
			s, err := f.Shell(ctx)
			if err == nil {
				_ = s.Close()
			}
			return err
		},
		"dial": func(ctx context.Context) error {
			c, err := f.Dial(ctx, "127.0.0.1:1")
			if err == nil {
				_ = c.Close()
			}
			return err
		},
	}
}

func contextEnded(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	for name, op := range f.operations() {
		if err := op(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s gave %v", name, err)
		}
	}
	f.run(t, "true")
}

// Whatever waits when the host hangs up, and whatever comes later, says unreachable.
func dropped(t *testing.T, f *fixture) {
	if f.host.Drop == nil {
		t.Skip("the host's side of the connection cannot be dropped")
	}
	y := f.typist(t)
	y.send(t, "echo r''eady")
	y.until(t, "ready")
	running := make(chan error, 1)
	go func() {
		_, err := f.Run(f.ctx, "echo > "+f.path("started")+"; sleep 300", nil)
		running <- err
	}()
	f.await(t, func() string {
		_, err := f.Stat(f.ctx, f.path("started"))
		if err != nil {
			return ""
		}
		return "started"
	})
	f.host.Drop()
	f.wantDead(t)
	if err := <-running; !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("the running command gave %v", err)
	}
	if _, err := io.Copy(io.Discard, y.Shell); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("reading the shell gave %v", err)
	}
	if _, err := y.Write([]byte("x")); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("writing to the shell gave %v", err)
	}
}

func closed(t *testing.T, f *fixture) {
	y := f.typist(t)
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	f.wantDead(t)
	if _, err := io.Copy(io.Discard, y.Shell); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("reading the shell gave %v", err)
	}
}

// wantDead waits for the end and checks that every operation tells of it.
func (f *fixture) wantDead(t testing.TB) {
	t.Helper()
	select {
	case <-f.Done():
	case <-f.ctx.Done():
		t.Fatal("Done was not closed")
	}
	if !errors.Is(f.Err(), transport.ErrUnreachable) {
		t.Errorf("Err is %v", f.Err())
	}
	for name, op := range f.operations() {
		if err := op(f.ctx); !errors.Is(err, transport.ErrUnreachable) {
			t.Errorf("%s gave %v", name, err)
		}
	}
}
