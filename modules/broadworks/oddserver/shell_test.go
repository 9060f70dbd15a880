package oddserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// shell is a login shell on a terminal: one real bash runs its lines, and bwcli takes the terminal over.
type shell struct {
	h    *host
	conn net.Conn
	*term
}

// starts finds a line that ends by running bwcli.
var starts = regexp.MustCompile(`(?:^|[;&|]\s*|\s)(exec\s+)?(?:[A-Z_]+=\S*\s+)*(?:\S*/)?bwcli\s*$`)

const mark = "\x01odd\x01"

func (s *shell) fill(text string) string {
	return strings.NewReplacer("{host}", s.h.name, "{time}", time.Now().Format("15:04:05.000")).Replace(text)
}

func (s *shell) prompt() string {
	if s.h.q.Prompt == "" {
		return s.fill("bwadmin@{host}$ ")
	}
	return s.fill(s.h.q.Prompt)
}

// run serves the terminal until the shell ends, and returns its exit code.
func (s *shell) run() int {
	time.Sleep(s.h.q.LoginDelay)
	s.print(s.fill(s.h.q.MOTD))
	cmd := exec.Command("bash")
	cmd.Dir, cmd.Env = s.h.path(s.h.home()), append(s.h.environment(), fmt.Sprintf("ODD_TTY=%p", s))
	in, err := cmd.StdinPipe()
	if err != nil {
		return 1
	}
	pipe, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if cmd.Start() != nil {
		return 1
	}
	go func() { w.CloseWithError(cmd.Wait()) }()
	defer cmd.Process.Kill()
	out := bufio.NewReader(pipe)
	defer s.h.terminal(s)()
	own := ""
	for {
		prompt := own
		if prompt == "" {
			prompt = s.prompt()
		}
		line, err := s.read(prompt, false)
		if err != nil {
			return 0
		}
		cli := starts.FindStringSubmatchIndex(line)
		if cli != nil && strings.Contains(line[:cli[1]], "command -v") {
			cli = nil
		}
		if cli != nil {
			if !s.command(strings.TrimRight(line[:cli[0]], " ;&|"), in, out, &own) {
				return 0
			}
			if code, ended := s.bwcli(); ended || cli[2] >= 0 {
				return code
			}
		} else if !s.command(line, in, out, &own) {
			return 0
		}
	}
}

// command runs a line in the shell; false when the shell ended. prompt is set when the line set PS1.
func (s *shell) command(line string, in io.Writer, out *bufio.Reader, prompt *string) bool {
	if strings.TrimSpace(line) == "" {
		return true
	}
	if strings.Contains(line, "stty") && strings.Contains(line, "-echo") {
		s.q = &quirks{Echo: "none", Pace: s.h.q.Pace}
	}
	fmt.Fprintf(in, "{ :\n%s\n} </dev/null\nprintf '%s%%s%s' \"$PS1\"\n", s.h.real(line), mark, mark)
	var text strings.Builder
	flush := func() {
		s.print(strings.ReplaceAll(text.String(), s.h.root, ""))
		text.Reset()
	}
	for !strings.HasSuffix(text.String(), mark) {
		b, err := out.ReadByte()
		if err != nil {
			flush()
			return false
		}
		text.WriteByte(b)
		if out.Buffered() == 0 && !strings.Contains(text.String(), mark[:1]) {
			flush()
		}
	}
	left := strings.TrimSuffix(text.String(), mark)
	text.Reset()
	text.WriteString(left)
	flush()
	value, err := out.ReadString(mark[len(mark)-1])
	for err == nil && !strings.HasSuffix(value, mark) {
		var more string
		more, err = out.ReadString(mark[len(mark)-1])
		value += more
	}
	*prompt = strings.TrimSuffix(value, mark)
	return err == nil
}

// terminal makes the shell known to the programs that it runs, which ask their questions on it.
func (h *host) terminal(s *shell) (forget func()) {
	id := fmt.Sprintf("%p", s)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.terminals[id] = s
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.terminals, id)
	}
}
