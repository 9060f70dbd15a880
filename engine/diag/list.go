package diag

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// At is a diagnostic's Error form with its place, for a caller that builds one in a line.
func At(rng hcl.Range, code, summary, detail, advice string) Diagnostic {
	return Diagnostic{Code: code, Summary: summary, Detail: detail, Advice: advice, Subject: &rng}
}

// Within adds what the diagnostics stand in, where they do not say so yet: `play "cti", task "anchors"`.
func (ds Diagnostics) Within(in string) Diagnostics {
	for i := range ds {
		if ds[i].In == "" {
			ds[i].In = in
		}
	}
	return ds
}

// Sorted returns the diagnostics without repetitions: errors before warnings before notes, then by file and position;
// what has no position keeps its order, and stands first. Two that agree in code, place and words are one.
func (ds Diagnostics) Sorted() Diagnostics {
	type key struct {
		code, summary, detail, place, source, where string
	}
	seen := map[key]bool{}
	var out Diagnostics
	for _, d := range ds {
		k := key{code: d.Code, summary: d.Summary, detail: d.Detail, source: d.Source, where: d.Where}
		if d.Subject != nil {
			k.place = d.Subject.String()
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), compareRanges(a.Subject, b.Subject))
	})
	return out
}

func compareRanges(a, b *hcl.Range) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Line, b.Start.Line), cmp.Compare(a.Start.Column, b.Start.Column))
}
