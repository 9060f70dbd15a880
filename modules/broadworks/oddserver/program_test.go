package oddserver

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// programs are what a host offers on its PATH beside those of this machine. Each is a link to the test binary, which asks
// the host what to say: so a real shell runs them as it runs anything.
var programs = []string{"bwcli", "restartbw", "bwrestart", "stopbw", "startbw", "healthmon", "showrun", "bwshowver", "ps"}

const binDir = "/usr/local/broadworks/bw_base/bin"

// message goes between a program and its host.
type message struct {
	Args []string `json:",omitempty"`
	TTY  string   `json:",omitempty"`
	Out  string   `json:",omitempty"`
	Ask  bool     `json:",omitempty"` // send a line of standard input
	Line string   `json:",omitempty"`
	End  bool     `json:",omitempty"`
	Exit int      `json:",omitempty"`
}

func TestMain(m *testing.M) {
	if sock := os.Getenv("ODD_SOCK"); sock != "" && slices.Contains(programs, filepath.Base(os.Args[0])) {
		os.Exit(program(sock))
	}
	os.Exit(run(m))
}

// scratch holds the binary.
var scratch string

func run(m *testing.M) int {
	flag.Parse()
	if !given("test.parallel") {
		flag.Set("test.parallel", "8") // most of a run is waiting for slow terminals
	}
	var err error
	if scratch, err = os.MkdirTemp("", "oddserver"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	return m.Run()
}

// given reports whether a flag stands on the command line.
func given(name string) (is bool) {
	flag.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

func program(sock string) int {
	c, err := net.Dial("unix", sock)
	if err != nil {
		return 127
	}
	enc, dec, in := json.NewEncoder(c), json.NewDecoder(c), bufio.NewReader(os.Stdin)
	enc.Encode(message{Args: append([]string{filepath.Base(os.Args[0])}, os.Args[1:]...), TTY: os.Getenv("ODD_TTY")})
	for {
		var m message
		if dec.Decode(&m) != nil {
			return 1
		}
		fmt.Print(m.Out)
		if m.Ask && os.Getenv("ODD_TTY") != "" {
			enc.Encode(message{Ask: true}) // the question is on the screen now
		} else if m.Ask {
			line, err := in.ReadString('\n')
			enc.Encode(message{Line: line, End: err != nil})
		}
		if m.End {
			return m.Exit
		}
	}
}

// install makes the directories and programs of the host.
func (h *host) install(t *testing.T) {
	t.Helper()
	for _, dir := range []string{binDir, "/var/broadworks/tmp", "/var/broadworks/logs", h.home(), "/tmp"} {
		if err := os.MkdirAll(h.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		if err := os.Symlink(self, h.path(binDir+"/"+p)); err != nil {
			t.Fatal(err)
		}
	}
	if len(h.q.Missing) > 0 {
		h.choose(t)
	}
	write(t, h.path(h.home()+"/.bash_profile"), []byte("PATH="+h.searchPath()+"\n"))
	l, err := net.Listen("unix", h.path("/sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go h.answer(c)
		}
	}()
}

// choose makes a directory of all programs of this machine but the missing ones.
func (h *host) choose(t *testing.T) {
	t.Helper()
	os.MkdirAll(h.path("/usr/bin"), 0o755)
	for _, dir := range []string{"/usr/bin", "/bin", "/usr/sbin"} {
		all, _ := os.ReadDir(dir)
		for _, e := range all {
			if !slices.Contains(h.q.Missing, e.Name()) {
				os.Symlink(filepath.Join(dir, e.Name()), h.path("/usr/bin/"+e.Name()))
			}
		}
	}
}

func (h *host) searchPath() string {
	if len(h.q.Missing) > 0 {
		return h.path(binDir) + ":" + h.path("/usr/bin")
	}
	return h.path(binDir) + ":/usr/bin:/bin"
}

func (h *host) environment() []string {
	return []string{"PATH=" + h.searchPath(), "HOME=" + h.path(h.home()), "ODD_SOCK=" + h.path("/sock"), "USER=bwadmin", "LOGNAME=bwadmin", "LANG=C"}
}

// exec runs a command as sshd does.
func (h *host) exec(command string, in io.Reader, out, errs io.Writer) int {
	cmd := exec.Command("bash", "-c", h.real(command))
	cmd.Dir, cmd.Env = h.path(h.home()), h.environment()
	cmd.Stdout, cmd.Stderr = virtual{h, out}, virtual{h, errs}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 127
	}
	go func() {
		io.Copy(stdin, in)
		stdin.Close()
	}()
	cmd.WaitDelay = 100 * time.Millisecond // what was left in the background does not hold the channel
	cmd.Run()
	return cmd.ProcessState.ExitCode()
}

// client is a program that waits for an answer.
type client struct {
	enc *json.Encoder
	dec *json.Decoder
	tty *shell // nil when no terminal is there
}

func (c client) say(format string, args ...any) {
	c.enc.Encode(message{Out: fmt.Sprintf(format, args...)})
}

func (c client) ask(question string) string {
	c.enc.Encode(message{Out: question, Ask: true})
	var m message
	c.dec.Decode(&m)
	if c.tty != nil {
		m.Line, _ = c.tty.read("", false)
	}
	return strings.ToLower(strings.TrimSpace(m.Line))
}

func (h *host) answer(c net.Conn) {
	defer c.Close()
	cl := client{enc: json.NewEncoder(c), dec: json.NewDecoder(c)}
	var m message
	if cl.dec.Decode(&m) != nil {
		return
	}
	h.mu.Lock()
	cl.tty = h.terminals[m.TTY]
	h.mu.Unlock()
	code := 0
	switch m.Args[0] {
	case "ps":
		code = h.ps(cl, m.Args[1:])
	case "healthmon":
		code = h.healthmon(cl)
	case "restartbw", "bwrestart":
		code = h.restartbw(cl)
	case "bwshowver":
		cl.say("%s version Rel_24.0_1.944\n\nBuilt  Sat Jun  6 00:26:50 EDT 2020\n- BASE revision 909962\n", h.role)
	case "showrun":
		cl.say("OpenClientServer  running\nWebContainer      running\n")
	case "bwcli":
		cl.say("bwcli: standard input is not a terminal\n")
		code = 1
	}
	cl.enc.Encode(message{End: true, Exit: code})
}

func (h *host) restartbw(c client) int {
	switch h.q.Restart {
	case "confirm":
		if a := c.ask("This command will restart BroadWorks on this server. Continue?\n\nPlease confirm (Yes, Y, No, N): "); a != "y" && a != "yes" {
			return 1
		}
	case "yesno":
		if a := c.ask("Are you sure you want to restart BroadWorks? [y/n] "); a != "y" && a != "yes" {
			c.say("Aborted.\n")
			return 1
		}
	case "atonce":
		go h.restart()
		c.say("Restart of BroadWorks was requested.\n")
		return 0
	case "cut":
		go h.restart()
		h.cut()
		return 0
	case "dots":
		c.say("Stopping BroadWorks")
		done := make(chan struct{})
		go func() { h.restart(); close(done) }()
		for {
			select {
			case <-done:
				return 0
			case <-time.After(20 * time.Millisecond):
				c.say(".")
			}
		}
	}
	c.say("Stopping BroadWorks...\nStarting BroadWorks...\n")
	h.restart()
	if h.q.Restart == "nonzero" {
		c.say("Warning: 1 application did not stop in time\n")
		return 3
	}
	return 0
}

// cut ends every connection, as a server does whose sshd is restarted, too.
func (h *host) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		c.Close()
	}
}

