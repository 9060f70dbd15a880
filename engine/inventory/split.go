package inventory

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/muster-run/muster/engine/diag"
)

// op says what an atom does to the set.
type op byte

const (
	union     op = ' '
	intersect op = '&'
	exclude   op = '!'
)

// atom is one part of a pattern.
type atom struct {
	op       op
	optional bool   // written with ?: may be absent or empty
	text     string // without op and ?
	from, to int    // bytes of the whole part in the pattern
}

// splitPattern cuts a pattern at colons and commas that stand outside of brackets, so that a range or a regular expression may
// hold them.
func splitPattern(pattern string) ([]atom, error) {
	if !utf8.ValidString(pattern) {
		return nil, patternError(pattern, "It is not UTF-8.")
	}
	var out []atom
	start, depth := 0, 0
	for i := 0; i <= len(pattern); i++ {
		if i < len(pattern) {
			switch c := pattern[i]; {
			case c < 0x20 || c == 0x7f:
				return nil, patternError(pattern, "It holds a control character.")
			case c == '[' || c == '(' || c == '{':
				depth++
				continue
			case c == ']' || c == ')' || c == '}':
				depth--
				continue
			case c != ':' && c != ',' || depth > 0:
				continue
			}
		}
		a := parseAtom(pattern, start, i)
		if a.text == "" {
			return nil, patternError(pattern, "A part of it is empty.")
		}
		out = append(out, a)
		start = i + 1
	}
	return out, nil
}

func patternError(pattern, reason string) error {
	return &diag.Cause{Code: diag.BadPattern, Summary: fmt.Sprintf("the pattern %q cannot be read", shorten(pattern)), Detail: reason,
		Advice: "Parts are divided by colons: xsp:&fra:!maintenance."}
}

func parseAtom(pattern string, from, to int) atom {
	for from < to && pattern[from] == ' ' {
		from++
	}
	for to > from && pattern[to-1] == ' ' {
		to--
	}
	a := atom{op: union, text: pattern[from:to], from: from, to: to}
	if a.text != "" && (a.text[0] == byte(intersect) || a.text[0] == byte(exclude)) {
		a.op, a.text = op(a.text[0]), a.text[1:]
	}
	if rest, ok := strings.CutPrefix(a.text, "?"); ok {
		a.optional, a.text = true, rest
	}
	return a
}

// matcher makes a test for names from a regular expression (with ~) or a name with the wildcards * and ?.
func matcher(text string) (func(string) bool, error) {
	if expr, ok := strings.CutPrefix(text, "~"); ok {
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, &diag.Cause{Code: diag.BadPattern, Summary: fmt.Sprintf("the regular expression %q cannot be read", shorten(expr)),
				Detail: strings.TrimPrefix(err.Error(), "error parsing regexp: ") + ".", Advice: "Correct it; ~ begins a regular expression."}
		}
		return re.MatchString, nil
	}
	if strings.ContainsAny(text, "[]") {
		return nil, &diag.Cause{Code: diag.BadPattern, Summary: fmt.Sprintf("%q mixes a range and a wildcard in a way that is not allowed here", shorten(text)),
			Detail: "A match has the wildcards * and ?, or is a regular expression that begins with ~.", Advice: `Write for example "~xsp0[1-4]".`}
	}
	quoted := regexp.QuoteMeta(text)
	quoted = strings.ReplaceAll(strings.ReplaceAll(quoted, `\*`, ".*"), `\?`, ".")
	return regexp.MustCompile("^(?:" + quoted + ")$").MatchString, nil
}
