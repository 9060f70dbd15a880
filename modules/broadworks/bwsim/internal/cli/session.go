package cli

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// errLeave ends a session that said exit.
var errLeave = errors.New("leave")

// ErrInterrupt is what a Terminal returns for Ctrl-C: the line is dropped and
// the prompt comes again.
var ErrInterrupt = errors.New("interrupt")

// Session is one run of bwcli.
type Session struct {
	kind    string // AS, XSP, ADP
	path    []*Level
	term    Terminal
	voice   Voice
	hooks   Hooks
	queue   []string // parts of the line that still wait
	history []string
	out     bytes.Buffer
	// State is the owner's, e.g. whether this session has logged in.
	State any
}

// Hooks let the owner of a session look into it.
type Hooks struct {
	// Visible hides entries of the root, e.g. before login; nil shows all.
	Visible func(name string) bool
	// Around runs one part of a chain; it may record, replace or prevent it.
	Around func(context, part string, run func() error) error
	// After is called when a line is done, before the next prompt.
	After func()
}

// New makes a session at the root of a tree.
func New(kind string, root *Level, term Terminal, voice Voice, hooks Hooks) *Session {
	return &Session{kind: kind, path: []*Level{root}, term: term, voice: voice, hooks: hooks}
}

// Run reads and executes lines until exit or the end of the terminal.
func (s *Session) Run() error {
	for {
		if err := s.Flush(); err != nil {
			return err
		}
		line, err := s.term.Ask(s.voice.Prompt(s.Context()+"> "), false)
		if errors.Is(err, ErrInterrupt) {
			continue
		}
		if err != nil {
			return err
		}
		switch err := s.line(line); {
		case errors.Is(err, errLeave):
			return s.Flush()
		case errors.Is(err, ErrInterrupt):
		case err != nil:
			return err
		}
		if s.hooks.After != nil {
			s.hooks.After()
		}
	}
}

// Flush sends the answer collected so far.
func (s *Session) Flush() error {
	if s.out.Len() == 0 {
		return nil
	}
	_, err := s.term.Write(s.out.Bytes())
	s.out.Reset()
	return err
}

// Cut sends the first half of the answer and drops the rest.
func (s *Session) Cut() error {
	s.out.Truncate(s.out.Len() / 2)
	return s.Flush()
}

// Context is the prompt's text before ">", e.g. XSP_CLI/System.
func (s *Session) Context() string {
	var b strings.Builder
	b.WriteString(s.kind + "_CLI")
	for _, l := range s.path[1:] {
		b.WriteString("/" + l.Name)
	}
	return b.String()
}

// line executes the parts of a line in turn; assumed: a part that fails does
// not keep the rest from being tried.
func (s *Session) line(line string) error {
	s.queue = chain(line)
	for len(s.queue) > 0 {
		part := s.queue[0]
		s.queue = s.queue[1:]
		s.history = append(s.history, part)
		if err := s.hooks.Around(s.Context(), part, func() error { return s.part(part) }); err != nil {
			s.queue = nil
			return err
		}
	}
	return nil
}

// part executes one command.
func (s *Session) part(part string) error {
	list, ok := words(part)
	if !ok || len(list) == 0 || list[0] == "" {
		s.invalid()
		return nil
	}
	if run := global(list[0]); run != nil {
		return run(s, list[1:])
	}
	found := s.lookup(list[0])
	if len(found) == 0 {
		if run := globalPrefix(list[0]); run != nil {
			return run(s, list[1:])
		}
	}
	switch {
	case len(found) > 1:
		s.Print(s.voice.Ambiguous(list[0], labels(found)) + "\n")
		return nil
	case len(found) == 0:
		s.invalid()
		return nil
	}
	return s.enter(found[0], list[1:])
}

// enter goes down to a level or runs a command.
func (s *Session) enter(e Entry, args []string) error {
	command, ok := e.(*Command)
	switch {
	case !ok && len(args) > 0:
		s.invalid()
		return nil
	case !ok:
		s.path = append(slices.Clip(s.path), e.(*Level))
		return nil
	}
	bound, problem := command.bind(args, s.voice)
	if problem != "" {
		s.Print(problem + "\n")
		return nil
	}
	return command.Run(&Call{Session: s, args: bound, word: command.Name})
}

func (s *Session) invalid() { s.Print("Invalid command\n") }
