package bwsim

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/shell"
	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/tty"
)

// cliTerminal lets bwcli use the session's terminal.
type cliTerminal struct{ *tty.Terminal }

// Ask implements cli.Terminal.
func (t cliTerminal) Ask(prompt string, secret bool) (string, error) {
	mode := tty.Cooked
	if secret {
		mode = tty.Secret
	}
	line, err := t.ReadLine(prompt, mode)
	if errors.Is(err, tty.ErrInterrupt) {
		return "", cli.ErrInterrupt
	}
	return line, err
}

// bwcli is the command bwcli.
func (s *session) bwcli(ctx context.Context, p *shell.Proc) int {
	h := s.host
	if err := s.startCLI(ctx); err != nil {
		return 130
	}
	if h.stopped() {
		io.WriteString(p.Err, h.dialect.downText+"\n")
		return 1
	}
	run := &cliRun{session: s, ctx: ctx, login: &loginState{in: !h.demandsLogin()}, restarts: h.restartCount()}
	run.cli = cli.New(string(h.opts.Role), h.root, cliTerminal{s.term}, voice{h}, cli.Hooks{
		Visible: run.login.visible, Around: run.around, After: run.after,
	})
	run.cli.State = run.login
	run.cli.Print(h.banner())
	if err := run.cli.Run(); err != nil && !errors.Is(err, errEnded) {
		return 1
	}
	return 0
}

// startCLI waits as long as bwcli takes to start, and during a restart for its
// end where the dialect hangs.
func (s *session) startCLI(ctx context.Context) error {
	delay := s.host.opts.Profile.StartDelay
	if f, ok := s.host.fault(SlowStart); ok {
		delay = f.Delay
	}
	if err := wait(ctx, delay); err != nil {
		return err
	}
	if s.host.dialect.downHangs {
		return s.host.awaitUp(ctx)
	}
	return nil
}

// banner is the published one; the 2005 line under it is optional.
func (h *Host) banner() string {
	rule := strings.Repeat("=", 70) + "\n"
	text := rule + "BroadWorks Command Line Interface\n" + h.dialect.bannerIndent + "Type HELP for more information\n" + rule
	if h.dialect.legacyBanner || h.opts.Profile.LegacyBanner {
		text += "Reading initial CLI command file...\n"
	}
	return text + "\n"
}

// cliRun is one run of bwcli with what it knows of the server.
type cliRun struct {
	*session
	ctx      context.Context
	cli      *cli.Session
	login    *loginState
	restarts int // of the server that were seen
	lines    int
}

// errEnded is a bwcli session that the server ended.
var errEnded = errors.New("session ended")

// lostAgent is what an open session prints after the server went down.
const lostAgent = "The communication channel with the SNMP agent just went down.\n"

// around runs one command unless the server is down or a fault strikes.
func (r *cliRun) around(where, part string, run func() error) error {
	return r.session.around(r.ctx, where, part, func() error {
		if err := r.server(where); err != nil {
			return err
		}
		if r.host.stopped() {
			r.cli.Print(r.host.dialect.downText + "\n")
			return nil
		}
		return run()
	}, r.cli.Print, r.cli.Cut)
}

// server looks at what became of the server since the last command. assumed:
// that a session may end with it, and that elsewhere than in Monitoring/Alarm
// nothing is said where dialect 0 is spoken.
func (r *cliRun) server(where string) error {
	h := r.host
	if h.stopped() && h.dialect.downHangs {
		if err := h.awaitUp(r.ctx); err != nil {
			return err
		}
	}
	if seen := h.restartCount(); seen != r.restarts {
		r.restarts = seen
		if h.dialect.endsSessions || strings.HasSuffix(where, "/Monitoring/Alarm") {
			r.cli.Print(lostAgent)
		}
		if h.dialect.endsSessions {
			r.cli.Print("This session is now ending...\n")
			return errors.Join(errEnded, r.cli.Flush())
		}
	}
	return nil
}

// after adds the dialect's asynchronous line now and then.
func (r *cliRun) after() {
	r.lines++
	d := r.host.dialect
	if d.asyncEvery == 0 || r.lines%d.asyncEvery != 0 {
		return
	}
	if d.asyncLate {
		r.cli.Print(voice{r.host}.Prompt(r.cli.Context()+"> ") + "\n")
	}
	r.cli.Print(lostAgent)
}
