package bwcli

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Listing is what get printed: a table, key = value lines, or neither.
type Listing struct {
	Header []string   // empty when there is no table
	Rows   [][]string // as many cells each as Header has
	Pairs  [][2]string
	Text   string // as it was printed

	lines  []string // neither table nor footer nor notice, as they stood
	footer int      // what the footer counts; -1 when there is none
}

var (
	rule = regexp.MustCompile(`^[ |+]*[=\-]{3,}[=\-+| ]*$`)
	// heading is one of a header that has no rule below it: nothing else tells it from a row or from prose.
	heading = regexp.MustCompile(`^[A-Z][A-Za-z_]*( [A-Za-z_]+)*$`)
	vacant  = regexp.MustCompile(`(?i)^\W*(no|none|nothing)\b|\bempty\b`)

	pair   = regexp.MustCompile(`^\s*([A-Za-z][^=:\s]*(?: [^=:\s]+)*?)\s*(?:=|:(?: |$))(?:\s+(.*)|([^=\s].*)|)$`)
	footer = regexp.MustCompile(`(?i)^\W*(\d+|no) +(?:entr(?:y|ies)|rows?|records?|items?|lines?|elements?|results?|objects?)\b` +
		`|^\W*(?:total|count|number|entries|rows|records)\b[^0-9=]*[:=]? *(\d+)\b\W*(?:entr(?:y|ies)|rows?|records?|items?)?\W*$`)
	waiting = regexp.MustCompile(`(?i)^\s*(retrieving|reading|loading|please wait|\.\.\.|about to )`)
)

// ParseListing reads the output of a get. It takes any text and never fails: what is not understood is in Text alone.
func ParseListing(text string) Listing {
	l := Listing{Text: text, footer: -1}
	lines := strings.Split(text, "\n")
	for i, s := range lines {
		lines[i] = strings.ReplaceAll(strings.TrimRight(s, " \r"), "\t", "    ")
	}
	head, body := headAndBody(lines)
	if body < 0 {
		l.parseLines(lines)
		l.parseBare()
		return l
	}
	rows := l.tableRows(lines[body:], true)
	if l.footer > len(rows) {
		// Blank lines may stand between groups of rows.
		if all := l.tableRows(lines[body:], false); len(all) <= l.footer {
			rows = all
		}
	}
	header := lines[head]
	if strings.Contains(header, "|") {
		header = unframe(header)
		for i := range rows {
			rows[i] = unframe(rows[i])
		}
	}
	for _, c := range spans(header) {
		l.Header = append(l.Header, c.text)
	}
	l.Rows = cells(header, rows)
	return l
}

func unframe(s string) string {
	s = strings.Trim(s, " ")
	s = strings.TrimSuffix(strings.TrimPrefix(s, "|"), "|")
	return strings.ReplaceAll(s, "|", "  ")
}

// headAndBody finds the header's line and the first line after the rule below it; -1, -1 when there is no table.
func headAndBody(lines []string) (head, body int) {
	head = -1
	for i, s := range lines {
		switch {
		case !rule.MatchString(s):
			if strings.TrimSpace(s) != "" {
				head = i
			}
		case head >= 0 && !waiting.MatchString(lines[head]):
			return head, i + 1
		default:
			head = -1 // a rule above the header
		}
	}
	return -1, -1
}

// tableRows collects rows up to a footer, another rule, or (with stop) a blank line behind the first row.
func (l *Listing) tableRows(lines []string, stop bool) []string {
	var rows []string
	for i, s := range lines {
		switch {
		case l.isFooter(s):
			return rows
		case strings.TrimSpace(s) == "" && stop && len(rows) > 0:
			_ = slices.ContainsFunc(lines[i:], l.isFooter)
			return rows
		case strings.TrimSpace(s) == "":
		case rule.MatchString(s):
			if len(rows) > 0 {
				stop = true
			}
		case isNotice(s):
		default:
			rows = append(rows, s)
		}
	}
	return rows
}

// isFooter recognises a footer and keeps its number.
func (l *Listing) isFooter(s string) bool {
	m := footer.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	n, err := strconv.Atoi(m[1] + m[2])
	if err != nil {
		n = 0 // "No entries found"
	}
	l.footer = n
	return true
}

