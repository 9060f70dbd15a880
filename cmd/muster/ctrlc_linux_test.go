package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// seat is a run at a terminal of its own, as a person has it: Ctrl-C reaches the run and its plugins alike.
type seat struct {
	*waiter
	lines <-chan string
}

// sit starts a run of a playbook none of whose restarts comes back, and returns when the first of them is under way.
func sit(t *testing.T, xsp int, book string) *seat {
	t.Helper()
	s := &seat{waiter: waiterOf(t, xsp, book)}
	s.run.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // stdin is the terminal
	for _, h := range s.xsps() {
		h.Fault(bwsim.Fault{Kind: bwsim.RestartStuck})
	}
	s.start(t)
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s.said.Scan() {
			lines <- s.said.Text()
		}
	}()
	s.lines = lines
	s.hear(t, "rollout p.handler.restart", nil)
	s.restarted(t, 1)
	return s
}

// restarted waits until so many restarts have begun, and gives the host of the last.
func (s *seat) restarted(t *testing.T, n int) *bwsim.Host {
	t.Helper()
	again, timeout := time.NewTicker(20*time.Millisecond), time.After(time.Minute)
	defer again.Stop()
	for {
		var began []string
		for _, e := range s.fleet.Record() {
			if e.Kind == bwsim.RestartBegin {
				began = append(began, e.Host)
			}
		}
		if len(began) >= n {
			return s.fleet.Host(began[n-1])
		}
		select {
		case <-again.C:
		case <-timeout:
			t.Fatalf("only %d restarts began within a minute", len(began))
		}
	}
}

// hear waits for a line with the text. each, which may be nil, is done now and again until it comes.
func (s *seat) hear(t *testing.T, text string, each func()) {
	t.Helper()
	timeout := time.After(2 * time.Minute)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case line, open := <-s.lines:
			s.log.WriteString(line + "\n")
			if strings.Contains(line, text) {
				return
			}
			if !open {
				t.Fatalf("it never said %q\n%s%s", text, s.log.String(), s.out.String())
			}
		case <-again.C:
			if each != nil {
				each()
			}
		case <-timeout:
			t.Fatalf("it did not say %q within two minutes\n%s", text, s.log.String())
		}
	}
}

// press is Ctrl-C, again and again until the run answers: several within a second count as one.
func (s *seat) press(t *testing.T, answer string) {
	t.Helper()
	s.hear(t, answer, func() {
		if _, err := s.keys.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
	})
}

// left waits for the end, and checks what the run was left as.
func (s *seat) left(t *testing.T, exit int) string {
	t.Helper()
	for line := range s.lines {
		s.log.WriteString(line + "\n")
	}
	_ = s.run.Wait() // the exit code says it
	if got := s.run.ProcessState.ExitCode(); got != exit {
		t.Errorf("exit %d, want %d\n%s%s", got, exit, s.log.String(), s.out.String())
	}
	return s.out.String()
}

// goesOn has the hosts come back and resumes: what was restarted once is not restarted again.
func (s *seat) goesOn(t *testing.T) {
	t.Helper()
	for _, h := range s.xsps() {
		h.ClearFaults()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := command(ctx, s.lab, "resume").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Run 1 finished: 2 hosts")) {
		t.Errorf("resume: %v\n%s", err, out)
	}
	for _, h := range s.xsps() {
		if n := s.restarts(h.Name()); n != 1 {
			t.Errorf("%s was restarted %d times", h.Name(), n)
		}
	}
	s.judgeDown(t)
}

// TestCtrlCTwice abandons a restart that does not end: its outcome is unknown, and everything is said.
func TestCtrlCTwice(t *testing.T) {
	t.Parallel()
	s := sit(t, 2, fmt.Sprintf(steered, "auto"))
	s.press(t, "Stopping: nothing new begins")
	if out := s.status(t); !strings.HasPrefix(out, "Run 1 is ending") {
		t.Errorf("the status is %q", out)
	}
	s.press(t, "Abandoning what runs")
	out := s.left(t, 130)
	for _, want := range []string{"Run 1 was interrupted: 2 hosts", "\n unknown ", "\n next         muster resume 1", "\nexit 130"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if out := s.status(t); !strings.HasPrefix(out, "Run 1 was interrupted (exit 130)") || !strings.Contains(out, "\n unknown ") {
		t.Errorf("the status is %q", out)
	}
	s.goesOn(t)
}

// TestCtrlCThrice leaves at once although the hosts do not give the lease back.
func TestCtrlCThrice(t *testing.T) {
	t.Parallel()
	s := sit(t, 2, fmt.Sprintf(steered, "auto"))
	for _, h := range s.xsps() {
		h.Fault(bwsim.Fault{Kind: bwsim.Hang, Match: "lease"})
	}
	s.press(t, "Stopping: nothing new begins")
	s.press(t, "Abandoning what runs")
	s.press(t, "Left at once")
	s.left(t, 130)
	if !strings.Contains(s.log.String(), "go on with: muster resume 1") {
		t.Errorf("it did not say how to go on\n%s", s.log.String())
	}
	s.goesOn(t)
}

// status is what another terminal says of the run.
func (s *waiter) status(t *testing.T) string {
	t.Helper()
	out, err := command(t.Context(), s.lab, "status").CombinedOutput()
	if err != nil {
		t.Errorf("status: %v\n%s", err, out)
	}
	return string(out)
}
