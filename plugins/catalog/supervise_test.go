package catalog_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
)

// lines keeps what plugins wrote.
type lines struct {
	mu   sync.Mutex
	text []string
	size int
}

func (l *lines) add(plugin, line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, plugin+": "+line)
	l.size += len(line)
}

func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.text, "\n")
}

// accepting is a host that accepts every command.
func accepting() *fakeConn {
	return &fakeConn{run: func(context.Context, sdk.Command) (*sdk.CommandResult, error) { return &sdk.CommandResult{}, nil }}
}

// patience is the grace of tests: long enough for a busy machine, short enough to wait for.
const patience = 3 * time.Second

// single is a catalog whose only plugin is this binary.
func single(t *testing.T, mode string) (*catalog.Catalog, *lines) {
	t.Helper()
	l := &lines{}
	return open(t, catalog.Options{Bundled: []catalog.Bundled{self(mode)}, Log: l.add, Grace: patience}), l
}

func apply(t *testing.T, m sdk.Module, ctx context.Context, do, text string) (string, error) {
	t.Helper()
	r, err := m.Apply(ctx, request(accepting(), do, text))
	if err != nil {
		return "", err
	}
	return r.Outputs.Attr("said").AsString(), nil
}

func failure(t *testing.T, err error) *sdk.Failure {
	t.Helper()
	var f *sdk.Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a failure", err)
	}
	return f
}

func TestFailuresOfOneCall(t *testing.T) {
	c, log := single(t, "good")
	m := module(t, c, "probe")
	pid, err := apply(t, m, t.Context(), "pid", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		do    string
		class sdk.Class
		want  string
	}{
		{"panic", sdk.Failed, "module probe crashed: panic: boom"},
		{"effect, panic", sdk.Uncertain, "module probe crashed: panic: boom"},
		{"goexit", sdk.Failed, "module probe crashed: the module ended its own goroutine"},
		{"huge", sdk.Failed, "module probe sent more than 4 MiB in one message"},
		{"fail", sdk.Busy, "in the module: come back"},
	} {
		_, err := apply(t, m, t.Context(), tt.do, "")
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v", tt.do, err)
			continue
		}
		if f := failure(t, err); f.Class != tt.class {
			t.Errorf("%s: class %s, want %s", tt.do, f.Class, tt.class)
		}
		if strings.Contains(err.Error(), "goroutine 1") || strings.Contains(err.Error(), ".go:") {
			t.Errorf("%s: the user sees a stack: %v", tt.do, err)
		}
	}
	if _, err := apply(t, m, t.Context(), "fail", ""); !errors.Is(err, sdk.ErrUnreachable) {
		t.Errorf("%v is not recognised", err)
	}
	if now, err := apply(t, m, t.Context(), "pid", ""); err != nil || now != pid {
		t.Errorf("the process is %s and was %s (%v): one call took it down", now, pid, err)
	}
	c.Close()
	if !strings.Contains(log.all(), "self: panic in module probe: boom") {
		t.Errorf("the log has no stack: %s", log.all())
	}
}

func TestTheProcessDies(t *testing.T) {
	c, _ := single(t, "good")
	m := module(t, c, "probe")
	for i, tt := range []struct {
		do    string
		class sdk.Class
		why   string
	}{
		{"exit", sdk.Failed, "exit status 3"},
		{"effect, die", sdk.Uncertain, "exit status 2; it wrote: panic: out of reach"},
		{"exit", sdk.Failed, "exit status 3"},
		{"exit", sdk.Failed, "exit status 3"},
	} {
		_, err := apply(t, m, t.Context(), tt.do, "")
		if !errors.Is(err, catalog.ErrPluginDied) {
			t.Fatalf("death %d: got %v", i+1, err)
		}
		if f := failure(t, err); f.Class != tt.class || f.Why != tt.why {
			t.Errorf("death %d: %s because %q, want %s because %q", i+1, f.Class, f.Why, tt.class, tt.why)
		}
	}
	_, err := apply(t, m, t.Context(), "echo", "x")
	if !errors.Is(err, catalog.ErrPluginDied) || !strings.Contains(err.Error(), "died too often") {
		t.Errorf("after the last restart: %v", err)
	}
}