func (l *Listing) parseLines(lines []string) {
	for _, s := range lines {
		if !strings.Contains(s, "=") && l.isFooter(s) { // "Total: 2" has the form of a pair, too
			continue
		}
		if m := pair.FindStringSubmatch(s); m != nil {
			l.Pairs = append(l.Pairs, [2]string{m[1], unquoted(m[2] + m[3])})
		} else if strings.TrimSpace(s) != "" && !l.isFooter(s) && !waiting.MatchString(s) && !isNotice(s) {
			l.lines = append(l.lines, s)
		}
	}
}

// parseBare makes a table of lines without a rule when the first consists of headings and all others fit below it.
func (l *Listing) parseBare() {
	if len(l.lines) == 0 || len(l.Pairs) > 0 {
		return
	}
	cols, rows := spans(l.lines[0]), l.lines[1:]
	for _, c := range cols {
		if len(cols) < 2 || !heading.MatchString(c.text) {
			return
		}
	}
	for _, cut := range []func([]span, string) []string{cutRight, cutLeft, inOrder} {
		if l.Rows = cutAll(cut, cols, rows); l.Rows == nil {
			continue
		}
		for _, c := range cols {
			l.Header = append(l.Header, c.text)
		}
		l.lines = nil
		return
	}
}

// unquoted takes blanks and one pair of quotes away.
func unquoted(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// Missing is how many entries the footer counts beyond those that were read.
func (l *Listing) Missing() int {
	return max(0, l.footer-max(len(l.Rows), len(l.Pairs), len(l.lines)))
}

// Unread reports whether a get that lists a table printed something else, and not that there is nothing to list. A list
// that cannot be read must not be taken for an empty one.
func (l *Listing) Unread() bool {
	return l.Header == nil && (len(l.Pairs) > 0 || slices.ContainsFunc(l.lines, func(s string) bool { return !vacant.MatchString(s) }))
}

// Recognised reports whether the text had the form of a listing, be it an empty one.
func (l *Listing) Recognised() bool {
	return l.Header != nil || len(l.Pairs) > 0 || l.footer >= 0
}

// fold makes names comparable: case, blanks and joining marks do not count.
func fold(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-./", r) {
			return -1
		}
		return r
	}, name))
}

// Column returns the index of the column with one of the names, the first name that is there, or -1. When none is there
// exactly, a heading that begins with one counts ("Client Auth Req" finds "Client Auth Required").
func (l *Listing) Column(names ...string) int {
	for _, match := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.HasPrefix} {
		for _, n := range names {
			for i, h := range l.Header {
				if match(fold(h), fold(n)) {
					return i
				}
			}
		}
	}
	return -1
}

// Value returns what is set for a key: in key = value lines, in a table of names and values, in a column of that name
// when the table has one row, or behind a colon.
func (l *Listing) Value(key string) (string, bool) {
	for _, p := range l.Pairs {
		if fold(p[0]) == fold(key) {
			return p[1], true
		}
	}
	for _, r := range l.Rows {
		if len(r) == 2 && fold(r[0]) == fold(key) {
			return r[1], true
		}
	}
	if c := l.Column(key); c >= 0 && len(l.Rows) == 1 {
		return l.Rows[0][c], true
	}
	for _, s := range l.lines {
		if k, v, ok := strings.Cut(s, ":"); ok && fold(k) == fold(key) {
			return unquoted(v), true
		}
	}
	return "", false
}

// List returns the entries of a list of names: the column with one of the headings, or the only column, or every cell
// when the headings are others, or the lines when there is no table.
func (l *Listing) List(names ...string) []string {
	var out []string
	column := l.Column(names...)
	for _, r := range l.Rows {
		if column >= 0 {
			out = append(out, r[column])
		} else {
			out = append(out, r...)
		}
	}
	for _, p := range l.Pairs {
		out = append(out, p[1])
	}
	for _, s := range l.lines {
		out = append(out, strings.TrimSpace(s))
	}
	return out
}
