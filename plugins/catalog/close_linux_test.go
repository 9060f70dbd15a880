package catalog_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/muster-run/muster/plugins/catalog"
	"github.com/muster-run/muster/plugins/sdk"
)

func TestCloseLeavesNothing(t *testing.T) {
	dir, err := os.MkdirTemp("", "m")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv("TMPDIR", dir)
	c, _ := single(t, "good")
	m := module(t, c, "probe")
	var waits []func()
	for _, do := range []string{"pid", "child"} {
		said, err := apply(t, m, t.Context(), do, "")
		if err != nil {
			t.Fatal(err)
		}
		pid, _ := strconv.Atoi(said)
		waits = append(waits, watch(t, pid))
	}
	conn := accepting()
	called := make(chan struct{})
	conn.run = func(ctx context.Context, _ sdk.Command) (*sdk.CommandResult, error) {
		close(called)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ended := make(chan error)
	go func() {
		_, err := m.Apply(context.Background(), request(conn, "run", "x"))
		ended <- err
	}()
	<-called
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, catalog.ErrPluginDied) {
		t.Errorf("the running call returned %v", err)
	}
	for _, wait := range waits {
		wait()
	}
	if left, _ := filepath.Glob(dir + "/*"); len(left) > 0 {
		t.Errorf("left on disk: %v", left)
	}
	if _, err := apply(t, m, t.Context(), "echo", ""); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

// What a process leaves behind when it ends by itself goes with it.
func TestADeadProcessLeavesNoChildren(t *testing.T) {
	c, _ := single(t, "good")
	m := module(t, c, "probe")
	said, err := apply(t, m, t.Context(), "child", "")
	if err != nil {
		t.Fatal(err)
	}
	pid, _ := strconv.Atoi(said)
	wait := watch(t, pid)
	if _, err := apply(t, m, t.Context(), "exit", ""); !errors.Is(err, catalog.ErrPluginDied) {
		t.Error(err)
	}
	wait()
}

func TestCrashesCostNoDescriptors(t *testing.T) {
	descriptors := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(list)
	}
	cycle := func() {
		c, err := catalog.New(catalog.Options{Bundled: []catalog.Bundled{self("good")}})
		if err != nil {
			t.Fatal(err)
		}
		m := module(t, c, "probe")
		for range 2 {
			if _, err := apply(t, m, t.Context(), "exit", ""); !errors.Is(err, catalog.ErrPluginDied) {
				t.Error(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	cycle() // the first opens what the runtime keeps
	before := descriptors()
	for range 3 {
		cycle()
	}
	if after := descriptors(); after > before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
}

func TestCloseDoesNotWaitForWhatEscaped(t *testing.T) {
	c, log := single(t, "escapee")
	module(t, c, "probe")
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	m := regexp.MustCompile(`child (\d+)`).FindStringSubmatch(log.all())
	if m == nil {
		t.Fatalf("log: %s", log.all())
	}
	pid, _ := strconv.Atoi(m[1])
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill() // ours to clear up: the promise covers the process group
	}
}

// TestEngineDies kills a process that has a catalog open, and looks what becomes of the plugin and of its child.
func TestEngineDies(t *testing.T) {
	dir, err := os.MkdirTemp("", "m")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command(os.Args[0], "engine")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var plugin, child int
	if _, err := fmt.Sscan(line, &plugin, &child); err != nil {
		t.Fatal(err)
	}
	waits := []func(){watch(t, plugin), watch(t, child)}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, wait := range waits {
		wait()
	}
	if left, _ := filepath.Glob(dir + "/*"); len(left) > 0 {
		t.Errorf("left on disk: %v", left)
	}
}

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
