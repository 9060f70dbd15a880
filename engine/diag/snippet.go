package diag

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// snippetLines is how many lines are shown at most, the subject's own among them.
const snippetLines = 7

// snippet writes the lines around the subject, with the subject's first line underlined and, where it fits, the detail beside
// the underline. It returns the detail when it did not fit.
func (p Printer) snippet(b *strings.Builder, d Diagnostic, style string) (rest string) {
	src, ok := p.Sources[d.Subject.Filename]
	if !ok || d.Subject.Start.Line < 1 {
		return d.Detail
	}
	lines := bytes.Split(src, []byte("\n"))
	at := d.Subject.Start.Line
	if at > len(lines) {
		return d.Detail
	}
	first, last := p.around(d, lines)
	gutter := len(fmt.Sprint(last))
	for n := first; n <= last; n++ {
		line := p.shown(bytes.TrimSuffix(lines[n-1], []byte("\r")))
		room := p.Width - gutter - 7
		if n != at {
			fmt.Fprintf(b, "    %*d %s %s\n", gutter, n, p.bar(), strings.TrimRight(ansi.Truncate(line.text, room, p.ellipsis()), " "))
			continue
		}
		from, to := line.columns(d.Subject.Start.Column-1, d.Subject.End.Column-1, d.Subject.End.Line > at)
		text, from, to := p.window(line.text, from, to, room)
		fmt.Fprintf(b, "    %*d %s %s\n", gutter, n, p.bar(), text)
		under := strings.Repeat(" ", from) + p.paint(style, carets(to-from))
		detail := p.text(d.Detail)
		if fits := !strings.Contains(detail, "\n") && max(to, from+1)+1+ansi.StringWidth(detail) <= room; fits && detail != "" {
			under += " " + detail
		} else {
			rest = d.Detail
		}
		fmt.Fprintf(b, "    %*s %s %s\n", gutter, "", p.bar(), under)
	}
	return rest
}

// around picks the lines to show: the context where there is one, else one line before and after; empty lines at the edges
// tell nothing.
func (p Printer) around(d Diagnostic, lines [][]byte) (first, last int) {
	at := d.Subject.Start.Line
	first, last = at-1, at+1
	if c := d.Context; c != nil && c.Filename == d.Subject.Filename && c.Start.Line <= at && c.End.Line >= at {
		first, last = max(c.Start.Line, at-snippetLines/2), min(c.End.Line, at+snippetLines/2)
	}
	first, last = max(first, 1), min(last, len(lines))
	for first < at && len(bytes.TrimSpace(lines[first-1])) == 0 {
		first++
	}
	for last > at && len(bytes.TrimSpace(lines[last-1])) == 0 {
		last--
	}
	return first, last
}

// shownLine is a line of a file as it is printed, with the printed column of each of its grapheme clusters, which is what HCL
// counts in.
type shownLine struct {
	text  string
	start []int // printed column where the n-th cluster begins; one more for the end
}

func (p Printer) shown(raw []byte) shownLine {
	var l shownLine
	var b strings.Builder
	width := 0
	for rest := string(raw); rest != ""; {
		cluster, _ := ansi.FirstGraphemeCluster(rest, ansi.GraphemeWidth)
		if cluster == "" {
			cluster = rest[:1]
		}
		rest = rest[len(cluster):]
		l.start = append(l.start, width)
		out := p.text(strings.ReplaceAll(cluster, "\t", "    "))
		b.WriteString(out)
		width += ansi.StringWidth(out)
	}
	l.start = append(l.start, width)
	l.text = b.String()
	return l
}

// columns converts columns counted in clusters, from 0, to printed ones. A range that goes on below ends with the line.
func (l shownLine) columns(from, to int, below bool) (int, int) {
	end := len(l.start) - 1
	if below {
		to = end
	}
	from = min(max(from, 0), end)
	to = min(max(to, from), end)
	return l.start[from], l.start[to]
}

// window cuts a long line so that the columns from and to stay in view, as far as there is room.
func (p Printer) window(text string, from, to, room int) (string, int, int) {
	if ansi.StringWidth(text) <= room {
		return strings.TrimRight(text, " "), from, to
	}
	if to > room-1 {
		cut := max(0, from-room/3)
		text = ansi.TruncateLeft(text, cut+ansi.StringWidth(p.ellipsis()), p.ellipsis())
		from, to = from-cut, to-cut
	}
	return ansi.Truncate(text, room, p.ellipsis()), from, min(to, room)
}
