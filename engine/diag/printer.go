package diag

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/hashicorp/hcl/v2"
)

// Printer writes diagnostics for a person: a headline with the code, the place with the words underlined, the cause, the next
// step. A problem met on a host is written as where, what, why, state and do.
type Printer struct {
	Sources map[string][]byte // text of files by the name that ranges have; without it there is no snippet
	WorkDir string            // absolute; paths below it are shown relative to it, where that is shorter
	Width   int               // columns; 0: 80
	Color   bool
	ASCII   bool // for terminals that are not UTF-8
}

// Print writes the diagnostics with an empty line between them.
func (p Printer) Print(w io.Writer, ds ...Diagnostic) error {
	if p.Width <= 0 {
		p.Width = 80
	}
	for i, d := range ds {
		b := &strings.Builder{}
		if i > 0 {
			b.WriteString("\n")
		}
		p.one(b, d)
		if _, err := io.WriteString(w, b.String()); err != nil {
			return fmt.Errorf("write diagnostics: %w", err)
		}
	}
	return nil
}

// text makes the user's text safe to print, and ASCII where only that is wanted.
func (p Printer) text(s string) string {
	if p.ASCII {
		return escape(s, func(r rune) bool { return r >= ' ' && r < 0x7f })
	}
	return escape(s, unicode.IsPrint)
}

// bar stands between line numbers and lines, ellipsis for what was cut.
func (p Printer) bar() string {
	if p.ASCII {
		return "|"
	}
	return "│"
}

func (p Printer) ellipsis() string {
	if p.ASCII {
		return "..."
	}
	return "…"
}

const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[1;34m"
	reset  = "\x1b[0m"
)

func (p Printer) paint(style, text string) string {
	if !p.Color {
		return text
	}
	return style + text + reset
}

func (d Diagnostic) kind() (word, style string) {
	switch d.Severity {
	case Warning:
		return "Warning", yellow
	case Note:
		return "Note", blue
	}
	return "Error", red
}

func (p Printer) one(b *strings.Builder, d Diagnostic) {
	word, style := d.kind()
	fmt.Fprintf(b, "%s: %s\n", p.paint(style, word+"["+d.Code+"]"), p.paint(bold, p.text(d.Summary)))
	if d.onHost() {
		p.parts(b, d)
		return
	}
	detail := d.Detail
	if d.Subject != nil || d.Source != "" || d.In != "" {
		b.WriteString("\n")
		detail = p.place(b, d, style)
	}
	for _, text := range []string{detail, d.Advice} {
		if text = strings.TrimSpace(text); text != "" {
			b.WriteString("\n" + p.wrap(p.text(text), "  "))
		}
	}
}

// onHost reports whether the problem was met on a host.
func (d Diagnostic) onHost() bool {
	return d.Where != "" || d.What != "" || d.State != "" || len(d.Do) > 0
}

// place writes where the problem stands. It returns what of the detail did not fit beside the underline.
func (p Printer) place(b *strings.Builder, d Diagnostic, style string) (rest string) {
	var where []string
	if d.Subject != nil {
		where = append(where, p.rangeText(*d.Subject))
	}
	if d.Source != "" {
		where = append(where, p.text(d.Source))
	}
	if d.In != "" {
		where = append(where, "in "+p.text(d.In))
	}
	b.WriteString("  " + strings.Join(where, ", ") + "\n")
	if d.Subject != nil {
		return p.snippet(b, d, style)
	}
	if m := d.Mark; m != nil && m.From >= 0 && m.From <= m.To && m.To <= len(d.Source) {
		before, marked := p.text(d.Source[:m.From]), p.text(d.Source[m.From:m.To])
		b.WriteString("  " + strings.Repeat(" ", ansi.StringWidth(before)) + p.paint(style, carets(ansi.StringWidth(marked))) + "\n")
	}
	return d.Detail
}

func carets(n int) string { return strings.Repeat("^", max(1, n)) }

// rangeText writes `file:58,5-11`, or `file:58,5-60,2` over several lines.
func (p Printer) rangeText(r hcl.Range) string {
	at := fmt.Sprintf("%s:%d,%d", p.text(p.path(r.Filename)), r.Start.Line, r.Start.Column)
	switch {
	case r.End.Line > r.Start.Line:
		at += fmt.Sprintf("-%d,%d", r.End.Line, r.End.Column)
	case r.End.Column > r.Start.Column:
		at += fmt.Sprintf("-%d", r.End.Column)
	}
	return at
}

// path shortens a path to one relative to the working directory.
func (p Printer) path(path string) string {
	if p.WorkDir == "" || !filepath.IsAbs(path) {
		return path
	}
	if rel, err := filepath.Rel(p.WorkDir, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// wrap breaks text at the width; every line begins with the indent. Lines that the text has are kept.
func (p Printer) wrap(text, indent string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		for _, l := range broken(line, max(20, p.Width-len(indent))) {
			b.WriteString(strings.TrimRight(indent+l, " ") + "\n")
		}
	}
	return b.String()
}

// broken breaks a line at spaces only: a path or a command with a hyphen in it is to be copied whole. A longer word stays
// longer.
func broken(line string, width int) []string {
	var out []string
	var b strings.Builder
	for i, word := range strings.Split(line, " ") {
		n := ansi.StringWidth(word)
		if i > 0 && strings.TrimSpace(b.String()) != "" && ansi.StringWidth(b.String())+1+n > width {
			out = append(out, b.String())
			b.Reset()
		} else if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return append(out, b.String())
}
