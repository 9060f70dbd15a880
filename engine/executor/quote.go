package executor

import (
	"errors"
	"fmt"
	"strings"
)

// shellLine quotes argv for a POSIX shell, each element as exactly one word.
func shellLine(argv []string) (string, error) {
	if len(argv) == 0 || argv[0] == "" {
		return "", errors.New("empty command")
	}
	words := make([]string, len(argv))
	for i, a := range argv {
		if strings.ContainsAny(a, "\x00\n\r") {
			return "", fmt.Errorf("argument %d of %s holds a line break or a NUL", i, argv[0])
		}
		words[i] = quote(a)
	}
	return strings.Join(words, " "), nil
}

// quote leaves plain words bare, so that what is typed reads as a person would type it.
func quote(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_@%+=:,./-", r))
	}) < 0
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
