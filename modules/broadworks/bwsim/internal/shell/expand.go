package shell

import (
	"regexp"
	"strconv"
	"strings"
)

var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=`)

// expand turns words into arguments; assignments before the first argument are
// returned apart. Unquoted variables are split at blanks, as bash does.
func (s *Shell) expand(words []word) (argv []string, assigned map[string]string) {
	assigned = map[string]string{}
	for _, w := range words {
		if len(argv) == 0 && len(w) > 0 && !w[0].quoted {
			if m := assignment.FindStringSubmatch(w[0].text); m != nil {
				value := append(word{{text: w[0].text[len(m[0]):], expand: true, quoted: true}}, w[1:]...)
				assigned[m[1]] = strings.Join(s.fields(value), "")
				continue
			}
		}
		argv = append(argv, s.fields(w)...)
	}
	return argv, assigned
}

// fields expands one word to none, one or more arguments.
func (s *Shell) fields(w word) []string {
	if len(w) == 0 {
		return nil
	}
	fields := []string{""}
	quoted := false
	for i, p := range w {
		text := p.text
		if i == 0 && !p.quoted && (text == "~" || strings.HasPrefix(text, "~/")) {
			text = s.Vars["HOME"] + text[1:]
		}
		if p.quoted {
			quoted = true
		}
		if !p.expand {
			fields[len(fields)-1] += text
			continue
		}
		replaced := s.variables(text)
		if p.quoted || replaced == text {
			fields[len(fields)-1] += replaced
			continue
		}
		parts := strings.Fields(replaced)
		if len(parts) == 0 {
			continue
		}
		fields[len(fields)-1] += parts[0]
		fields = append(fields, parts[1:]...)
	}
	if len(fields) == 1 && fields[0] == "" && !quoted {
		return nil
	}
	return fields
}

var variable = regexp.MustCompile(`\$(\?|\$|[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})`)

func (s *Shell) variables(text string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		switch name = strings.Trim(name[1:], "{}"); name {
		case "?":
			return strconv.Itoa(s.status)
		case "$":
			return "4242"
		}
		return s.Vars[name]
	})
}
