package control

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short is a directory whose name leaves room for a socket's.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "control-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// serving listens with a handler that writes down what it is asked.
func serving(t *testing.T, ask time.Duration) (*Server, func() []Request) {
	t.Helper()
	var mu sync.Mutex
	var got []Request
	s, err := listen(short(t), func(_ context.Context, r Request) Answer {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r)
		return Done("%s it is", r.Verb)
	}, ask)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, func() []Request {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

func TestCall(t *testing.T) {
	s, got := serving(t, time.Minute)
	answer, err := Call(t.Context(), s.Path(), Request{Verb: Promote, Rollout: "cti.handler.restart", By: "mb@bastion (pid 7)"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Answer{Version: 1, Done: true, Text: "promote it is"}, answer); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Request{{Version: 1, Verb: Promote, Rollout: "cti.handler.restart", By: "mb@bastion (pid 7)"}}, got()); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(s.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket's mode is %v, %v", info.Mode(), err)
	}
}

// send writes bytes as they are and reads what comes back.
func send(t *testing.T, path, text string, close bool) string {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if close {
		if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	line, err := readLine(conn)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	return string(line)
}

func TestWhatCannotBeUnderstoodIsRefused(t *testing.T) {
	s, got := serving(t, time.Minute)
	for name, c := range map[string]struct {
		text, want string
		close      bool
	}{
		"nothing":         {"\n", "not a JSON object", false},
		"garbage":         {"\x00\xff\xfe\n", "not UTF-8", false},
		"words":           {"pause please\n", "not a JSON object", false},
		"another kind":    {"[1,2]\n", "not a JSON object", false},
		"two on a line":   {`{"version":1,"verb":"pause"}{"version":1,"verb":"abort"}` + "\n", "more than one", false},
		"no version":      {`{"verb":"pause"}` + "\n", "version 0", false},
		"a later version": {`{"version":2,"verb":"pause"}` + "\n", "version 2", false},
		"unknown verb":    {`{"version":1,"verb":"explode"}` + "\n", "not known", false},
		"escape sequence": {`{"version":1,"verb":"pause","by":"\u001b[2J"}` + "\n", "not printable", false},
		"long name":       {`{"version":1,"verb":"pause","by":"` + strings.Repeat("x", 500) + `"}` + "\n", "too long", false},
		"oversize":        {strings.Repeat("x", maxLine), "longer than", false},
		"no end":          {`{"version":1,"verb":"pause"}`, "no end", true},
	} {
		t.Run(name, func(t *testing.T) {
			answer := send(t, s.Path(), c.text, c.close)
			if !strings.Contains(answer, c.want) || !strings.Contains(answer, `"done":false`) {
				t.Errorf("the answer is %s, want %q", answer, c.want)
			}
		})
	}
	if asked := got(); len(asked) > 0 {
		t.Errorf("something was understood: %v", asked)
	}
}

// A client that sends half a line and waits is let go, and others are answered meanwhile.
func TestASlowClientHoldsNobodyUp(t *testing.T) {
	s, _ := serving(t, 50*time.Millisecond)
	var slow []net.Conn
	for range mostClients {
		conn, err := net.Dial("unix", s.Path())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(`{"version":1,`)); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
	}
	if a, err := Call(t.Context(), s.Path(), Request{Verb: Pause}); err != nil || !a.Done {
		t.Errorf("%+v, %v", a, err)
	}
	if line, err := readLine(slow[0]); err != nil || !strings.Contains(string(line), "in time") {
		t.Errorf("%s, %v", line, err)
	}
}

// Close ends what is under way, and the socket is gone.
func TestClose(t *testing.T) {
	begun := make(chan struct{})
	s, err := Listen(short(t), func(ctx context.Context, _ Request) Answer {
		close(begun)
		<-ctx.Done()
		return Refused("the run ends")
	})
	if err != nil {
		t.Fatal(err)
	}
	idle, err := net.Dial("unix", s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	done := make(chan error, 1)
	go func() {
		_, err := Call(context.Background(), s.Path(), Request{Verb: Abort})
		done <- err
	}()
	<-begun
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-done // with the answer or without one
	if _, err := os.Stat(s.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if _, err := Call(t.Context(), s.Path(), Request{Verb: Pause}); !errors.Is(err, ErrNobody) {
		t.Errorf("%v, want ErrNobody", err)
	}
}

// stale leaves a socket behind as a killed process does.
func stale(t *testing.T, dir string, age time.Duration) string {
	t.Helper()
	path := filepath.Join(dir, name())
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-age)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStaleSockets(t *testing.T) {
	dir := short(t)
	old, young := stale(t, dir, 2*time.Hour), stale(t, dir, 0)
	if _, err := Call(t.Context(), old, Request{Verb: Pause}); !errors.Is(err, ErrNobody) {
		t.Errorf("%v, want ErrNobody", err)
	}
	s, err := Listen(dir, func(context.Context, Request) Answer { return Done("") })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Error("the stale socket was not swept away")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("a socket that may only just be made was swept away")
	}
}

func TestDir(t *testing.T) {
	base := short(t)
	open, file := filepath.Join(base, "open"), filepath.Join(base, "file")
	for _, dir := range []string{open, filepath.Join(open, "muster")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(file, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(open, filepath.Join(file, "muster")); err != nil {
		t.Fatal(err)
	}
	temporary := filepath.Join(base, filepath.Base(candidates([]string{"TMPDIR=" + base})[0]))
	for name, c := range map[string]struct{ runtime, want string }{
		"the user's":              {base, filepath.Join(base, "muster")},
		"again":                   {base, filepath.Join(base, "muster")},
		"none":                    {"", temporary},
		"relative":                {"run", temporary},
		"missing":                 {filepath.Join(base, "nosuch"), temporary},
		"too long":                {filepath.Join(base, strings.Repeat("x", 120)), temporary},
		"open to others":          {open, temporary},
		"a link to somebody else": {file, temporary},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Dir([]string{"XDG_RUNTIME_DIR=" + c.runtime, "TMPDIR=" + base})
			if err != nil || got != c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
			if info, err := os.Stat(got); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}

// Whatever a line says, a request that is understood is one that may be shown and obeyed.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":1,"verb":"pause"}`))
	f.Add([]byte(`{"version":1,"verb":"promote","rollout":"cti.handler.restart","by":"mb@bastion"}`))
	f.Add([]byte(`{"version":1e0,"verb":"abort"} x`))
	f.Add([]byte("[[[[[[[["))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := parse(line)
		if err != nil {
			if r != (Request{}) {
				t.Errorf("a refused request is not empty: %+v", r)
			}
			return
		}
		if r.Version != Version || r.Verb == "" || strings.ContainsAny(r.By+r.Rollout, "\x00\x1b\n\r") {
			t.Errorf("understood %+v", r)
		}
	})
}