func TestADeathTakesEveryCallOfTheProcessAndNoOther(t *testing.T) {
	other := self("good")
	other.Name = "other"
	c := open(t, catalog.Options{Bundled: []catalog.Bundled{self("good"), other}, Grace: patience})
	dies, lives := module(t, c, "self.probe"), module(t, c, "other.probe")
	waiting := make(chan string)
	conn := accepting()
	conn.run = func(ctx context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
		waiting <- cmd.Argv[0]
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	type end struct {
		who string
		err error
	}
	ends := make(chan end)
	for who, m := range map[string]sdk.Module{"dies": dies, "lives": lives} {
		go func() {
			_, err := m.Apply(ctx, request(conn, "run", who))
			ends <- end{who, err}
		}()
	}
	<-waiting
	<-waiting
	if _, err := apply(t, dies, t.Context(), "exit", ""); !errors.Is(err, catalog.ErrPluginDied) {
		t.Fatal(err)
	}
	if e := <-ends; e.who != "dies" || !errors.Is(e.err, catalog.ErrPluginDied) {
		t.Errorf("first to end: %+v", e)
	}
	cancel()
	if e := <-ends; e.who != "lives" || !errors.Is(e.err, context.Canceled) || errors.Is(e.err, catalog.ErrPluginDied) {
		t.Errorf("second to end: %+v", e)
	}
}

func TestDeadlines(t *testing.T) {
	c, _ := single(t, "good")
	m := module(t, c, "probe")
	t.Run("the module says what it waited for", func(t *testing.T) {
		_, err := apply(t, m, within(t, 50*time.Millisecond), "wait", "")
		if f := failure(t, err); f.Summary != "waited for the prompt" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		conn := accepting()
		conn.run = func(ctx context.Context, _ sdk.Command) (*sdk.CommandResult, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}
		if _, err := m.Apply(ctx, request(conn, "run", "x")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("before the call", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := apply(t, m, ctx, "echo", ""); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAModuleThatDoesNotStop(t *testing.T) {
	t.Parallel()
	c, log := single(t, "good")
	m := module(t, c, "probe")
	pid, _ := apply(t, m, t.Context(), "pid", "")
	_, err := apply(t, m, within(t, 50*time.Millisecond), "hang", "")
	if f := failure(t, err); f.Class != sdk.Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v (%s)", err, f.Class)
	}
	if now, err := apply(t, m, t.Context(), "pid", ""); now != pid {
		t.Errorf("other calls must go on: %s, was %s (%v)", now, pid, err)
	}
	c.Close()
	if !strings.Contains(log.all(), "module probe goes on although its call was cancelled") {
		t.Errorf("log: %s", log.all())
	}
}

func TestAProcessThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	c, _ := single(t, "good")
	m := module(t, c, "probe")
	pid, _ := apply(t, m, t.Context(), "pid", "")
	_, err := apply(t, m, within(t, 50*time.Millisecond), "stop", "")
	if f := failure(t, err); f.Class != sdk.Timeout {
		t.Errorf("got %v (%s)", err, f.Class)
	}
	if now, err := apply(t, m, t.Context(), "pid", ""); err != nil || now == pid {
		t.Errorf("it was not replaced: %s (%v)", now, err)
	}
}

func TestShells(t *testing.T) {
	c, _ := single(t, "good")
	m := module(t, c, "probe")
	conn := accepting()
	say := func(do, want string) {
		t.Helper()
		r, err := m.Apply(t.Context(), request(conn, do, "show"))
		if want == "" {
			if err == nil {
				t.Errorf("%s: no error", do)
			}
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", do, err)
		}
		if got := r.Outputs.Attr("said").AsString(); got != want {
			t.Errorf("%s: got %q, want %q", do, got, want)
		}
	}
	say("shell", "generation 1, visit 1: show\r\n> ")
	say("shell", "generation 1, visit 2: show\r\n> ")
	say("keep shell", "generation 1, visit 3: show\r\n> ")
	say("shell", "generation 2, visit 1: show\r\n> ") // what was not given back is not trusted
	say("exit", "")
	say("shell", "generation 3, visit 1: show\r\n> ") // nor where an earlier process left it
	say("shell", "generation 3, visit 2: show\r\n> ")
}

func TestGrantsEndWithTheirCall(t *testing.T) {
	c, _ := single(t, "good")
	m := module(t, c, "probe")
	if _, err := apply(t, m, t.Context(), "remember", ""); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"run", "shell", "dial", "put"} {
		if _, err := apply(t, m, t.Context(), "use again", how); err == nil || !strings.Contains(err.Error(), "not allowed: ") {
			t.Errorf("%s: got %v", how, err)
		}
	}
}

func TestLogsAreBounded(t *testing.T) {
	c, log := single(t, "endless log")
	m := module(t, c, "probe")
	req := request(accepting(), "chatter", "")
	if _, err := m.Apply(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if log.size > 2<<20 || !strings.Contains(log.all(), "the rest is not shown") {
		t.Errorf("%d bytes logged", log.size)
	}
	size := 0
	for _, l := range req.Report.(*reporter).logs {
		size += len(l)
	}
	if size > 2<<20 || size < 1<<19 {
		t.Errorf("%d bytes reported", size)
	}
}
