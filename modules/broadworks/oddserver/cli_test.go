package oddserver

import (
	"errors"
	"io"
	"strings"
	"time"
)

// cli is one session of bwcli.
type cli struct {
	*shell
	at       *level
	loggedIn bool
	pending  []string // the rest of a line of several commands
	restarts int      // of the host when the session began
}

var errLeave = errors.New("leave")

// bwcli runs a session; ended says that the terminal is gone, too.
func (s *shell) bwcli() (code int, ended bool) {
	h := s.h
	time.Sleep(h.q.StartDelay)
	h.mu.Lock()
	booting, refuse, restarts := h.booting, h.q.TooMany && !(h.once && h.refusedOnce), h.restarts
	h.refusedOnce = true
	h.mu.Unlock()
	switch {
	case booting:
		s.print("The BroadWorks software manager is not available. Try again later.\n")
		return 1, false
	case refuse:
		s.print("Too many sessions\n")
		return 1, false
	}
	rule := strings.Repeat("=", 70) + "\n"
	s.print(rule + "BroadWorks Command Line Interface\n  Type HELP for more information\n" + rule + "\n")
	if h.q.Licence {
		s.print("This software is licensed, not sold. Unauthorised use is prohibited.\nLicence key: valid (expires in 12 days) > renew soon\nReading initial CLI command file...\n\n")
	}
	c := &cli{shell: s, at: tree(h), restarts: restarts}
	for {
		line, err := c.next(c.prompt())
		if err == nil {
			err = c.do(strings.TrimSpace(line))
		}
		switch {
		case errors.Is(err, errLeave):
			return 0, false
		case err != nil:
			return 0, true
		}
	}
}

func (c *cli) prompt() string {
	q := &c.h.q
	path := c.at.path()
	if q.LowerCase {
		path = strings.ToLower(path)
	}
	p := c.h.role + "_CLI" + path + ">"
	if !q.NoBlank {
		p += " "
	}
	switch q.Color {
	case "color":
		p = "\x1b[1;34m" + c.h.role + "_CLI\x1b[0m\x1b[33m" + path + "\x1b[0m>" + strings.TrimLeft(p[len(p)-1:], ">")
	case "reset":
		p += "\x1b[0m"
	}
	return p
}

// next is the next command: the rest of the last line, or a new line.
func (c *cli) next(prompt string) (string, error) {
	if len(c.pending) > 0 {
		part := c.pending[0]
		c.pending = c.pending[1:]
		return part, nil
	}
	if c.h.q.Alarm == "late" {
		c.print(prompt + "\n")
		c.print("*** ALARM bwCPUUsage MINOR " + time.Now().Format(time.TimeOnly) + " ***\n")
	}
	line, err := c.read(prompt, false)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return "", err
	}
	if !c.alive() {
		return "", errLeave
	}
	parts := split(line, ';')
	c.pending = parts[1:]
	return parts[0], nil
}

// alive tells what a restart does to sessions that it finds open.
func (c *cli) alive() bool {
	c.h.mu.Lock()
	restarts := c.h.restarts
	c.h.mu.Unlock()
	if restarts == c.restarts {
		return true
	}
	c.restarts = restarts
	switch c.h.q.Sessions {
	case "killed":
		c.print("Connection to the server was lost.\n")
		return false
	case "note":
		c.print("The communication channel with the SNMP agent just went down.\n")
	}
	return true
}

// split cuts a line outside quotes.
func split(line string, at rune) []string {
	var parts []string
	var b strings.Builder
	quoted := false
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
			b.WriteRune(r)
		case r == at && !quoted:
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	return append(parts, b.String())
}

// fields are the words of a command, without their quotes.
func fields(line string) []string {
	var out []string
	for _, w := range split(strings.ReplaceAll(line, "\t", " "), ' ') {
		if w != "" {
			out = append(out, strings.ReplaceAll(w, `"`, ""))
		}
	}
	return out
}

// do carries one command out.
func (c *cli) do(line string) error {
	words := fields(line)
	if len(words) == 0 {
		return nil
	}
	c.h.mu.Lock()
	c.h.record = append(c.h.record, c.at.path()+"> "+line)
	c.h.mu.Unlock()
	name, args := strings.ToLower(words[0]), words[1:]
	text := ""
	switch name {
	case "q", "quit":
		if c.at.up != nil {
			c.at = c.at.up
		}
	case "qa":
		c.at = c.at.root()
	case "e", "exit":
		if ok, err := c.confirm("Please confirm (Yes, Y, No, N): "); err != nil || !ok {
			return err
		}
		c.print("This session is now ending...\n")
		return errLeave
	case "login":
		return c.login(args)
	case "cd":
		text = c.cd(args)
	case "h", "help":
		text = c.help(args)
	default:
		if next := c.down(words[0]); next != nil && len(args) == 0 {
			c.at = next
			break
		}
		run := c.at.commands[name]
		if run == nil {
			text = "Invalid command\n"
			break
		}
		var err error
		if text, err = c.call(run, name, args); err != nil {
			return err
		}
	}
	return c.print(c.alarmed(text))
}

func (c *cli) alarmed(text string) string {
	const alarm = "*** ALARM bwCPUUsage MINOR threshold exceeded on cpu0 ***\n"
	switch {
	case text == "":
		return text
	case c.h.q.Alarm == "before":
		return alarm + text
	case c.h.q.Alarm == "after":
		return text + alarm
	}
	return text
}

// confirm asks until it understands the answer.
func (c *cli) confirm(question string) (bool, error) {
	for {
		a, err := c.next(question)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(a)) {
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

func (c *cli) login(args []string) error {
	if c.h.q.Login == "" || len(args) != 1 {
		return c.print("Invalid command\n")
	}
	password, err := c.read(c.h.q.Login, true)
	if err != nil {
		return err
	}
	if args[0] != "webadmin" || password != "s3cret word" {
		return c.print("[Error] Login failed\n")
	}
	c.loggedIn = true
	return c.print("webadmin logging in...\n")
}

// down finds a level by its name, or the beginning of only one.
func (c *cli) down(name string) *level {
	var found []*level
	for _, l := range c.at.down {
		if c.at.up == nil && c.h.q.Login != "" && !c.loggedIn && l.name != "Maintenance" {
			continue
		}
		switch {
		case strings.EqualFold(l.name, name):
			return l
		case len(name) < len(l.name) && strings.EqualFold(l.name[:len(name)], name):
			found = append(found, l)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return nil
}

func (c *cli) cd(args []string) string {
	if len(args) != 1 || c.h.q.LevelsOnly && strings.Contains(args[0], "/") {
		return "Invalid command\n"
	}
	from := c.at
	if strings.HasPrefix(args[0], "/") {
		c.at = c.at.root()
	}
	for _, name := range strings.Split(args[0], "/") {
		if name == "" {
			continue
		}
		next := c.down(name)
		if next == nil {
			c.at = from
			return "Invalid command\n"
		}
		c.at = next
	}
	return ""
}
