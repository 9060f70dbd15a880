package bwsim_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// start brings a fleet up that the test's end stops.
func start(t testing.TB, o bwsim.Options) *bwsim.Fleet {
	t.Helper()
	f, err := bwsim.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func dial(t testing.TB, f *bwsim.Fleet, h *bwsim.Host) *ssh.Client {
	t.Helper()
	client, err := ssh.Dial("tcp", h.SSHAddr(), clientConfig(f, h))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func clientConfig(f *bwsim.Fleet, h *bwsim.Host) *ssh.ClientConfig {
	return &ssh.ClientConfig{
		User:            "bwadmin",
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(f.UserKey())},
		HostKeyCallback: ssh.FixedHostKey(h.HostKey()),
	}
}

// console is a person at a PTY: types lines, and reads until a text appears.
type console struct {
	t       testing.TB
	session *ssh.Session
	stdin   io.Writer

	mu     sync.Mutex
	seen   bytes.Buffer
	ended  bool
	change chan struct{}
}

const patience = 20 * time.Second

func open(t testing.TB, client *ssh.Client) *console {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	if err := session.RequestPty("dumb", 40, 1000, ssh.TerminalModes{}); err != nil {
		t.Fatal(err)
	}
	stdin, _ := session.StdinPipe()
	stdout, _ := session.StdoutPipe()
	c := &console{t: t, session: session, stdin: stdin, change: make(chan struct{}, 1)}
	go c.collect(stdout)
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *console) collect(r io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		c.mu.Lock()
		c.seen.Write(buf[:n])
		c.ended = err != nil
		c.mu.Unlock()
		select {
		case c.change <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// until waits until the output ends with text, and takes it away; line ends are
// given as \n.
func (c *console) until(text string) string {
	c.t.Helper()
	return c.match(regexp.MustCompile(regexp.QuoteMeta(text) + `$`))
}

// match waits until the output ends as the regexp says, and takes it away.
func (c *console) match(end *regexp.Regexp) string {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		seen, ended := c.seen.String(), c.ended
		if end.MatchString(seen) {
			c.seen.Reset()
			c.mu.Unlock()
			return strings.ReplaceAll(seen, "\r\n", "\n")
		}
		c.mu.Unlock()
		if ended {
			c.t.Fatalf("session ended; waited for %v, got %q", end, seen)
		}
		select {
		case <-c.change:
		case <-deadline:
			c.t.Fatalf("waited for %v, got %q", end, seen)
		}
	}
}

func (c *console) send(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.stdin, line+"\r"); err != nil {
		c.t.Fatal(err)
	}
}

// awaitEnd waits until the server hangs up.
func (c *console) awaitEnd() string {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		seen, ended := c.seen.String(), c.ended
		c.mu.Unlock()
		if ended {
			return seen
		}
		select {
		case <-c.change:
		case <-deadline:
			c.t.Fatalf("session goes on; got %q", seen)
		}
	}
}

// run executes a command line and gives its output and exit status.
func run(t testing.TB, client *ssh.Client, line string) (string, int) {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	out, err := session.CombinedOutput(line)
	if exit, ok := err.(*ssh.ExitError); ok {
		return string(out), exit.ExitStatus()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}
