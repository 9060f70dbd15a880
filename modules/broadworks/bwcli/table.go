package bwcli

import (
	"regexp"
	"strings"
)

// span is a piece of a line, in bytes.
type span struct {
	start, end int
	text       string
}

var gap = regexp.MustCompile(` {2,}`)

// spans splits a line where two or more blanks stand.
func spans(line string) []span {
	trimmed := strings.TrimRight(line, " ")
	at := len(trimmed) - len(strings.TrimLeft(trimmed, " "))
	var out []span
	for at < len(trimmed) {
		next := gap.FindStringIndex(trimmed[at:])
		if next == nil {
			return append(out, span{at, len(trimmed), trimmed[at:]})
		}
		out = append(out, span{at, at + next[0], trimmed[at : at+next[0]]})
		at += next[1]
	}
	return out
}

// cells divides rows into as many cells as the header has columns. Three layouts are known: right-justified columns (what
// bwcli prints), left-justified ones, and rows that documents show aligned by hand. Where a layout fits all rows exactly,
// it also tells which cells are empty.
func cells(header string, rows []string) [][]string {
	cols := spans(header)
	out := make([][]string, 0, len(rows))
	if len(cols) <= 1 {
		for _, r := range rows {
			out = append(out, []string{strings.TrimSpace(r)})
		}
		return out
	}
	for _, cut := range []func([]span, string) []string{cutRight, cutLeft} {
		if out = cutAll(cut, cols, rows); out != nil {
			return out
		}
	}
	for _, r := range rows {
		out = append(out, assign(cols, r))
	}
	return out
}

func cutAll(cut func([]span, string) []string, cols []span, rows []string) [][]string {
	out := make([][]string, 0, len(rows))
	for _, r := range rows {
		row := cut(cols, r)
		if row == nil {
			return nil
		}
		out = append(out, row)
	}
	return out
}

// cutRight cuts at the right edges of the header; nil when a cell does not end at one.
func cutRight(cols []span, row string) []string {
	row = strings.TrimRight(row, " ")
	out := make([]string, len(cols))
	at := 0
	for i, c := range cols {
		if at >= len(row) {
			break
		}
		if c.end > len(row) && strings.TrimSpace(row[at:]) != "" {
			return nil // a cell ends before its column does
		}
		cell := row[at:min(c.end, len(row))]
		if i > 0 && strings.TrimSpace(cell) != "" && !strings.HasPrefix(cell, " ") {
			return nil // a cell runs over the edge
		}
		if strings.HasSuffix(cell, " ") && strings.TrimSpace(cell) != "" {
			return nil
		}
		out[i] = strings.TrimSpace(cell)
		at = c.end
	}
	if at < len(row) {
		return nil
	}
	return out
}

// cutLeft cuts at the left edges of the header; nil when a cell does not begin at one.
func cutLeft(cols []span, row string) []string {
	out := make([]string, len(cols))
	if len(strings.TrimRight(row[:min(cols[0].start, len(row))], " ")) > 0 {
		return nil
	}
	for i, c := range cols {
		if c.start >= len(row) {
			break
		}
		end := len(row)
		if i+1 < len(cols) {
			end = min(cols[i+1].start, len(row))
		}
		cell := row[c.start:end]
		if strings.TrimSpace(cell) == "" {
			continue
		}
		if cell[0] == ' ' || i+1 < len(cols) && end == cols[i+1].start && end < len(row) && cell[len(cell)-1] != ' ' {
			return nil
		}
		out[i] = strings.TrimSpace(cell)
	}
	return out
}

// inOrder cuts a row that has one cell for every heading, wherever they stand; nil when it has more or less.
func inOrder(cols []span, row string) []string {
	parts := spans(row)
	if len(parts) != len(cols) {
		return nil
	}
	out := make([]string, len(cols))
	for i, p := range parts {
		out[i] = p.text
	}
	return out
}

// assign divides a row that no layout fits: by order when it has a cell for every column, else by where the cells stand.
func assign(cols []span, row string) []string {
	out := make([]string, len(cols))
	parts := spans(row)
	if len(parts) >= len(cols) {
		for i := range cols {
			out[i] = parts[i].text
		}
		for _, p := range parts[len(cols):] {
			out[len(cols)-1] += "  " + p.text
		}
		return out
	}
	next := 0
	for i, p := range parts {
		best := next
		for j := next; j <= len(cols)-(len(parts)-i); j++ {
			if distance(p, cols[j]) < distance(p, cols[best]) {
				best = j
			}
		}
		out[best] = p.text
		next = best + 1
	}
	return out
}

// distance is how far a cell stands from a heading: by its nearer edge, so that both ways of justifying count.
func distance(a, b span) int { return min(abs(a.start-b.start), abs(a.end-b.end)) }

func abs(n int) int { return max(n, -n) }
