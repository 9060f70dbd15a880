package transporttest

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// daemon starts sshd as a listener of its own and returns when it listens. The address was ours until now; that another
// program takes it in between is too rare to provide for.
func (s *SSHD) daemon(t testing.TB, program string, address *net.TCPAddr) {
	t.Helper()
	_ = s.listener.Close()
	listening := &watcher{log: (*logWriter)(s), line: "Server listening on", seen: make(chan struct{})}
	cmd := exec.Command(program, "-D", "-e", "-f", s.config,
		"-o", "LogLevel=INFO", "-o", fmt.Sprintf("ListenAddress=%s", address))
	cmd.Stderr = listening
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, cmd.Start())
	s.procs[cmd] = struct{}{}
	ended := make(chan struct{})
	s.wg.Go(func() {
		defer close(ended)
		s.reap(cmd)
	})
	select {
	case <-listening.seen:
	case <-ended:
		t.Fatal("sshd ended before it listened")
	case <-t.Context().Done():
		t.Fatal("sshd does not listen")
	}
}

// watcher closes seen when the log first has a line with that text.
type watcher struct {
	log  *logWriter
	line string
	text strings.Builder
	seen chan struct{}
	done bool
}

func (w *watcher) Write(p []byte) (int, error) {
	if !w.done {
		w.text.Write(p)
		if w.done = strings.Contains(w.text.String(), w.line); w.done {
			close(w.seen)
		}
	}
	return w.log.Write(p)
}
