package cli

import "strings"

// chain splits a line at the semicolons outside quotes; empty parts are left out.
func chain(line string) []string {
	var parts []string
	quoted, from := false, 0
	for i := 0; i <= len(line); i++ {
		switch {
		case i == len(line) || line[i] == ';' && !quoted:
			if part := strings.TrimSpace(line[from:i]); part != "" {
				parts = append(parts, part)
			}
			from = i + 1
		case line[i] == '\\' && quoted:
			i++
		case line[i] == '"':
			quoted = !quoted
		}
	}
	return parts
}

// words splits a command at blanks outside double quotes; ok is false when a
// quote is left open. assumed: inside quotes a backslash takes the next
// character literally.
func words(part string) (list []string, ok bool) {
	var word strings.Builder
	quoted, started := false, false
	end := func() {
		if started {
			list = append(list, word.String())
		}
		word.Reset()
		started = false
	}
	for i := 0; i < len(part); i++ {
		switch b := part[i]; {
		case quoted && b == '\\' && i+1 < len(part):
			i++
			word.WriteByte(part[i])
		case b == '"':
			quoted, started = !quoted, true
		case (b == ' ' || b == '\t') && !quoted:
			end()
		default:
			word.WriteByte(b)
			started = true
		}
	}
	end()
	return list, !quoted
}
