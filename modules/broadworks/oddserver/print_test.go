package oddserver

import (
	"fmt"
	"strings"
)

// table prints rows in the way of the host.
func (q *quirks) table(headers []string, rows [][]string) string {
	if len(rows) == 0 {
		switch q.Empty {
		case "footer":
			return "0 entry found.\n"
		case "none":
			return "No entries\n"
		case "nothing":
			return ""
		}
	}
	switch q.Table {
	case "upper":
		headers = each(headers, strings.ToUpper)
	case "title":
		headers = each(headers, func(s string) string { return strings.ToUpper(s[:1]) + strings.ToLower(s[1:]) })
	}
	lines := q.layout(headers, rows)
	if q.Table == "headless" {
		return strings.Join(append(lines[1:], ""), "\n")
	}
	body := lines[0] + "\n" + q.rule(lines) + strings.Join(append(lines[1:], ""), "\n")
	n := len(rows)
	switch {
	case q.Footer == "none" || n == 0 && q.Empty == "header":
		return body
	case q.Footer == "rows":
		return body + fmt.Sprintf("%d rows\n", n)
	case q.Footer == "before":
		return fmt.Sprintf("Total: %d\n\n", n) + body
	case q.Footer == "entry" || n < 2:
		return body + fmt.Sprintf("\n%d entry found.\n\n", n)
	}
	return body + fmt.Sprintf("\n%d entries found.\n\n", n)
}

func each(in []string, f func(string) string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = f(s)
	}
	return out
}

// layout places cells: first the header's line, then the rows'.
func (q *quirks) layout(headers []string, rows [][]string) []string {
	all := append([][]string{headers}, rows...)
	width := make([]int, len(headers))
	for _, row := range all {
		for i, c := range row {
			width[i] = max(width[i], len(c))
		}
	}
	var lines []string
	for n, row := range all {
		var b strings.Builder
		for i, c := range row {
			switch q.Table {
			case "left":
				fmt.Fprintf(&b, "  %-*s", width[i], c)
			case "wide":
				fmt.Fprintf(&b, "     %*s", width[i]+4, c)
			case "shifted":
				fmt.Fprintf(&b, "%s  %*s", map[bool]string{true: "    "}[i == 0], width[i], c)
			case "tabs":
				b.WriteString(c + map[bool]string{true: "\t"}[i < len(row)-1])
			case "squeezed": // no indentation, two blanks between, nothing lined up
				b.WriteString(map[bool]string{true: "  "}[i > 0] + c)
			case "hand": // as the published listing of Trusts
				b.WriteString(map[bool]string{true: "  ", false: map[bool]string{true: "       "}[i > 0]}[n == 0 && i == 0] + c)
			default:
				fmt.Fprintf(&b, "  %*s", width[i], c)
			}
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

func (q *quirks) rule(lines []string) string {
	longest := 0
	for _, l := range lines {
		longest = max(longest, len(l))
	}
	switch q.Rule {
	case "none":
		return ""
	case "-":
		return strings.Repeat("-", longest) + "\n"
	case "segments":
		return strings.Map(func(r rune) rune {
			if r == ' ' || r == '\t' {
				return r
			}
			return '='
		}, lines[0]) + "\n"
	}
	return strings.Repeat("=", longest) + "\n"
}

func (q *quirks) value(key, value string) string {
	format := q.KeyValue
	if format == "" {
		format = "  %s = %s"
	}
	return fmt.Sprintf(format+"\n", key, value)
}

// failure words a refusal.
func (q *quirks) failure(command, text string) string {
	switch q.Error {
	case "clierror":
		return fmt.Sprintf("[CLIError] Command %s: %s\n", command, text)
	case "shout":
		return "ERROR: " + text + "\n"
	case "bare":
		return text + "\n"
	case "done":
		return "...Done\n"
	case "silent":
		return ""
	case "blank":
		return "\n" + text + "\n\n"
	case "usage":
		return "[Error] " + text + "\n\nParameters description:\n" + command + "\n    <name>, String {1 to 80 characters}\n"
	}
	return "[Error] " + text + "\n"
}

// success words what a write says; restart tells that it takes effect after one only.
func (q *quirks) success(restart bool) string {
	done := map[string]string{"": "...Done\n", "none": ""}
	text, known := done[q.Success]
	if !known {
		text = q.Success + "\n"
	}
	const r22 = "*** Warning: BroadWorks needs to be restarted for the changes to take effect ***\n"
	switch {
	case !restart || q.Warning == "none":
		return text
	case q.Warning == "only22":
		return r22
	case q.Warning == "only24":
		return "A restart is required for the change to take effect.\n"
	case q.Warning == "broken":
		return text + "\n*** Warning: BroadWorks needs to be\n    restarted for the changes to take effect ***\n"
	}
	return text + r22
}