func (h *host) healthmon(c client) int {
	h.mu.Lock()
	booting := h.booting
	h.mu.Unlock()
	severity, state, text := "NOTIFICATION", "Unlock", "No abnormal condition detected."
	if booting && h.q.Health != "well" {
		switch h.q.Health {
		case "refused":
			c.say("healthmon: cannot connect to the software manager\n")
			return 1
		case "empty":
			return 0
		case "odd":
			severity, state, text = "", "unknown", "2 abnormal conditions detected:\n  [1] process OpenClientServer is not running\n  [2] port 8012 is not in LISTEN state"
		case "locked":
			severity, state, text = "NOTIFICATION", "Lock", "No abnormal condition detected."
		default:
			severity, state, text = "CRITICAL", "Starting", "Abnormal condition: BroadWorks is not running."
		}
	}
	kind := map[string]string{"AS": "AppServer", "ADP": "ApplicationDeliveryPlatform", "XSP": "XtendedServicesPlatform"}[h.role]
	rule := strings.Repeat("-", 32)
	c.say("%s\nSystem Health Report Page\n   BroadWorks Server Name: %s\n   Date and time         : %s\n   Report severity       : %s\n   Server type           : %s\n   Server state          : %s\n%s\n\n%s\n\n%s\n",
		rule, h.name, time.Now().Format("Mon Jan _2 15:04:05 MST 2006"), severity, kind, state, rule, text, rule)
	return 0
}
