package local

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"syscall"
	"time"

	"github.com/muster-run/muster/plugins/sdk"
)

// maxOutput is how much of each output stream of a command is kept, in bytes.
const maxOutput = 1 << 20

// patience is how long a command may take to end after SIGTERM.
const patience = 2 * time.Second

// Run executes a command line with /bin/sh. When ctx ends first, the command and all its children get SIGTERM, and
// after two seconds SIGKILL.
func (m *machine) Run(ctx context.Context, line string, stdin []byte) (*sdk.CommandResult, error) {
	if err := m.Err(); err != nil {
		return nil, m.explain(ctx, "run", err)
	}
	scope, cancel := m.scope(ctx)
	defer cancel()
	var out, errs capped
	cmd := exec.CommandContext(scope, "/bin/sh", "-c", line)
	cmd.Dir = m.home
	cmd.Env = append(cmd.Environ(), "HOME="+m.home)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = patience
	err := cmd.Run()
	if scope.Err() != nil {
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // children that outlived the shell
		}
		return nil, m.explain(ctx, "run", scope.Err())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return nil, m.explain(ctx, "run", err)
	}
	return &sdk.CommandResult{Status: cmd.ProcessState.ExitCode(), Stdout: out.b, Stderr: errs.b}, nil
}

// capped keeps the first maxOutput bytes and takes the rest without keeping it.
type capped struct{ b []byte }

func (c *capped) Write(p []byte) (int, error) {
	c.b = append(c.b, p[:min(len(p), maxOutput-len(c.b))]...)
	return len(p), nil
}
