package broadworks

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

// rows reads the interfaces of the family.
func (f *family) rows(ctx context.Context, cli *bwcli.CLI) ([]row, error) {
	l, err := cli.Get(ctx, f.context)
	if errors.Is(err, bwcli.ErrNoEntry) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f.parse(l)
}

// parse reads a listing of interfaces.
func (f *family) parse(l *bwcli.Listing) ([]row, error) {
	at := make([]int, len(f.columns))
	for i, c := range f.columns {
		at[i] = l.Column(c.titles...)
		if at[i] < 0 && len(l.Header) == len(f.columns) {
			at[i] = i // assumed: the columns of the published releases, in their order
		} else if at[i] < 0 && (len(l.Rows) > 0 || l.Unread()) {
			return nil, f.unreadable(l)
		}
	}
	var rows []row
	for _, cells := range l.Rows {
		ordered := make([]string, len(at))
		for i, c := range at {
			ordered[i] = cells[c]
		}
		r, ok := f.parseRow(ordered)
		if !ok {
			r, ok = f.parseRow(together(ordered))
		}
		if !ok {
			return nil, f.unreadable(l)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (f *family) parseRow(cells []string) (r row, ok bool) {
	for i, c := range f.columns {
		if !c.read(&r, cells[i]) {
			return r, false
		}
	}
	// No cluster is named like a flag: such a cell stands beside its column when another is empty.
	_, flag := boolean(cells[len(cells)-1])
	return r, !f.named || !flag || !slices.Contains(cells, "")
}

// together moves the cells of a row together, leaving the last ones empty: in a table that is aligned by hand, as published
// ones are, a row without a value in its last column does not show which column lacks one.
func together(cells []string) []string {
	filled := slices.DeleteFunc(slices.Clone(cells), func(c string) bool { return c == "" })
	return append(filled, make([]string, len(cells)-len(filled))...)
}

func (f *family) unreadable(l *bwcli.Listing) error {
	var titles []string
	for _, c := range f.columns {
		titles = append(titles, c.titles[0])
	}
	return &sdk.Failure{Class: sdk.Failed, Summary: "could not read the " + f.title + "s", What: "get printed: " + strings.TrimSpace(l.Text),
		Why: "the columns " + strings.Join(titles, ", ") + " were expected", State: "nothing was changed"}
}
