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
	doubted := ""
	for {
		if p, match := s.match(prompts, doubted); p != nil {
			reply := s.reply(p, match)
			switch {
			case !p.Idle && s.awaitsEcho(reply): // the question that was answered, drawn again with the answer behind it
			case doubted != "" || !p.Idle || !s.inDoubt(p, reply):
				return s.accept(reply), nil
			case s.awaitsEcho(reply): // a prompt shown again after a notice, before the line was read
			default:
				doubted = s.in.last()
				if err := s.shell.SendLine(ctx, sdk.Line{Effect: sdk.Read}); err != nil {
					return nil, s.fail(err)
				}
				s.in.mark()
			}
		}
		chunk, err := s.shell.Receive(ctx)
		s.in.write(chunk)
		if err != nil {
			return nil, s.fail(err)
		}
	}
}

// match finds the prompt at the end of the output. While a match is in doubt, an idle prompt must stand there twice.
func (s *Session) match(prompts []Prompt, doubted string) (*Prompt, []string) {
	last := s.in.last()
	if strings.TrimSpace(last) == "" {
		return nil, nil
	}
	for i := range prompts {
		p := &prompts[i]
		m := p.RE.FindStringSubmatch(last)
		if doubted == "" || !p.Idle {
			if m != nil {
				return p, m
			}
			continue
		}
		if !s.in.grown() {
			continue
		}
		// A notice may have come in between; what was doubted then was a whole line nevertheless.
		if m != nil && (p.RE.MatchString(s.in.previous()) || p.RE.MatchString(s.in.doubted()) || p.RE.MatchString(twice(s.in.doubted()))) {
			return p, m
		}
		// The empty line was not echoed: both prompts share a line.
		if half := twice(last); half != "" {
			if m := p.RE.FindStringSubmatch(half); m != nil {
				return p, m
			}
		}
	}
	return nil, nil
}

// twice returns the half of a line that consists of the same text two times, numbers apart.
func twice(line string) string {
	trimmed := strings.TrimRight(line, " ")
	for _, half := range []string{line[:len(line)/2], line[:(len(trimmed)+1)/2]} {
		if h := strings.TrimRight(half, " "); h != "" && shape(h) == shape(trimmed[min(len(half), len(trimmed)):]) {
			return half
		}
	}
	return ""
}

func (s *Session) inDoubt(p *Prompt, r *Reply) bool {
	if s.sent != "" && !r.echoed && s.echo != echoOff {
		return true
	}
	return p.Sure != nil && !p.Sure(r)
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
