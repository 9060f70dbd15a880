package bwsim

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

type tableStyle int

const (
	tableByRule  tableStyle = iota // two blanks and a right-justified cell; "=" over the whole width
	tableShifted                   // the same, two columns to the right
	tableByHand                    // columns that do not stand below their titles
	tableLeft                      // left-justified cells
)

type footerStyle int

const (
	footerWhenEmpty footerStyle = iota // 0 entry found.
	footerAlways
	footerNever
	footerSingular // 3 entry found.
)

// list prints a table as the answer to a get, asking first when it is long.
func (h *Host) list(c *cli.Call, header []string, rows [][]string) error {
	return h.listText(c, h.dialect.table.draw(header, rows), len(rows))
}

func (h *Host) listText(c *cli.Call, table string, rows int) error {
	wanted, err := h.confirmList(c, rows)
	if err != nil || !wanted {
		return err
	}
	h.answer(c, table+h.dialect.footer.text(rows))
	return nil
}

// confirmList is the question before a long listing.
func (h *Host) confirmList(c *cli.Call, rows int) (bool, error) {
	limit := h.opts.Profile.ConfirmAbove
	if limit == 0 {
		limit = h.dialect.confirmAbove
	}
	if limit == 0 || rows <= limit {
		return true, nil
	}
	c.Printf("About to %s %d entries. Continue?\n\n", h.dialect.confirmText, rows)
	yes, err := c.Confirm()
	if yes {
		c.Print("Retrieving data... Please wait...\n")
	}
	return yes, err
}

func (s tableStyle) draw(header []string, rows [][]string) string {
	switch s {
	case tableByHand:
		return byHand("  "+strings.Join(header, "   "), rows)
	case tableLeft:
		return aligned(header, rows, "", "%-*s")
	case tableShifted:
		return aligned(header, rows, "  ", "%*s")
	}
	return aligned(header, rows, "", "%*s")
}

// aligned draws columns of two blanks and a cell as wide as the longest.
func aligned(header []string, rows [][]string, shift, cell string) string {
	widths, total := make([]int, len(header)), 0
	for i := range header {
		for _, row := range append([][]string{header}, rows...) {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		total += 2 + widths[i]
	}
	var b strings.Builder
	line := func(cells []string) {
		b.WriteString(shift)
		for i, text := range cells {
			fmt.Fprintf(&b, "  "+cell, widths[i], text)
		}
		b.WriteByte('\n')
	}
	line(header)
	b.WriteString(shift + strings.Repeat("=", total) + "\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// byHand draws a table as the published listing of trust anchors is: cells are
// told apart by two blanks or more, and by nothing else.
func byHand(title string, rows [][]string) string {
	var b strings.Builder
	b.WriteString(title + "\n" + strings.Repeat("=", 77) + "\n")
	for _, row := range rows {
		for i, cell := range row {
			switch i {
			case 0:
			case 1:
				b.WriteString("       ")
			default:
				b.WriteString("      ")
			}
			b.WriteString(cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (s footerStyle) text(n int) string {
	switch {
	case s == footerNever, s == footerWhenEmpty && n > 0:
		return ""
	case n < 2 || s == footerSingular:
		return fmt.Sprintf("\n%d entry found.\n", n)
	}
	return fmt.Sprintf("\n%d entries found.\n", n)
}

// keyValue prints name and value pairs as the answer to a get.
func (h *Host) keyValue(c *cli.Call, pairs ...string) error {
	text := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		text += h.dialect.indent + pairs[i] + h.dialect.equals + pairs[i+1] + "\n"
	}
	h.answer(c, text)
	return nil
}
