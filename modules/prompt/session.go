package prompt

import (
	"context"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// Session is a conversation with whatever reads the lines of a shell. It is not safe for concurrent use. It may outlive
// the sdk.Shell value it was made with: see Attach.
type Session struct {
	shell sdk.Shell
	in    *screen
	log   Transcript
	sent  string // the line whose reply is awaited; "" when it was secret or empty
	mute  bool   // the line was secret: whatever stands on its own line is not kept
	echo  echo
}

// echo is what is known about the other side's echo.
type echo int

const (
	echoUnknown echo = iota
	echoOn
	echoOff
)

// New begins a conversation.
func New(shell sdk.Shell) *Session { return &Session{shell: shell, in: newScreen()} }

// Attach continues the conversation over a new handle to the same shell, of the same generation.
func (s *Session) Attach(shell sdk.Shell) { s.shell = shell }

// Transcript is what was said so far.
func (s *Session) Transcript() *Transcript { return &s.log }

// Send types a line. Output that was not asked for with Expect is dropped.
func (s *Session) Send(ctx context.Context, line sdk.Line) error {
	s.in.reset()
	s.sent, s.mute = line.Text, line.Secret != nil
	if s.mute {
		s.sent = ""
	}
	s.log.sent(line)
	if err := s.shell.SendLine(ctx, line); err != nil {
		return &Error{Sent: s.said(), Err: err}
	}
	return nil
}

// Ask is Send and then Expect.
func (s *Session) Ask(ctx context.Context, line sdk.Line, prompts ...Prompt) (*Reply, error) {
	if err := s.Send(ctx, line); err != nil {
		return nil, err
	}
	return s.Expect(ctx, prompts...)
}

// Expect waits until one of the prompts stands at the end of the output; the first that matches wins.
func (s *Session) Expect(ctx context.Context, prompts ...Prompt) (*Reply, error) {
	var d *doubt
	for {
		if p, match := s.match(prompts, d); p != nil {
			reply := s.reply(p, match)
			switch {
			case s.echoesYet(reply): // the line is being drawn again, with its prompt before it
			case !p.Idle && s.awaitsEcho(reply): // the question that was answered, drawn again with the answer behind it
			case d != nil || !p.Idle || !s.inDoubt(p, reply):
				return s.accept(reply), nil
			case s.awaitsEcho(reply): // a prompt shown again after a notice, before the line was read
			default:
				d = newDoubt(prompts, s.echo)
				if err := s.shell.SendLine(ctx, sdk.Line{Effect: sdk.Read}); err != nil {
					return nil, s.fail(err)
				}
				s.in.over = d.over
			}
		}
		chunk, err := s.shell.Receive(ctx)
		s.in.write(chunk)
		if err != nil {
			return nil, s.fail(err)
		}
	}
}

// match finds the prompt at the end of the output. While a match is in doubt, an idle prompt must be shown once more.
func (s *Session) match(prompts []Prompt, d *doubt) (*Prompt, []string) {
	last := s.in.last()
	if strings.TrimSpace(last) == "" {
		return nil, nil
	}
	for i := range prompts {
		p := &prompts[i]
		var m []string
		if d != nil && p.Idle {
			m = d.proved(i, last)
		} else {
			m = p.RE.FindStringSubmatch(last)
		}
		if m != nil {
			return p, m
		}
	}
	return nil, nil
}

func (s *Session) inDoubt(p *Prompt, r *Reply) bool {
	if s.sent != "" && !r.echoed && s.echo != echoOff {
		return true
	}
	return p.Sure != nil && !p.Sure(r)
}

// echoesYet reports that a line editor has begun to echo the line and gone back to draw it again: more comes.
func (s *Session) echoesYet(r *Reply) bool {
	begun := strings.TrimLeft(s.in.overwritten(), promptMarks)
	return begun != "" && !r.echoed && strings.HasPrefix(s.sent, begun)
}

// awaitsEcho reports that the line's echo is still to come: this other side echoes, and has printed nothing that could be a
// spoilt echo. Then an empty line must not be typed: it might answer a question that follows the echo.
func (s *Session) awaitsEcho(r *Reply) bool {
	word, _, _ := strings.Cut(s.sent, " ")
	return s.sent != "" && !r.echoed && s.echo == echoOn && !strings.Contains(r.Text+r.After, word)
}

// accept notes what a finished reply teaches.
func (s *Session) accept(r *Reply) *Reply {
	switch {
	case r.echoed:
		s.echo = echoOn
	case s.sent != "" && s.echo == echoUnknown:
		s.echo = echoOff
	}
	s.log.received(r.Late, r.Text+r.After, r.Line)
	return r
}

func (s *Session) fail(err error) error {
	got := s.in.text()
	if s.mute {
		got = afterFirstLine(got)
	}
	_, rest, found := cutEcho(got, s.sent)
	if found {
		got = rest
	}
	got = clean(got)
	s.log.received("", got, "")
	return &Error{Sent: s.said(), Got: got, Err: err}
}

// said names the last line for messages.
func (s *Session) said() string {
	if s.mute {
		return Hidden
	}
	return s.sent
}
