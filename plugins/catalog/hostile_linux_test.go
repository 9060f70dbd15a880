package catalog_test

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func escaped() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// watch returns a function that waits until the process, which runs now, has ended.
func watch(t *testing.T, pid int) (wait func()) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("process %d: %v", pid, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return func() {
		t.Helper()
		const patience = 20_000 // ms
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, patience)
			if err == unix.EINTR {
				continue
			}
			if n != 1 {
				t.Errorf("process %d is still there (%v)", pid, err)
				_ = unix.Kill(pid, unix.SIGKILL)
			}
			return
		}
	}
}
