package cli

import (
	"slices"
	"strings"
)

// globals are the commands of every level, with their short forms.
var globals []globalCommand

type globalCommand struct {
	name, short string
	run         func(s *Session, args []string) error
}

// init breaks the cycle between the table and repeat, which executes lines.
func init() {
	globals = []globalCommand{
		{"help", "h", help},
		{"exit", "e", leave},
		{"quit", "q", up},
		{"qa", "qa", top},
		{"cd", "cd", changeLevel},
		{"tree", "t", tree},
		{"history", "hi", listHistory},
		{"repeat", "re", repeat},
		// what these do is not published
		{"read", "r", unpublished},
		{"write", "w", unpublished},
		{"config", "c", unpublished},
		{"alias", "a", unpublished},
		{"pause", "p", unpublished},
	}
}

// global finds a global command by its exact name or short form.
func global(word string) func(*Session, []string) error {
	for _, g := range globals {
		if strings.EqualFold(word, g.name) || strings.EqualFold(word, g.short) {
			return g.run
		}
	}
	return nil
}

// globalPrefix finds the one global command that a word begins.
func globalPrefix(word string) func(*Session, []string) error {
	var found []globalCommand
	for _, g := range globals {
		if len(g.name) > len(word) && strings.EqualFold(g.name[:len(word)], word) {
			found = append(found, g)
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0].run
}

func leave(s *Session, _ []string) error {
	yes, err := s.Confirm()
	if err != nil || !yes {
		return err // assumed: a declined confirmation re-prompts silently
	}
	s.Print("This session is now ending...\n")
	return errLeave
}

func unpublished(s *Session, _ []string) error {
	s.invalid()
	return nil
}

func up(s *Session, _ []string) error {
	s.path = s.path[:max(1, len(s.path)-1)]
	return nil
}

func top(s *Session, _ []string) error {
	s.path = s.path[:1]
	return nil
}

// changeLevel goes to an absolute or relative path, or stays when a part of it
// does not exist. assumed: ".." goes up, and a bare cd stays.
func changeLevel(s *Session, args []string) error {
	if len(args) > 1 {
		s.invalid()
		return nil
	}
	target := strings.Join(args, "")
	path := slices.Clone(s.path)
	if strings.HasPrefix(target, "/") {
		path = path[:1]
	}
	for _, name := range strings.FieldsFunc(target, func(r rune) bool { return r == '/' }) {
		if name == ".." {
			path = path[:max(1, len(path)-1)]
			continue
		}
		found := slices.DeleteFunc(match(s.entries(path), name), func(e Entry) bool {
			_, isLevel := e.(*Level)
			return !isLevel
		})
		switch {
		case len(found) > 1:
			s.Print(s.voice.Ambiguous(name, labels(found)) + "\n")
			return nil
		case len(found) == 0:
			s.invalid()
			return nil
		}
		path = append(path, found[0].(*Level))
	}
	s.path = path
	return nil
}

// tree draws the levels below. assumed: its layout.
func tree(s *Session, _ []string) error {
	var draw func(entries []Entry, indent string)
	draw = func(entries []Entry, indent string) {
		for _, e := range entries {
			l, ok := e.(*Level)
			if ok && l.gone() {
				continue
			}
			s.Print(indent + e.label() + "\n")
			if ok {
				draw(l.Entries, indent+"  ")
			}
		}
	}
	draw(s.here(), "  ")
	return nil
}

// listHistory numbers what was typed. assumed: its layout.
func listHistory(s *Session, _ []string) error {
	for i, part := range s.history {
		s.Printf("%d) %s\n", i, part)
	}
	return nil
}

// repeat does the command before it once more.
func repeat(s *Session, _ []string) error {
	s.history = s.history[:len(s.history)-1]
	if len(s.history) == 0 {
		return nil
	}
	return s.part(s.history[len(s.history)-1])
}
