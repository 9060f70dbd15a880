package broadworks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// rawWant is what a listing is to show.
type rawWant struct {
	values     map[string]string
	rows       []map[string]string
	unwanted   []map[string]string
	ignoreCase bool
}

func (w *rawWant) nothing() bool { return w.values == nil && w.rows == nil && w.unwanted == nil }

// compare says what the listing does not show as wanted.
func (w *rawWant) compare(l *bwcli.Listing) ([]sdk.Diff, error) {
	if !w.nothing() && !l.Recognised() && strings.TrimSpace(l.Text) != "" {
		return nil, &sdk.Failure{Class: sdk.Failed, Summary: "the listing is neither a table nor lines of key = value", What: "get printed: " + brief(l.Text)}
	}
	var out []sdk.Diff
	for _, key := range slices.Sorted(maps.Keys(w.values)) {
		if is, _ := l.Value(key); !w.equal(is, w.values[key]) {
			out = append(out, sdk.Diff{What: key, Before: is, After: w.values[key]})
		}
	}
	for _, r := range w.rows {
		if there, err := w.hasRow(l, r); err != nil {
			return nil, err
		} else if !there {
			out = append(out, sdk.Diff{What: "row", After: rowText(r)})
		}
	}
	for _, r := range w.unwanted {
		if there, err := w.hasRow(l, r); err != nil {
			return nil, err
		} else if there {
			out = append(out, sdk.Diff{What: "row", Before: rowText(r)})
		}
	}
	return out, nil
}

func (w *rawWant) equal(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	x, xKnown := boolean(a)
	y, yKnown := boolean(b)
	return a == b || w.ignoreCase && strings.EqualFold(a, b) || xKnown && yKnown && x == y && word(a) && word(b)
}

// word reports whether a truth is written as a word: 1 is a number too.
func word(s string) bool { return !strings.ContainsAny(s, "01") }

func (w *rawWant) hasRow(l *bwcli.Listing, row map[string]string) (bool, error) {
	columns := map[int]string{}
	for name, cell := range row {
		c := l.Column(name)
		switch {
		case c >= 0:
			columns[c] = cell
		case len(l.Header) > 0:
			return false, &sdk.Failure{Class: sdk.Failed, Summary: fmt.Sprintf("the table has no column %q", name), Why: "its columns are " + strings.Join(l.Header, ", "),
				State: "it was read only", Do: []string{"Name the column as the table does."}}
		case len(l.Pairs) > 0:
			return false, &sdk.Failure{Class: sdk.Failed, Summary: "the listing has no rows, only lines of key = value", What: "get printed: " + brief(l.Text),
				State: "it was read only", Do: []string{"Compare it with want."}}
		default:
			return false, nil // an empty listing may come without headings
		}
	}
	return slices.ContainsFunc(l.Rows, func(cells []string) bool {
		for c, want := range columns {
			if !w.equal(cells[c], want) {
				return false
			}
		}
		return true
	}), nil
}

// rowText is a row in one order, however it was written.
func rowText(row map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(row)) {
		parts = append(parts, k+" = "+row[k])
	}
	return strings.Join(parts, ", ")
}

// rawOutputs makes a listing the outputs of the task.
func rawOutputs(l *bwcli.Listing) sdk.Object {
	values, rows := map[string]cty.Value{}, []cty.Value{}
	for _, p := range l.Pairs {
		values[p[0]] = cty.StringVal(p[1])
	}
	for _, r := range l.Rows {
		row := map[string]cty.Value{}
		for i, heading := range l.Header {
			row[heading] = cty.StringVal(r[i])
		}
		if len(r) == 2 {
			values[r[0]] = cty.StringVal(r[1])
		}
		if len(row) > 0 {
			rows = append(rows, cty.MapVal(row))
		}
	}
	out := map[string]cty.Value{"values": cty.MapValEmpty(cty.String), "rows": cty.ListValEmpty(cty.Map(cty.String)), "text": cty.StringVal(strings.TrimRight(l.Text, "\r\n "))}
	if len(values) > 0 {
		out["values"] = cty.MapVal(values)
	}
	if len(rows) > 0 {
		out["rows"] = cty.ListVal(rows)
	}
	return outputs(out)
}
