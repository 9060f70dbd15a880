package transporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/plugins/sdk"
)

func (f *fixture) run(t testing.TB, line string) *sdk.CommandResult {
	t.Helper()
	r, err := f.Run(f.ctx, line, nil)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return r
}

func runStatus(t *testing.T, f *fixture) {
	for line, want := range map[string]sdk.CommandResult{
		"echo out; echo err >&2; exit 3":   {Status: 3, Stdout: []byte("out\n"), Stderr: []byte("err\n")},
		"true":                             {},
		"no-such-command-here 2>/dev/null": {Status: 127},
	} {
		got := *f.run(t, line)
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func runStdin(t *testing.T, f *fixture) {
	in := strings.Repeat("0123456789abcde\n", 4096)
	r, err := f.Run(f.ctx, "cat", []byte(in))
	if err != nil || r.Status != 0 || string(r.Stdout) != in {
		t.Errorf("cat gave %d bytes of %d, status %d, error %v", len(r.Stdout), len(in), r.Status, err)
	}
}

// A command that ends without reading its input is no error.
func runStdinUnread(t *testing.T, f *fixture) {
	r, err := f.Run(f.ctx, "true", make([]byte, 4<<20))
	if err != nil || r.Status != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func runLargeOutput(t *testing.T, f *fixture) {
	big := strings.Repeat("x", 3<<20)
	name := f.put(t, "big", big)
	r := f.run(t, "cat "+name+"; cat "+name+" >&2; exit 7")
	if len(r.Stdout) != 1<<20 || len(r.Stderr) != 1<<20 || r.Status != 7 {
		t.Errorf("got %d and %d bytes, status %d; want 1 MiB of each and 7", len(r.Stdout), len(r.Stderr), r.Status)
	}
}

// When the context ends, Run returns at once and the connection goes on.
func runCancel(t *testing.T, f *fixture) {
	f.cancelled(t)
	f.run(t, "true")
}

// The command is ended, too.
func runCancelEnds(t *testing.T, f *fixture) {
	pid := f.cancelled(t)
	f.await(t, func() string {
		if f.run(t, "kill -0 "+pid+" 2>/dev/null").Status != 0 {
			return "gone"
		}
		return ""
	})
}

// cancelled starts a command, cancels it and returns its process id.
func (f *fixture) cancelled(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithCancelCause(f.ctx)
	stop := errors.New("enough")
	done := make(chan error, 1)
	go func() {
		_, err := f.Run(ctx, "echo $$ > "+f.path("pid")+"; exec sleep 60", nil)
		done <- err
	}()
	pid := f.await(t, func() string {
		b, _ := f.Get(f.ctx, f.path("pid"), 100)
		return strings.TrimSpace(string(b))
	})
	cancel(stop)
	if err := <-done; !errors.Is(err, stop) {
		t.Errorf("got %v, want the context's cause", err)
	}
	return pid
}

// await asks until the answer is not empty. Each question is a round trip to the host.
func (f *fixture) await(t testing.TB, ask func() string) string {
	t.Helper()
	for f.ctx.Err() == nil {
		if s := ask(); s != "" {
			return s
		}
	}
	t.Fatal("what was waited for did not come")
	return ""
}

// A command that died of a signal has no exit status.
func runKilled(t *testing.T, f *fixture) {
	if r := f.run(t, "kill -9 $$"); r.Status != -1 {
		t.Errorf("status %d, want -1", r.Status)
	}
	f.run(t, "true")
}

func runParallel(t *testing.T, f *fixture) {
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			r, err := f.Run(f.ctx, fmt.Sprintf("cat; echo %d", i), fmt.Appendf(nil, "in %d ", i))
			if want := fmt.Sprintf("in %d %d\n", i, i); err != nil || string(r.Stdout) != want {
				t.Errorf("got %+v, %v; want %q", r, err, want)
			}
		})
	}
	wg.Wait()
}
