package bwsim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/shell"
	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/tty"
)

const binDir = "/usr/local/broadworks/bw_base/bin"

// bash makes the shell of this session.
func (s *session) bash() *shell.Shell {
	h := s.host
	user := h.fleet.opts.User
	return &shell.Shell{
		FS:       h.fs,
		User:     user,
		Host:     h.Name(),
		Dir:      home(user),
		Vars:     map[string]string{"HOME": home(user), "USER": user, "LOGNAME": user, "PATH": "/usr/bin:" + binDir},
		Path:     []string{binDir},
		Commands: s.commands(),
		Wrote:    func(path string) { h.wrote(s.id, path) },
		Removed:  func(path string) { h.record(Event{Kind: FileRemove, Session: s.id, Path: path}) },
		Renamed: func(from, to string) {
			h.record(Event{Kind: FileRename, Session: s.id, Path: to, Text: from})
		},
	}
}

// exec runs one command line and gives its exit status.
func (s *session) exec(ctx context.Context, line string) int {
	term := s.terminal(ctx)
	sh := s.bash()
	status := 0
	run := func() error {
		var err error
		status, err = sh.Run(ctx, line, term.Reader(), term, s.stderr())
		if errors.Is(err, shell.ErrIncomplete) {
			fmt.Fprintln(s.stderr(), "bash: -c: line 1: syntax error: unexpected end of file")
			err = nil
		}
		return err
	}
	refuse := func(text string) {
		io.WriteString(s.stderr(), text)
		status = 1
	}
	if s.around(ctx, "exec", line, run, refuse, noCut) != nil {
		return 255
	}
	return status
}

func noCut() error { return nil }

// shell is the login shell, on a pty or reading a script from its input.
func (s *session) shell(ctx context.Context) int {
	term := s.terminal(ctx)
	sh := s.bash()
	if s.pty {
		io.WriteString(term, s.host.dialect.motd)
	}
	for ctx.Err() == nil && !sh.Exited() {
		line, err := s.command(term, sh)
		if errors.Is(err, tty.ErrInterrupt) {
			continue
		}
		if err != nil {
			break
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		run := func() error {
			_, err := sh.Run(ctx, line, term.Reader(), term, s.stderr())
			return err
		}
		refuse := func(text string) { io.WriteString(s.stderr(), text) }
		if s.around(ctx, "$", line, run, refuse, noCut) != nil {
			break
		}
	}
	return sh.Status()
}

// command reads lines until no quote is open.
func (s *session) command(term *tty.Terminal, sh *shell.Shell) (string, error) {
	prompt, more := s.prompt(sh), "> "
	if !s.pty {
		prompt, more = "", ""
	}
	line, err := term.ReadLine(prompt, tty.Edited)
	for err == nil && shell.Open(line) {
		var next string
		next, err = term.ReadLine(more, tty.Edited)
		line += "\n" + next
	}
	return line, err
}

// prompt is PS1 if the user has set it, else the dialect's.
func (s *session) prompt(sh *shell.Shell) string {
	h := s.host
	short, _, _ := strings.Cut(h.Name(), ".")
	user := h.fleet.opts.User
	if ps1, ok := sh.Vars["PS1"]; ok {
		return strings.NewReplacer(`\u`, user, `\h`, short, `\H`, h.Name(), `\w`, sh.Dir, `\$`, "$",
			`\n`, "\n", `\[`, "", `\]`, "", `\e`, "\x1b").Replace(ps1)
	}
	text := user + "@" + short + "$ "
	switch h.dialect.shellPrompt {
	case promptLong:
		text = user + "@" + h.Name() + "$ "
	case promptTight:
		text = user + "@" + strings.ToUpper(short) + "$"
	case promptAngle:
		return user + "@" + short + ":~> " + colourOff
	}
	if h.dialect.shellColour || h.opts.Profile.ColourPrompt {
		return colourOn + text + colourOff
	}
	return text
}
