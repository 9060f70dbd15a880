package plan

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// row is one line of three columns; depth 0 is a heading.
type row struct {
	depth        int
	last         bool
	name, module string
	notes        []string
}

// closeRows marks the last row of each level, for the corner of its branch.
func closeRows(rows []row) []row {
	seen := map[int]bool{}
	for i := len(rows) - 1; i >= 0; i-- {
		rows[i].last = !seen[rows[i].depth]
		seen[rows[i].depth] = true
		delete(seen, rows[i].depth+1)
	}
	return rows
}

// writeRows draws the branches and pads the columns.
func writeRows(w io.Writer, rows []row) error {
	names, widest, module := make([]string, len(rows)), 0, 0
	open := true // whether depth 1 goes on below
	for i, r := range rows {
		corner := "├─ "
		if r.last {
			corner = "└─ "
		}
		switch r.depth {
		case 0:
			names[i] = r.name
		case 1:
			names[i], open = " "+corner+r.name, !r.last
		case 2:
			stem := "    "
			if open {
				stem = " │  "
			}
			names[i] = stem + " " + corner + r.name
		}
		widest, module = max(widest, utf8.RuneCountInString(names[i])), max(module, utf8.RuneCountInString(r.module))
	}
	for i, r := range rows {
		if r.depth == 0 && i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		line := names[i] + pad(widest-utf8.RuneCountInString(names[i])+3) + r.module
		if len(r.notes) > 0 {
			line += pad(module-utf8.RuneCountInString(r.module)+3) + strings.Join(r.notes, "; ")
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		_, err := fmt.Fprintln(w)
		return err
	}
	return nil
}

func pad(n int) string { return strings.Repeat(" ", n) }
