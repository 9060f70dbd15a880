package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// runner runs a plugin's process for go-plugin, with less than go-plugin would give it: no standard input, no environment
// but what is named here, a session and process group of its own that is killed as a whole, and an address that can only
// be a socket in the directory we made.
type runner struct {
	cmd            *exec.Cmd
	sockets        string // where its socket must be
	stdout, stderr *os.File
	writers        [2]*os.File

	mu     sync.Mutex
	pid    int  // 0: not started
	killed bool // Kill was called
	reaped bool // the number is no longer ours

	exited chan struct{}
	err    error // how it exited
}

// newRunner prepares path with args. env is what go-plugin tells the process; sockets is the directory that it made for
// this process, in which there will be an empty one to work in.
func newRunner(path string, args, env []string, sockets string) (*runner, error) {
	dir := filepath.Join(sockets, "work")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	r := &runner{sockets: sockets, exited: make(chan struct{})}
	var err error
	if r.stdout, r.writers[0], err = os.Pipe(); err != nil {
		return nil, err
	}
	if r.stderr, r.writers[1], err = os.Pipe(); err != nil {
		return nil, errors.Join(err, r.stdout.Close(), r.writers[0].Close())
	}
	r.cmd = exec.Command(path, args...)
	r.cmd.Env = append(allowed(), append(env, "TMPDIR="+dir)...)
	r.cmd.Dir = dir
	r.cmd.Stdout, r.cmd.Stderr = r.writers[0], r.writers[1]
	r.cmd.SysProcAttr = ownSession()
	return r, nil
}

// allowed is what a plugin learns of the user's environment: how text and time are written.
func allowed() []string {
	var env []string
	for _, key := range []string{"LANG", "LC_ALL", "TZ"} {
		if v, ok := os.LookupEnv(key); ok {
			env = append(env, key+"="+v)
		}
	}
	return env
}

// Start starts the process. A thread of its own waits for it: the kernel tells a child of the death of the thread that
// made it, and threads of the runtime may end before the program does.
func (r *runner) Start(context.Context) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := r.launch()
		for _, w := range r.writers {
			w.Close()
		}
		if err != nil {
			r.stdout.Close()
			r.stderr.Close()
			r.err = err
			close(r.exited)
		}
		started <- err
		if err == nil {
			r.reap()
		}
	}()
	return <-started
}

func (r *runner) launch() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.killed {
		return errors.New("ended before it was started")
	}
	if err := r.cmd.Start(); err != nil {
		return err
	}
	r.pid = r.cmd.Process.Pid
	return nil
}

// reap waits for the process, ends what it leaves behind, and ends its output, which something that escaped from the
// group could hold open.
func (r *runner) reap() {
	r.err = r.cmd.Wait()
	r.killGroup() // the kernel does not give the number away while somebody is left in the group
	r.mu.Lock()
	r.reaped = true
	r.mu.Unlock()
	const rest = time.Second
	_ = r.stdout.SetReadDeadline(time.Now().Add(rest))
	_ = r.stderr.SetReadDeadline(time.Now().Add(rest))
	close(r.exited)
}

// Kill ends the process and its group at once: a plugin has nothing to save.
func (r *runner) Kill(context.Context) error {
	r.mu.Lock()
	r.killed = true
	r.mu.Unlock()
	r.killGroup()
	return nil
}

func (r *runner) killGroup() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pid != 0 && !r.reaped {
		_ = syscall.Kill(-r.pid, syscall.SIGKILL)
	}
}

func (r *runner) over() bool {
	select {
	case <-r.exited:
		return true
	default:
		return false
	}
}

// Wait returns when the process has been waited for.
func (r *runner) Wait(context.Context) error {
	<-r.exited
	return r.err
}

// Stdout is where the handshake comes from.
func (r *runner) Stdout() io.ReadCloser { return r.stdout }

// Stderr is the plugin's log.
func (r *runner) Stderr() io.ReadCloser { return r.stderr }

// Name is the path of the executable.
func (r *runner) Name() string { return r.cmd.Path }

// ID is the process id; empty before the start.
func (r *runner) ID() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pid == 0 {
		return ""
	}
	return strconv.Itoa(r.pid)
}

// Diagnose adds nothing: the plugin's own last line says more.
func (r *runner) Diagnose(context.Context) string { return "" }

// PluginToHost accepts an address only where we said that it should be: anything else could be somebody else's.
func (r *runner) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" {
		return "", "", fmt.Errorf("it wants to be reached by %q; only a unix socket in its own directory is allowed", printable(network))
	}
	if filepath.Clean(address) != address || filepath.Dir(address) != r.sockets {
		return "", "", fmt.Errorf("its socket %q is not in the directory that it was given", printable(address))
	}
	info, err := os.Lstat(address)
	if err != nil {
		return "", "", err
	}
	if info.Mode()&os.ModeSocket == 0 || owner(info) != os.Getuid() {
		return "", "", fmt.Errorf("%s is not a socket of this user", address)
	}
	return network, address, nil
}

// HostToPlugin passes our own addresses on.
func (r *runner) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

func owner(info os.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
