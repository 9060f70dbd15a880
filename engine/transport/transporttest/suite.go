package transporttest

import (
	"context"
	"path"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/muster-run/muster/engine/transport"
)

// Host is one implementation, connected to one host, under test.
type Host struct {
	// Dial makes a new connection.
	Dial func(ctx context.Context) (transport.Transport, error)
	// Dir is an absolute directory on the host that the suite may fill.
	Dir string
	// Drop ends every connection from the host's side, without a word of farewell. nil: there is no such thing.
	Drop func()
	// Full is a like host on which no file can grow beyond a few KiB. nil: that cannot be brought about.
	Full *Host
	// Ignore are goroutines of the host's own, in this process, that come and go.
	Ignore []goleak.Option
	// Skip says, by the name of a case, why this host cannot show it.
	Skip map[string]string
}

// cases is the suite. The names are the keys of Host.Skip.
var cases = []struct {
	name string
	run  func(t *testing.T, f *fixture)
}{
	{"RunStatus", runStatus},
	{"RunStdin", runStdin},
	{"RunStdinUnread", runStdinUnread},
	{"RunLargeOutput", runLargeOutput},
	{"RunCancel", runCancel},
	{"RunCancelEnds", runCancelEnds},
	{"RunKilled", runKilled},
	{"RunParallel", runParallel},
	{"ShellEcho", shellEcho},
	{"ShellTerminal", shellTerminal},
	{"ShellExit", shellExit},
	{"ShellClose", shellClose},
	{"PutMode", putMode},
	{"PutOverwrite", putOverwrite},
	{"PutSizes", putSizes},
	{"PutHome", putHome},
	{"PutRefused", putRefused},
	{"PutCancel", putCancel},
	{"PutFull", putFull},
	{"PutParallel", putParallel},
	{"GetLimit", getLimit},
	{"GetRefused", getRefused},
	{"Stat", stat},
	{"Remove", remove},
	{"MkdirAll", mkdirAll},
	{"ReadDir", readDir},
	{"PathRefused", pathRefused},
	{"Dial", dial},
	{"DialRefused", dialRefused},
	{"ContextEnded", contextEnded},
	{"Dropped", dropped},
	{"Closed", closed},
}

// Run runs the suite. Each case has a connection and a directory of its own, and leaves no goroutine behind.
func Run(t *testing.T, h Host) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if why := h.Skip[c.name]; why != "" {
				t.Skip(why)
			}
			ignore := append(slices.Clone(h.Ignore), goleak.IgnoreCurrent())
			f := h.connect(t, c.name)
			c.run(t, f)
			if err := f.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			goleak.VerifyNone(t, ignore...)
		})
	}
}

// fixture is a connection with a directory of its own.
type fixture struct {
	transport.Transport
	host Host
	ctx  context.Context
	dir  string
}

// patience bounds every case; none waits that long unless it fails.
const patience = 30 * time.Second

func (h Host) connect(t testing.TB, name string) *fixture {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c, err := h.Dial(ctx)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	f := &fixture{Transport: c, host: h, ctx: ctx, dir: path.Join(h.Dir, name)}
	if err := c.MkdirAll(ctx, f.dir); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) path(name string) string { return path.Join(f.dir, name) }

// put writes a file and fails the test when that is not possible.
func (f *fixture) put(t testing.TB, name, content string) string {
	t.Helper()
	if err := f.Put(f.ctx, f.path(name), []byte(content), 0); err != nil {
		t.Fatal(err)
	}
	return f.path(name)
}

// want checks a file's content.
func (f *fixture) want(t testing.TB, name, content string) {
	t.Helper()
	got, err := f.Get(f.ctx, name, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != content {
		t.Errorf("%s holds %.40q… (%d bytes), want %.40q… (%d bytes)", name, got, len(got), content, len(content))
	}
}

// names checks what is in the case's directory: a temporary file that was left is seen here.
func (f *fixture) names(t testing.TB, want ...string) {
	t.Helper()
	got, err := f.ReadDir(f.ctx, f.dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the directory holds %q, want %q", got, want)
	}
}
