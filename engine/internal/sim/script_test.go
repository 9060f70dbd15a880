package sim

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// shell runs a script of a host: lists, redirections and the few commands that any system has, which is what the lease
// uses. Between two commands others get their turn.
type shell struct {
	*visit
	dir      string
	stdin    io.Reader
	out, err io.Writer
	exit     bool
}

// script runs a command line that is none of the host's own commands.
func (v *visit) script(line string, ch ssh.Channel) uint32 {
	sh := &shell{visit: v, dir: home, stdin: ch, out: ch, err: ch.Stderr()}
	status := uint32(0)
	for part := range strings.SplitSeq(line, ";") {
		status = sh.list(strings.TrimSpace(part), status)
		if sh.exit {
			break
		}
	}
	return status
}

// list runs commands joined by && and ||, from left to right.
func (sh *shell) list(text string, last uint32) uint32 {
	status, join := uint32(0), "&&"
	for text != "" {
		i, next := len(text), ""
		for _, j := range []string{"&&", "||"} {
			if at := strings.Index(text, j); at >= 0 && at < i {
				i, next = at, j
			}
		}
		one := strings.TrimSpace(text[:i])
		if (join == "&&") == (status == 0) {
			status = sh.command(one, last)
			if sh.exit {
				return status
			}
		}
		text, join = strings.TrimSpace(text[min(len(text), i+len(next)):]), next
	}
	return status
}

// command runs one command with its redirections.
func (sh *shell) command(text string, last uint32) uint32 {
	time.Sleep(sh.host.w.draw(3 * time.Millisecond))
	if !sh.host.epochIs(sh.epoch) {
		sh.exit = true
		return 255
	}
	argv, into, quiet := redirections(text)
	complain := sh.err
	if quiet {
		complain = io.Discard
	}
	if len(argv) == 0 {
		return last
	}
	if argv[0] == "exit" {
		return sh.special(argv)
	}
	var out bytes.Buffer
	if into != "" && into != "/dev/null" { // the shell opens it first
		if _, err := sh.host.disk.open(sh.path(into), true, true, false, true); err != nil {
			fmt.Fprintf(complain, "sh: %s: %v\n", into, err)
			return 1
		}
	}
	err := sh.builtin(argv, &out)
	switch {
	case into == "/dev/null":
	case into != "":
		sh.host.disk.put(sh.path(into), out.String())
		sh.note("script", "> "+sh.path(into))
	default:
		_, _ = sh.out.Write(out.Bytes())
	}
	if err == errFalse {
		return 1
	}
	if err != nil {
		fmt.Fprintf(complain, "%s: %v\n", argv[0], err)
		return 1
	}
	return 0
}

func (sh *shell) special(argv []string) uint32 {
	sh.exit = true
	var status uint32
	_, _ = fmt.Sscan(strings.Join(argv[1:], " "), &status)
	return status
}

// redirections takes them out of a command.
func redirections(text string) (argv []string, into string, quiet bool) {
	fields := quoted(text)
	for i := 0; i < len(fields); i++ {
		switch f := fields[i]; {
		case f == ">" && i+1 < len(fields):
			into = fields[i+1]
			i++
		case f == "2>/dev/null":
			quiet = true
		default:
			argv = append(argv, f)
		}
	}
	return argv, into, quiet
}

// quoted splits at blanks outside double quotes.
func quoted(text string) []string {
	var out []string
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

func (sh *shell) path(name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	return path.Join(sh.dir, name)
}
