package prompt

import (
	"fmt"
	"regexp"
	"strings"
)

// Prompt is one way in which the other side waits for input.
type Prompt struct {
	Name string
	// RE is matched against the last line of output, colours removed; anchor it with ^ and $.
	RE *regexp.Regexp
	// Idle says that an empty line typed here does nothing but show the prompt again, so that a match can be proved.
	Idle bool
	// Sure judges a match of an idle prompt; false has it proved before it is believed. Nil is always sure.
	Sure func(*Reply) bool
}

// Reply is what the other side said until it waited again.
type Reply struct {
	Prompt string   // the name of the prompt that ended it
	Match  []string // its submatches
	Line   string   // the prompt itself
	Text   string   // without echo and prompt; lines end with \n, redrawn lines are as they were drawn last
	After  string   // what came after a first showing of the same prompt: a notice that nobody asked for
	Late   string   // what came before the echo: the end of an earlier reply, or a notice that nobody asked for
	Cut    bool     // Text was longer than head and tail keep; its middle is missing

	echoed bool
}

// Error says that the conversation is out of step: a line could not be typed, or no prompt came after it.
type Error struct {
	Sent string // the last line; Hidden for a secret
	Got  string // what had been received since
	Err  error
}

// Error names the line and the end of what came after it.
func (e *Error) Error() string {
	got := e.Got
	if len(got) > 200 {
		got = "…" + strings.ToValidUTF8(got[len(got)-200:], "")
	}
	if got = strings.TrimSpace(got); got == "" {
		return fmt.Sprintf("no prompt after %q: %v", e.Sent, e.Err)
	}
	return fmt.Sprintf("no prompt after %q, only %q: %v", e.Sent, got, e.Err)
}

// Unwrap returns the cause: the context's error, io.EOF, or an error of the connection.
func (e *Error) Unwrap() error { return e.Err }

// reply makes a Reply of everything on the screen, given the prompt that ends it.
func (s *Session) reply(p *Prompt, match []string) *Reply {
	text := s.in.text()
	line := s.in.last()
	text = strings.TrimSuffix(text, line)
	// The prompt may match only the end of its line, where output without a newline stands before it.
	text += line[:max(0, strings.LastIndex(line, match[0]))]
	r := &Reply{Prompt: p.Name, Match: match, Line: match[0], Cut: s.in.cut}
	if s.mute {
		text = afterFirstLine(text)
	}
	late, rest, found := cutEcho(text, s.sent)
	r.echoed, r.Late = found, strings.TrimSpace(clean(late))
	r.Text, r.After = cutAtPrompt(clean(rest), r.Line)
	if !found && s.sent != "" && s.echo != echoOff { // a prompt before the echo ended an earlier reply, not this one
		r.Text, r.After = r.Text+r.After, ""
	}
	return r
}

// cutAtPrompt divides text where the prompt that ends it stood for the first time, on a line of its own. Further showings
// are left out.
func cutAtPrompt(text, prompt string) (before, after string) {
	prompt = strings.TrimSpace(prompt)
	var b, a strings.Builder
	out, above := &b, ""
	for line := range strings.Lines(text) {
		here := strings.TrimSpace(line)
		if here == prompt || here != "" && strings.TrimSpace(followed(here, above)) == shape(prompt) {
			out = &a
			continue
		}
		out.WriteString(line)
		if here != "" {
			above = here
		}
	}
	return b.String(), a.String()
}

// afterFirstLine drops the line on which a secret was typed.
func afterFirstLine(text string) string {
	_, rest, _ := strings.Cut(text, "\n")
	return rest
}
