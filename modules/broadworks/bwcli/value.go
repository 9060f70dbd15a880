package bwcli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// valueSize bounds one argument, in characters: the published grammar shows no parameter that takes more than 161.
const valueSize = 1024

// separators end a command or mean something else than themselves to one command line or another.
const separators = ";|!?`\"\\"

// CheckValue says why a value cannot stand in a command, or nil. Nothing is ever escaped or taken away: how bwcli escapes
// is not published, and a value that had to be changed is not the value the user meant.
func CheckValue(v string) error {
	switch {
	case v == "":
		return fmt.Errorf("it is empty")
	case !utf8.ValidString(v):
		return fmt.Errorf("it is not valid UTF-8")
	case utf8.RuneCountInString(v) > valueSize:
		return fmt.Errorf("it has %d characters; the limit is %d", utf8.RuneCountInString(v), valueSize)
	}
	for _, r := range v {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return fmt.Errorf("it holds the control character %U, which could end the command and begin another", r)
		case strings.ContainsRune(separators, r):
			return fmt.Errorf("it holds %q, which separates or alters commands in bwcli", r)
		case r != ' ' && !unicode.IsPrint(r):
			return fmt.Errorf("it holds the invisible character %U", r)
		}
	}
	return nil
}

// line joins words into one command line; a value with blanks is quoted, as bwcli wants it.
func line(words []string) (string, error) {
	quoted := make([]string, len(words))
	for i, w := range words {
		if err := CheckValue(w); err != nil {
			return "", fmt.Errorf("value %q cannot be typed: %w", clip(w, 60), err)
		}
		quoted[i] = w
		if strings.Contains(w, " ") {
			quoted[i] = `"` + w + `"`
		}
	}
	return strings.Join(quoted, " "), nil
}

// clip shortens text for a message.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
