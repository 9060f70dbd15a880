package inventory

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

// fromFile reads a pattern per line; # begins a comment.
func (s *selection) fromFile(a atom, path string, set []bool) {
	files, name := s.at.Files, cty.StringVal(path)
	if files == nil && s.at.Source != "" {
		files, name = &lang.Files{}, name.Mark(lang.Operator)
	}
	switch {
	case s.inFile:
		s.fail(a, diag.Diagnostic{Code: diag.BadPattern, Summary: "a file of patterns cannot name another", Detail: "Otherwise they could name each other.", Advice: "Write the patterns into one file."})
		return
	case files == nil:
		s.fail(a, diag.Diagnostic{Code: diag.BadPattern, Summary: "a file of patterns cannot be named here", Detail: "@file is for the command line.", Advice: "Make a group in the inventory."})
		return
	}
	text, err := files.ReadFile(name)
	if err != nil {
		s.fail(a, diag.FromError(err, nil, diag.FileUnreadable, fmt.Sprintf("cannot read %q", path), "Check the path."))
		return
	}
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		inner := selection{inv: s.inv, pattern: line, at: PatternAt{Source: fmt.Sprintf("%s:%d, %s", path, i+1, line)}, inFile: true}
		atoms, err := splitPattern(line)
		if err != nil {
			s.fail(a, diag.FromError(err, nil, diag.BadPattern, "bad pattern", ""))
			return
		}
		unite(set, inner.combine(atoms))
		s.diags = append(s.diags, inner.diags...)
	}
}

// nothing is the diagnostic of a part that matches nothing, with the nearest group or host.
func (s *selection) nothing(name string) diag.Diagnostic {
	d := diag.Diagnostic{Code: diag.NothingMatches, Summary: fmt.Sprintf("no host matches %q", name)}
	if g, ok := s.inv.groups[name]; ok {
		d.Summary = fmt.Sprintf("group %q is empty", name)
		d.Detail = fmt.Sprintf("It is declared at %s:%d without hosts.", g.Range.Filename, g.Range.Start.Line)
		d.Advice = fmt.Sprintf("If it may be empty, write ?%s.", name)
		return d
	}
	near := ""
	if !strings.ContainsAny(name, "*?~") {
		near = diag.Nearest(name, s.inv.names())
	}
	switch g := s.inv.groups[near]; {
	case g != nil:
		d.Advice = fmt.Sprintf("Did you mean group %q (%s)?", near, hosts(len(g.Hosts)))
	case near == "all":
		d.Advice = fmt.Sprintf("Did you mean all (%s)?", hosts(len(s.inv.Hosts)))
	case near != "":
		d.Advice = fmt.Sprintf("Did you mean host %q?", near)
	default:
		d.Advice = "Groups are: " + s.inv.groupList() + ". All hosts: muster inventory list"
	}
	return d
}

func hosts(n int) string {
	if n == 1 {
		return "1 host"
	}
	return fmt.Sprintf("%d hosts", n)
}

func (inv *Inventory) groupList() string {
	var names []string
	for _, g := range inv.Groups {
		names = append(names, g.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return diag.List(names)
}

func (s *selection) fail(a atom, d diag.Diagnostic) {
	from := a.to - len(a.text) // without op and ?
	s.diags = append(s.diags, s.locate(d, from, a.to))
}

// locate points at bytes of the pattern: in the file where the pattern is written out there, else in the text of the source.
func (s *selection) locate(d diag.Diagnostic, from, to int) diag.Diagnostic {
	if r := s.at.Range; r != nil {
		rng := *r
		if r.Start.Line == r.End.Line && r.End.Byte-r.Start.Byte == len(s.pattern)+2 { // a plain text in quotes
			rng.Start = hcl.Pos{Line: r.Start.Line, Column: r.Start.Column + 1 + from, Byte: r.Start.Byte + 1 + from}
			rng.End = hcl.Pos{Line: r.Start.Line, Column: r.Start.Column + 1 + to, Byte: r.Start.Byte + 1 + to}
		}
		d.Subject = &rng
		return d
	}
	d.Source = s.at.Source
	if i := strings.LastIndex(d.Source, s.pattern); i >= 0 && s.pattern != "" {
		d.Mark = &diag.Mark{From: i + from, To: i + to}
	}
	return d
}
