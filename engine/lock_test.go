package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/transport"
	"github.com/muster-run/muster/plugins/sdk"
)

// shellHosts are hosts that run their command lines with a real shell, in a home directory each.
func shellHosts(home map[string]string) transport.Dialer {
	w := newWorld("w1", "w2", "w3")
	return transport.DialerFunc(func(ctx context.Context, to transport.Target) (transport.Transport, error) {
		t, err := w.Dial(ctx, to)
		if err != nil {
			return nil, err
		}
		return &shellConn{Transport: t, home: home[to.Host]}, nil
	})
}

type shellConn struct {
	transport.Transport
	home string
}

func (c *shellConn) Run(ctx context.Context, line string, stdin []byte) (*sdk.CommandResult, error) {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	cmd.Dir, cmd.Env, cmd.Stdin = c.home, []string{"HOME=" + c.home, "PATH=/usr/bin:/bin"}, strings.NewReader(string(stdin))
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	return &sdk.CommandResult{Status: cmd.ProcessState.ExitCode(), Stdout: []byte(out.String()), Stderr: []byte(errs.String())}, nil
}

func lockIn(t *testing.T, src string, home map[string]string) (*lease.Lease, error) {
	t.Helper()
	p := newProject(t, newWorld("w1", "w2", "w3"), src)
	o := p.options()
	o.Dialer = shellHosts(home)
	r, ds := engine.Load(t.Context(), o)
	t.Cleanup(r.Close)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return r.Lock(t.Context(), lease.Options{Owner: lease.Owner{Run: 1, User: "ada", Machine: "desk", Reason: "apply"}})
}

func homes(t *testing.T, same bool) map[string]string {
	dir := t.TempDir()
	out := map[string]string{}
	for _, h := range []string{"w1", "w2", "w3"} {
		out[h] = filepath.Join(dir, h)
		if same && h == "w3" {
			out[h] = out["w1"]
		}
		if err := os.MkdirAll(out[h], 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestLock(t *testing.T) {
	src := fmt.Sprintf(rolled, 0)
	home := homes(t, false)
	first, err := lockIn(t, src, home)
	if err != nil {
		t.Fatal(err)
	}
	var held *lease.Held
	if _, err := lockIn(t, src, home); !errors.As(err, &held) || len(held.Hosts) != 3 {
		t.Errorf("a second run is told %v", err)
	}
	if err := first.Release(t.Context()); err != nil {
		t.Error(err)
	}
	again, err := lockIn(t, src, home)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

// Two names of one machine would be counted as two hosts; nothing is held after the refusal.
func TestLockRefusesTwins(t *testing.T) {
	home := homes(t, true)
	for range 2 {
		_, err := lockIn(t, fmt.Sprintf(rolled, 0), home)
		var twins *engine.Twins
		if !errors.As(err, &twins) || !strings.Contains(err.Error(), "w1, w3") {
			t.Errorf("told %v", err)
		}
	}
}

func TestNothingToLock(t *testing.T) {
	p := newProject(t, newWorld("w1", "w2", "w3"), `play "web" {
  hosts = "web"
  task "bounce" "now" {}
}`)
	r, ds := engine.Load(t.Context(), p.options())
	defer r.Close()
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	l, err := r.Lock(t.Context(), lease.Options{})
	if l != nil || err != nil {
		t.Errorf("got %v, %v", l, err)
	}
	if _, err := r.Walk(t.Context(), engine.Walk{Mode: "apply", Lease: l}); err != nil { // a nil in the interface is none
		t.Error(err)
	}
}
