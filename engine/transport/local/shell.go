package local

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"github.com/muster-run/muster/engine/transport"
)

// columns and rows are those of the SSH transport.
const columns, rows = 1000, 1000

// shell is /bin/sh as a login shell on a PTY of its own.
type shell struct {
	machine *machine
	pty     *os.File
	cmd     *exec.Cmd
	once    sync.Once
	ended   chan struct{}
}

// Shell opens a shell; not every system has the PTYs that this package knows.
func (m *machine) Shell(ctx context.Context) (transport.Shell, error) {
	if _, err := m.begin(ctx, "~"); err != nil {
		return nil, m.explain(ctx, "open a shell", err)
	}
	pty, tty, err := openPTY(columns, rows)
	if err != nil {
		return nil, m.explain(ctx, "open a shell", err)
	}
	defer tty.Close()
	cmd := exec.Command("/bin/sh")
	cmd.Args = []string{"-sh"} // a login shell
	cmd.Dir = m.home
	cmd.Env = append(cmd.Environ(), "HOME="+m.home, "TERM=dumb")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		_ = pty.Close()
		return nil, m.explain(ctx, "open a shell", err)
	}
	s := &shell{machine: m, pty: pty, cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		_ = cmd.Wait()
	}()
	if !m.keep(s) {
		_ = s.Close()
		return nil, m.explain(ctx, "open a shell", m.Err())
	}
	return s, nil
}

// keep notes a shell for Close to end; false when the transport is closed already.
func (m *machine) keep(s *shell) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life.Err() != nil {
		return false
	}
	if m.shells == nil {
		m.shells = make(map[*shell]struct{})
	}
	m.shells[s] = struct{}{}
	return true
}

func (s *shell) Read(p []byte) (int, error) {
	n, err := s.pty.Read(p)
	// Linux reports the end of a PTY as EIO.
	if errors.Is(err, syscall.EIO) || errors.Is(err, os.ErrClosed) {
		err = io.EOF
	}
	if err != nil && s.machine.Err() != nil {
		err = s.machine.Err()
	}
	return n, err
}

func (s *shell) Write(p []byte) (int, error) {
	n, err := s.pty.Write(p)
	return n, s.machine.explain(context.Background(), "write to the shell", err)
}

// Close hangs up, then kills what is left of the session's leader.
func (s *shell) Close() error {
	s.once.Do(func() {
		_ = s.pty.Close()
		_ = s.cmd.Process.Kill()
		<-s.ended
		s.machine.mu.Lock()
		defer s.machine.mu.Unlock()
		delete(s.machine.shells, s)
	})
	return nil
}
