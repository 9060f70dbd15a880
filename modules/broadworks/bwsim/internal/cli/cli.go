// Package cli is the grammar of bwcli without its content: a tree of levels
// with commands, typed parameters, navigation, chains, confirmations and help.
// What the commands do, and every wording that is not published, is given to it.
package cli

import (
	"fmt"
	"io"
	"strings"
)

// Entry is something a level lists: a *Level or a *Command.
type Entry interface {
	label() string
	about() string
}

// Level is one context, such as System or CTIServer.
type Level struct {
	Name    string
	Entries []Entry
	// When tells whether the level is there at the moment; nil means always. A
	// session inside a level that goes away finds nothing there any more.
	When func() bool
}

func (l *Level) gone() bool { return l.When != nil && !l.When() }

// Command is what can be typed at a level.
type Command struct {
	Name    string
	Summary string // its line in the level's help
	Doc     string // its own help; Summary when empty
	// Params are positional and mandatory.
	Params []Param
	// Optional are positional, after Params.
	Optional []Param
	// Attributes are given as name value pairs, after Params.
	Attributes []Param
	// NeedsAttribute demands at least one pair.
	NeedsAttribute bool
	Run            func(c *Call) error
}

func (l *Level) label() string   { return l.Name }
func (l *Level) about() string   { return "go to level " + l.Name }
func (c *Command) label() string { return c.Name }
func (c *Command) about() string { return c.Summary }

// Call is one command being run.
type Call struct {
	*Session
	args map[string]string
	word string
}

// Arg is the value of a parameter, "" when it was not given.
func (c *Call) Arg(name string) string { return c.args[name] }

// Has tells whether a parameter was given.
func (c *Call) Has(name string) bool {
	_, ok := c.args[name]
	return ok
}

// Name is the command's name.
func (c *Call) Name() string { return c.word }

// Voice supplies the wordings that no public source fixes, and the prompt's
// decoration. Texts may have several lines and end without a newline.
type Voice interface {
	Prompt(plain string) string
	Ambiguous(word string, among []string) string
	Missing(command string, p Param) string
	BadValue(command string, p Param, got string) string
	TooMany(command, got string) string
}

// Terminal is where the session is typed.
type Terminal interface {
	io.Writer
	// Ask prints the prompt and reads a line; secret turns the echo off.
	Ask(prompt string, secret bool) (string, error)
}

// Print adds text to the answer; it is sent before the next prompt.
func (s *Session) Print(text string) {
	s.out.WriteString(text)
}

// Printf adds formatted text to the answer.
func (s *Session) Printf(format string, args ...any) {
	fmt.Fprintf(&s.out, format, args...)
}

// Ask prints what is due, then the prompt, and reads the answer from the rest
// of the line's chain or else from the terminal.
func (s *Session) Ask(prompt string) (string, error) {
	if len(s.queue) > 0 {
		answer := s.queue[0]
		s.queue = s.queue[1:]
		s.Print(prompt + "\n")
		return strings.TrimSpace(answer), nil
	}
	if err := s.Flush(); err != nil {
		return "", err
	}
	answer, err := s.term.Ask(prompt, false)
	return strings.TrimSpace(answer), err
}

// AskSecret reads an answer without echo, always from the terminal.
func (s *Session) AskSecret(prompt string) (string, error) {
	if err := s.Flush(); err != nil {
		return "", err
	}
	return s.term.Ask(prompt, true)
}

const confirmPrompt = "Please confirm (Yes, Y, No, N): "

// Confirm asks until the answer is yes or no.
func (s *Session) Confirm() (bool, error) {
	for {
		answer, err := s.Ask(confirmPrompt)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}
