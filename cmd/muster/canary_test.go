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

// canary is a fleet, a control machine's directories and everything secret about them.
type canary struct {
	fleet           *bwsim.Fleet
	root, lab       string
	password, token string
	handles         *scanner // what no module may have: keys and passwords
	all             *scanner // and what modules are given, but nobody is shown
	others          *scanner // all but the key of the host of which broken says that it could not be cleaned up
	broken          string
	begin, finish   *os.File // by which the last witness waits for the test
}

// the characters are those that URLs, JSON, HCL and shells write otherwise
const (
	canaryPassword = `pW<9>&"q%7 k+\Zr/x;3e`
	canaryToken    = `t0k<en>&"8%2 y+\Qm/f;5`
)

// troubled is the host that the faults are on.
const troubled = "xsp01.fra.example.net"

// newCanary starts a fleet whose application servers demand a login, and learns what is secret about it. It runs a playbook of
// the repository with some plays behind it.
func newCanary(t *testing.T, xsps int, playbook, plays string) *canary {
	fleet, err := bwsim.Start(context.Background(), bwsim.Options{
		ASCount: 1, XSPCount: xsps, Sites: []string{"fra"}, Profile: bwsim.Profile{Login: bwsim.LoginRequired},
		CLIPassword: canaryPassword, RestartTime: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fleet.Close() })
	root, err := os.MkdirTemp("/tmp", "canary") // short: sockets are to be made below it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	c := &canary{fleet: fleet, root: root, lab: filepath.Join(root, "lab"), handles: newScanner(), all: newScanner(), others: newScanner()}
	if err := bwsim.WriteLab(c.lab, fleet); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"home", "tmp", "xdg", "plugins"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c.learn(t)
	c.write(t, playbook, plays)
	return c
}

func (c *canary) learn(t *testing.T) {
	keys, err := filepath.Glob(filepath.Join(c.lab, "certs", "*.key"))
	if err != nil || len(keys) == 0 {
		t.Fatalf("%q, %v", keys, err)
	}
	for _, s := range []*scanner{c.handles, c.all, c.others} {
		for _, path := range append(keys, filepath.Join(c.lab, "client.key"), filepath.Join(c.lab, "id_ed25519")) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if s != c.others || filepath.Base(path) != troubled+".key" {
				s.key(t, filepath.Base(path), text)
			}
		}
		s.secret("the bwcli password", canaryPassword)
	}
	c.all.secret("the token", canaryToken)
	c.others.secret("the token", canaryToken)
}

// write makes the playbook, the variables and the plugin directory.
func (c *canary) write(t *testing.T, name, plays string) {
	playbook, err := os.ReadFile(filepath.Join("..", "..", "playbooks", name))
	if err != nil {
		t.Fatal(err)
	}
	self, err := exec.LookPath("muster-plugin-witness")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	vars := fmt.Sprintf("chain_file = %q\ncert_dir = %q\nclient_cert = %q\nclient_key = %q\nroot = %q\ntoken = %q\n",
		c.lab+"/CombinedCertChain2023.txt", c.lab+"/certs", c.lab+"/client.crt", c.lab+"/client.key", c.root, canaryToken)
	for name, text := range map[string]string{"site.hcl": string(playbook) + plays, "vars.hcl": vars,
		"token.hcl": fmt.Sprintf("token = %q\n", canaryToken), "plugins/muster-plugin-witness": string(binary)} {
		mode := os.FileMode(0o600)
		if strings.HasPrefix(name, "plugins/") {
			mode = 0o700
		}
		if err := os.WriteFile(filepath.Join(c.root, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	c.begin, c.finish = pipe(t, filepath.Join(c.root, "begin")), pipe(t, filepath.Join(c.root, "end"))
}

// pipe makes a named pipe and opens both ends, so that nobody waits for anybody to open it.
func pipe(t *testing.T, path string) *os.File {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

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
