//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// canaryRun is one command line under watch.
type canaryRun struct {
	name           string
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	watch          *watch
	exited         chan struct{}
}

// start runs muster in the canary's root, with all its directories below it.
func (c *canary) start(t *testing.T, name string, args ...string) *canaryRun {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(stop)
	r := &canaryRun{name: name, cmd: exec.CommandContext(ctx, "muster", args...), exited: make(chan struct{})}
	r.cmd.Dir = c.root
	r.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.root + "/home", "TMPDIR=" + c.root + "/tmp", "NO_COLOR=1",
		"XDG_DATA_HOME=" + c.root + "/xdg", "XDG_CONFIG_HOME=" + c.root + "/xdg", "XDG_STATE_HOME=" + c.root + "/xdg",
		"XDG_CACHE_HOME=" + c.root + "/xdg", "XDG_RUNTIME_DIR=" + c.root + "/xdg"}
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.watch = startWatch(c.all, name, r.cmd.Process.Pid, c.root+"/home", c.root+"/tmp", c.root+"/xdg")
	go func() {
		defer close(r.exited)
		r.cmd.Wait()
	}()
	return r
}

// apply starts an apply of the playbook.
func (c *canary) apply(t *testing.T, name string, args ...string) *canaryRun {
	t.Helper()
	return c.start(t, name, append([]string{"apply", "site.hcl", "-i", "lab/inventory.hcl", "--var-file", "vars.hcl",
		"--plugin-dir", "plugins", "--yes", "-vv"}, args...)...)
}

// end waits for the run, and searches all that it left anywhere.
func (c *canary) end(t *testing.T, r *canaryRun) int {
	t.Helper()
	<-r.exited
	r.watch.end()
	c.all.look(r.name+": stdout", r.stdout.Bytes())
	c.all.look(r.name+": stderr", r.stderr.Bytes())
	dump, err := os.ReadFile(filepath.Join(c.root, "dump"))
	if err == nil {
		c.handles.look(r.name+": what a module was given", dump)
	}
	c.lookAtHosts(t, r.name)
	for _, hit := range slices.Concat(c.all.found(), c.handles.found(), c.others.found()) {
		t.Errorf("leaked: %s", hit)
	}
	if t.Failed() {
		t.Logf("%s: exit %d\n%s\n%s", r.name, r.cmd.ProcessState.ExitCode(), tail(r.stdout.String()), tail(r.stderr.String()))
	}
	return r.cmd.ProcessState.ExitCode()
}

func tail(text string) string { return text[max(0, len(text)-6000):] }

// lookAtHosts searches the files and the record of every host. The token is in two files of the application servers, where it
// was to be. Where the way to a host broke in the middle, its own key may lie there until the next run.
func (c *canary) lookAtHosts(t *testing.T, name string) {
	t.Helper()
	for _, h := range c.fleet.Hosts() {
		for _, path := range h.Files("/") {
			data, err := h.ReadFile(path)
			if err != nil {
				continue
			}
			s := c.all
			if h.Role() == bwsim.AS && strings.HasSuffix(path, ".token") {
				s = c.handles
			}
			if c.broken == h.Name() && strings.HasPrefix(path, "/var/broadworks/tmp/") {
				s = c.others
			}
			s.look(fmt.Sprintf("%s: %s of %s", name, path, h.Name()), data)
		}
	}
	for _, e := range c.fleet.Record() {
		c.all.look(fmt.Sprintf("%s: record of %s (%s)", name, e.Host, e.Kind), []byte(e.Text+"\n"+e.Path))
	}
}

// meet waits until the last witness has come, calls look, and lets it go on. It reports false when the run ended before.
func (c *canary) meet(r *canaryRun, look func()) bool {
	came := make(chan struct{})
	go func() {
		defer close(came)
		c.begin.Read(make([]byte, 1))
	}()
	select {
	case <-r.exited:
		c.begin.Write([]byte{1})
		<-came
		return false
	case <-came:
		look()
		_, err := c.finish.Write([]byte{1})
		return err == nil
	}
}

// plugin finds the process of a plugin that the run has started.
func (r *canaryRun) plugin(name string) int {
	all := children(r.cmd.Process.Pid)
	if i := slices.IndexFunc(all, func(pid int) bool { return strings.HasSuffix(title(pid), name) }); i >= 0 {
		return all[i]
	}
	return 0
}

// kill ends a plugin that the run has started, as a crash would.
func (r *canaryRun) kill(t *testing.T, name string) {
	t.Helper()
	pid := r.plugin(name)
	if pid == 0 {
		t.Fatalf("%s: no plugin %s runs", r.name, name)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("%s: kill the plugin %s: %v", r.name, name, err)
	}
}
