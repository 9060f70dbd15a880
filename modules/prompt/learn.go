package prompt

import (
	"context"
	"regexp"
	"strings"

	"github.com/muster-run/muster/plugins/sdk"
)

// learnTries bounds the empty lines that Learn types: one is enough unless lines of the greeting look like prompts, or
// the other side throws away what was typed before it was ready.
const learnTries = 8

// settleLine prints something in any shell, and is an unknown command elsewhere, which prints something, too. What counts is
// its echo, and where there is none, that it prints.
const settleLine = "echo muster"

var (
	promptEnd = regexp.MustCompile(`[$#%>❯»][ \t]*$`)
	ruler     = regexp.MustCompile(`^(#{2,}|%{2,}|>{2,}|\${2,})$`)
	number    = regexp.MustCompile(`[0-9]+`)
)

// Learn finds out how a shell that was just opened prompts, whatever form its prompt has: the first line that looks like
// a prompt is answered with an empty line, and a prompt is what is then shown twice in a row, numbers apart. It returns
// the prompt, for Literal, and what was printed before it.
func (s *Session) Learn(ctx context.Context) (line, greeting string, err error) {
	s.in.reset()
	s.sent, s.mute = "", false
	asked, above, tries := "", "", 0
	for {
		last := s.in.last()
		if line, silent := s.repeated(last, asked, above); tries > 0 && line != "" {
			greeting := s.greeting(last)
			if tries > 1 {
				err = s.settle(ctx, line, above, silent)
			}
			return line, greeting, err
		}
		if likePrompt(last) && shape(last) != shape(asked) && tries < learnTries {
			tries++
			asked, above = last, s.in.previous()
			if err := s.shell.SendLine(ctx, sdk.Line{Effect: sdk.Read}); err != nil {
				return "", "", s.fail(err)
			}
			s.in.mark()
		}
		chunk, err := s.shell.Receive(ctx)
		s.in.write(chunk)
		if err != nil {
			return "", "", s.fail(err)
		}
	}
}

// repeated returns the prompt when it stands there twice in a row; of one that fills several lines, the last line, when the
// line above it is there again, too. asked is the line that was answered, above the one that stood over it. Silent says that
// the empty line was not echoed: the second prompt goes on where the first one stopped.
func (s *Session) repeated(last, asked, above string) (line string, silent bool) {
	if !likePrompt(last) {
		return "", false
	}
	if half := twice(last); half != "" && likePrompt(half) {
		return half, true
	}
	// A prompt may have two lines, of which only the second one is looked at.
	if s.in.grown() && (shape(s.in.previous()) == shape(last) || shape(s.in.doubted()) == shape(last)) {
		return last, false
	}
	if above != "" && shape(last) == shape(asked) && s.in.grown() && strings.HasPrefix(shape(s.in.doubted()), shape(asked)) &&
		strings.HasSuffix(shape(s.in.previous()), shape(above)) {
		return last, true
	}
	return "", false
}

// settle waits until the prompts that surplus empty lines still owe are over: they come before the echo of one more line, or
// before what it prints.
func (s *Session) settle(ctx context.Context, line, above string, silent bool) error {
	if err := s.Send(ctx, sdk.Line{Text: settleLine, Effect: sdk.Read}); err != nil {
		return err
	}
	for {
		_, rest, found := cutEcho(s.in.text(), settleLine)
		if shape(s.in.last()) == shape(line) && (found && rest != "" || silent && printed(s.in.text(), line, above)) {
			if found {
				s.echo = echoOn
			}
			return nil
		}
		chunk, err := s.shell.Receive(ctx)
		s.in.write(chunk)
		if err != nil {
			return s.fail(err)
		}
	}
}

// printed reports whether a finished line of text holds more than prompts.
func printed(text, line, above string) bool {
	text = shape(clean(text[:strings.LastIndexByte(text, '\n')+1]))
	text = strings.ReplaceAll(text, shape(line), "")
	if upper := shape(above); upper != "" {
		text = strings.ReplaceAll(text, upper, "")
	}
	return strings.TrimSpace(text) != ""
}

func (s *Session) greeting(last string) string {
	text := strings.TrimSuffix(s.in.text(), last)
	text, _ = cutAtPrompt(clean(text), s.in.previous())
	s.log.received("", text, last)
	return text
}

func likePrompt(line string) bool {
	return promptEnd.MatchString(line) && len(line) < 300 && !ruler.MatchString(line)
}

// shape is a prompt with its numbers blotted out: a clock, a history number.
func shape(line string) string { return strings.TrimSpace(number.ReplaceAllString(line, "0")) }

// Literal is an expression for a prompt that Learn found. Numbers in it may change, and output that lacks a newline may
// stand before it unless it is very short.
func Literal(line string) *regexp.Regexp {
	line = strings.TrimRight(line, " \t")
	parts := number.Split(line, -1)
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	anchor := ""
	if len(line) < 4 {
		anchor = "^"
	}
	return regexp.MustCompile(anchor + strings.Join(parts, "[0-9]+") + `[ \t]*$`)
}
