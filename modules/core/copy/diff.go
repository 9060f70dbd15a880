package copy

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"github.com/muster-run/muster/plugins/sdk"
)

const (
	shownSize  = 64 << 10 // bytes of a text whose lines are compared
	shownLines = 100      // differing lines
	shownWidth = 200      // characters of a line
)

// diff says what an Apply changes, empty when nothing. notes say what is not shown.
func (j *job) diff(ctx context.Context, t *target, same bool) (out []sdk.Diff, notes []string, err error) {
	mode := j.wantMode(t)
	if !same {
		if out, notes, err = j.contentDiff(ctx, t); err != nil {
			return nil, nil, err
		}
	}
	before := ""
	if t.there {
		before = fmt.Sprintf("%04o", t.info.Mode.Perm())
	}
	if !t.there || t.info.Mode.Perm() != mode {
		out = append(out, sdk.Diff{What: "mode of " + j.Path, Before: before, After: fmt.Sprintf("%04o", mode)})
	}
	switch {
	case !t.there && j.Owner != nil:
		out = append(out, sdk.Diff{What: "owner of " + j.Path, After: *j.Owner})
	case !t.owned && t.there:
		out = append(out, sdk.Diff{What: "owner of " + j.Path, Before: "somebody else", After: *j.Owner})
	}
	return out, notes, nil
}

func (j *job) contentDiff(ctx context.Context, t *target) ([]sdk.Diff, []string, error) {
	whole := []sdk.Diff{{What: j.Path, Before: j.facts(t), After: facts(j.source.size, j.source.sha256)}}
	if j.source.secret != nil || j.source.size > shownSize || t.info.Size > shownSize || !isText(j.source.text) {
		return whole, nil, nil
	}
	public := j.wantMode(t)&0o004 != 0 && (!t.there || t.info.Mode.Perm()&0o004 != 0)
	switch {
	case j.ShowDiff != nil && !*j.ShowDiff:
		return whole, nil, nil
	case j.ShowDiff == nil && !public:
		return whole, []string{"the lines that differ are not shown, because not everybody may read the file: show_diff = true shows them"}, nil
	}
	before := ""
	if t.there {
		b, err := j.req.Conn.Get(ctx, j.Path)
		if err != nil {
			return nil, nil, hostFailure("could not read "+j.Path, "nothing was changed", err)
		}
		if before = string(b); !isText(before) || len(before) > shownSize {
			return whole, nil, nil
		}
	}
	// With the lines shown, sizes and digests would only keep hosts apart whose lines differ in their own names.
	head := sdk.Diff{What: j.Path}
	if !t.there {
		head.After = "a new file"
	}
	return append([]sdk.Diff{head}, lineDiff("line", before, j.source.text)...), nil, nil
}

func (j *job) facts(t *target) string {
	if !t.there {
		return ""
	}
	if j.source.secret != nil && t.info.Size < 16 {
		return facts(t.info.Size, "") // a digest of so little could be guessed from
	}
	return facts(t.info.Size, t.info.SHA256)
}

func facts(size int64, sum string) string {
	out := fmt.Sprintf("%d bytes", size)
	if sum != "" {
		out += ", sha256 " + sum[:min(12, len(sum))]
	}
	return out
}

// isText reports whether s can be shown line by line.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) })
}

// lineDiff gives one entry for each line that differs, under its number in the new text, or in the old one where it goes.
func lineDiff(what, before, after string) (out []sdk.Diff) {
	u, err := udiff.ToUnifiedDiff("", "", before, udiff.Lines(before, after), 0)
	if err != nil {
		return nil // the edits are of this very text
	}
	all := 0
	for _, h := range u.Hunks {
		var gone, come []string
		for _, l := range h.Lines {
			switch l.Kind {
			case udiff.Delete:
				gone = append(gone, shown(l.Content))
			case udiff.Insert:
				come = append(come, shown(l.Content))
			}
		}
		for i := range max(len(gone), len(come)) {
			if all++; all > shownLines {
				continue
			}
			d := sdk.Diff{What: fmt.Sprintf("%s %d", what, h.ToLine+i)}
			if i < len(come) {
				d.After = come[i]
			} else {
				d.What = fmt.Sprintf("%s %d", what, h.FromLine+i)
			}
			if i < len(gone) {
				d.Before = gone[i]
			}
			out = append(out, d)
		}
	}
	if all > shownLines {
		out = append(out, sdk.Diff{What: fmt.Sprintf("and %d more lines", all-shownLines)})
	}
	return out
}

// shown is a line as it can stand in a diff: never empty, and its end to be seen where it is an odd one.
func shown(line string) string {
	text, ended := strings.CutSuffix(line, "\n")
	text = strings.ReplaceAll(text, "\r", `\r`)
	if utf8.RuneCountInString(text) > shownWidth {
		text = string([]rune(text)[:shownWidth]) + "…"
	}
	if text == "" {
		text = "(empty line)"
	}
	if !ended {
		text += " (no line end)"
	}
	return text
}
