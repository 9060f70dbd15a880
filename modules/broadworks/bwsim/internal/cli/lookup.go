package cli

import (
	"slices"
	"strconv"
	"strings"
)

// here lists the visible entries of the current level.
func (s *Session) here() []Entry { return s.entries(s.path) }

func (s *Session) entries(path []*Level) []Entry {
	if slices.ContainsFunc(path, (*Level).gone) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(path[len(path)-1].Entries), func(e Entry) bool {
		l, ok := e.(*Level)
		return ok && l.gone() || len(path) == 1 && s.hooks.Visible != nil && !s.hooks.Visible(e.label())
	})
}

// lookup finds what a word means here: a number of the help's list, an exact
// name, or the names that it begins; case never counts.
func (s *Session) lookup(word string) []Entry {
	entries := s.here()
	if n, err := strconv.Atoi(word); err == nil && n >= 0 && n < len(entries) {
		return entries[n : n+1]
	}
	return match(entries, word)
}

func match(entries []Entry, word string) []Entry {
	var begun []Entry
	for _, e := range entries {
		if strings.EqualFold(e.label(), word) {
			return []Entry{e}
		}
		if len(e.label()) > len(word) && strings.EqualFold(e.label()[:len(word)], word) {
			begun = append(begun, e)
		}
	}
	return begun
}

func labels(entries []Entry) []string {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.label()
	}
	return names
}
