package bwcli

import (
	"context"
	"fmt"

	"github.com/muster-run/muster/modules/prompt"
	"github.com/muster-run/muster/plugins/sdk"
)

// Shell is the host's login shell beside bwcli, interactive so that it has the path of a person who logs in: restartbw and
// healthmon are found on no other.
type Shell struct {
	sh      sdk.Shell
	session *prompt.Session
	own     prompt.Prompt
}

// OpenShell opens the shell of that name, or takes the one an earlier node left. Two names make two shells, so that one can
// be used while a command runs in the other.
func OpenShell(ctx context.Context, conn sdk.Conn, name string) (*Shell, error) {
	sh, err := conn.Shell(ctx, name)
	if err != nil {
		return nil, lostFailure("could not open a shell on the host", sdk.Read, "", err)
	}
	if kept, ok := sh.Memory().Value.(*Shell); ok && kept.session != nil {
		kept.sh = sh
		kept.session.Attach(sh)
		return kept, nil
	}
	s := &Shell{sh: sh, session: prompt.New(sh)}
	ctx, cancel := limit(ctx)
	defer cancel()
	line, _, err := s.session.Learn(ctx)
	if err != nil {
		s.Discard()
		return nil, lostFailure("the shell of the host shows no prompt", sdk.Read, "", err)
	}
	s.own = prompt.Prompt{Name: atShell, RE: prompt.Literal(line), Idle: true, Sure: never}
	sh.Memory().Value = s
	return s, nil
}

// Close gives the shell back for the next node.
func (s *Shell) Close() { _ = s.sh.Close() }

// Discard ends the shell.
func (s *Shell) Discard() {
	s.session = nil
	s.sh.Discard()
	_ = s.sh.Close()
}

// Run types a command and returns what it printed. Questions are answered with Y when foreseen, else with N.
func (s *Shell) Run(ctx context.Context, typed string, effect sdk.Effect, foreseen func(question string) bool) (string, error) {
	ctx, cancel := limit(ctx)
	defer cancel()
	prompts := []prompt.Prompt{{Name: atConfirm, RE: confirmRE}, {Name: atPassword, RE: passwordRE}, s.own}
	text := ""
	r, err := s.session.Ask(ctx, sdk.Line{Text: typed, Effect: effect}, prompts...)
	for asked := 1; err == nil; asked++ {
		text += r.Text
		if r.Prompt == atShell {
			return text, nil
		}
		if r.Prompt == atPassword || asked > 3 || foreseen == nil || !foreseen(r.Text+r.Line) {
			s.Discard()
			return text, &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("%s asked a question that the task did not foresee", typed),
				What: exchange(typed, r.Text+r.Line), State: "the shell was closed without an answer"}
		}
		r, err = s.session.Ask(ctx, sdk.Line{Text: "Y", Effect: effect}, prompts...)
	}
	f := lostFailure(fmt.Sprintf("no answer to %s", typed), effect, exchange(typed, text), err)
	s.Discard()
	return text, f
}
