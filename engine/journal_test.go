package engine_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine"
	"github.com/muster-run/muster/engine/event"
	"github.com/muster-run/muster/engine/journal"
)

// failing is a journal whose disk is full from record number at on. It also keeps count of what it let through.
type failing struct {
	*journal.Writer
	at     int
	failed chan struct{}

	mu      sync.Mutex
	count   int
	effects map[string]int // by host: recorded, and durable since somebody waited
	broken  bool
}

var errFull = errors.New("no space left on device")

func (f *failing) Append(r journal.Record) journal.Ticket {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	if f.count == f.at {
		f.broken = true
		close(f.failed)
	}
	if f.broken {
		return journal.Ticket{}
	}
	if r.Effect != nil {
		host, _, _ := strings.Cut(r.Effect.Node, ": ")
		f.effects[host]++
	}
	return f.Writer.Append(r)
}

func (f *failing) Wait(ctx context.Context, t journal.Ticket) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken {
		return errFull
	}
	return f.Writer.Wait(ctx, t)
}

func (f *failing) Failed() <-chan struct{} { return f.failed }
func (f *failing) Err() error              { return errFull }

// Whenever the journal fails, nothing is done that is not in it, no host is blamed, and the run can be resumed.
func TestJournalFailsAtEveryRecord(t *testing.T) {
	src := fmt.Sprintf(rolled, 0)
	whole := newWorld("w1", "w2", "w3")
	execute(t, whole, event.Apply, src)
	for at := 1; ; at++ {
		w := newWorld("w1", "w2", "w3")
		p := newProject(t, w, src)
		s := p.store("s")
		var f *failing
		done := map[string]int{}
		w.effect = func(host, what string) {
			done[host]++
			f.mu.Lock()
			defer f.mu.Unlock()
			if done[host] > f.effects[host] {
				t.Errorf("failing at %d: %s on %s is not in the journal", at, what, host)
			}
		}
		r := process{project: p, store: s, front: func(jw *journal.Writer) recorder {
			f = &failing{Writer: jw, at: at, failed: make(chan struct{}), effects: map[string]int{}}
			return f
		}}.run(false)
		if !f.broken {
			break
		}
		w.effect = nil
		last := r.ExitCode == 0 // it failed with the last records: everything was done
		if !last && !strings.Contains(r.ControlFailed, "no space left") || len(r.Hosts[event.Failed]) > 0 {
			t.Errorf("failing at %d: exit %d, %q, hosts %v: %s", at, r.ExitCode, r.ControlFailed, r.Hosts, r.said())
		}
		again := process{project: p, store: s}.run(true)
		if diff := cmp.Diff(whole.end(), w.end()); diff != "" || again.ExitCode != 0 {
			t.Errorf("failing at %d, then resumed: exit %d, %s", at, again.ExitCode, diff)
		}
		if diff := cmp.Diff(whole.said(), w.said()); diff != "" {
			t.Errorf("failing at %d, then resumed: the hosts were told something else: %s", at, diff)
		}
	}
}

// A secret is given in an argument, typed at a prompt and placed in a file; the journal has none of its forms.
func TestNoSecretInTheJournal(t *testing.T) {
	const canary = "hunter2-canary's-of-the-journal" // the quote has another form on a command line
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, `
variable "pass" {
  type      = string
  sensitive = true
}
play "web" {
  hosts = "web"
  task "vault" "token" {}
  task "note" "one" {
    path   = "/one"
    text   = "pw ${var.pass} ${task.token.token}"
    secret = "key.pem"
  }
  task "loud" "typed" { text = var.pass }
  task "lie" "two" { text = var.pass }
}
`)
	if err := os.WriteFile(filepath.Join(p.dir, "key.pem"), []byte("file-"+canary), 0o600); err != nil {
		t.Fatal(err)
	}
	s := p.store("s")
	r := process{project: p, store: s, change: []func(*engine.Options){func(o *engine.Options) { o.Vars = map[string]string{"pass": canary} }}}.run(false)
	if r.ExitCode == 0 || w.file("w1", "/one") != "pw "+canary+" made-canary" {
		t.Fatalf("exit %d, /one is %q: %s", r.ExitCode, w.file("w1", "/one"), r.said())
	}
	b, err := os.ReadFile(s.Path(1))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("/one.secret")) || !bytes.Contains(b, []byte("shout")) {
		t.Error("the effects are not in the journal")
	}
	for _, form := range []string{canary, "s-of-the-journal", "made-canary", base64.StdEncoding.EncodeToString([]byte(canary)), fmt.Sprintf("%x", canary)} {
		if bytes.Contains(b, []byte(form)) {
			t.Errorf("the journal holds %s", form)
		}
	}
	st, err := s.Read(1)
	if err != nil || len(st.Begin.Options.Vars) > 0 || len(st.Begin.Options.NoVars) != 1 {
		t.Errorf("options %+v, %v", st.Begin.Options, err)
	}
}

// Not even a connection is made for a node whose intent could not be recorded.
func TestNothingBeginsWithoutItsIntent(t *testing.T) {
	w := newWorld("w1", "w2", "w3")
	p := newProject(t, w, fmt.Sprintf(rolled, 0))
	r := process{project: p, store: p.store("s"), front: func(jw *journal.Writer) recorder {
		return &failing{Writer: jw, at: 1, failed: make(chan struct{}), effects: map[string]int{}}
	}}.run(false)
	for name, h := range w.hosts {
		if len(h.conns) > 0 {
			t.Errorf("%s was contacted", name)
		}
	}
	if r.ControlFailed == "" || len(r.Hosts[event.NotRun]) != 3 {
		t.Errorf("%q, hosts %v", r.ControlFailed, r.Hosts)
	}
}
