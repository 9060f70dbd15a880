package inventory

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

// PatternAt is where a pattern stands, for messages: in a file, or elsewhere as Source says, with the pattern in it.
type PatternAt struct {
	Range  *hcl.Range
	Source string // `command line, --limit 'xsp:&fra'`; such a pattern may name any @file
	// Files reads @file in a pattern that a playbook writes, confined to its directory; nil forbids it.
	Files *lang.Files
}

// Select returns the hosts that a pattern selects, in the order of the inventory. First all plain parts are united (none: all
// hosts), then those with & narrow the set, then those with ! take away, whatever the order they are written in. Every part has
// to match something, unless ? says that it may be absent or empty; that nothing is left in the end is no error here.
func (inv *Inventory) Select(pattern string, at PatternAt) ([]*Host, diag.Diagnostics) {
	s := selection{inv: inv, pattern: pattern, at: at}
	atoms, err := splitPattern(pattern)
	if err != nil {
		return nil, diag.Diagnostics{s.locate(diag.FromError(err, nil, diag.BadPattern, "bad pattern", ""), 0, len(pattern))}
	}
	chosen := s.combine(atoms)
	if s.diags.HasErrors() {
		return nil, s.diags
	}
	var out []*Host
	for i, in := range chosen {
		if in {
			out = append(out, inv.Hosts[i])
		}
	}
	return out, s.diags
}

type selection struct {
	inv     *Inventory
	pattern string
	at      PatternAt
	inFile  bool // reading a file of patterns, which cannot name another
	diags   diag.Diagnostics
}

func (s *selection) combine(atoms []atom) []bool {
	n := len(s.inv.Hosts)
	out, narrowed, taken := make([]bool, n), []([]bool){}, make([]bool, n)
	plain := false
	for _, a := range atoms {
		set := s.members(a)
		switch a.op {
		case intersect:
			narrowed = append(narrowed, set)
		case exclude:
			unite(taken, set)
		default:
			plain = true
			unite(out, set)
		}
	}
	for i := range out {
		out[i] = (out[i] || !plain) && !taken[i]
		for _, set := range narrowed {
			out[i] = out[i] && set[i]
		}
	}
	return out
}

func unite(to, from []bool) {
	for i, in := range from {
		to[i] = to[i] || in
	}
}

// members is the set of one part. What cannot be found is reported, unless the part is optional.
func (s *selection) members(a atom) []bool {
	set := make([]bool, len(s.inv.Hosts))
	if file, ok := strings.CutPrefix(a.text, "@"); ok {
		s.fromFile(a, file, set)
		return set
	}
	names := []string{a.text}
	if !strings.HasPrefix(a.text, "~") {
		var err error
		if names, err = expand(a.text); err != nil {
			s.fail(a, diag.FromError(err, nil, diag.BadRange, "bad range", rangeAdvice))
			return set
		}
	}
	for _, name := range names {
		found, err := s.inv.find(name, set)
		switch {
		case err != nil:
			s.fail(a, diag.FromError(err, nil, diag.BadPattern, "bad pattern", ""))
			return set
		case !found && !a.optional:
			s.fail(a, s.nothing(name))
			return set
		}
	}
	return set
}

// find marks the hosts that a name, wildcard or regular expression means, as hosts or as groups. An empty group is not found.
func (inv *Inventory) find(name string, set []bool) (found bool, err error) {
	if name == "all" || name == "*" {
		for i := range set {
			set[i] = true
		}
		return len(set) > 0, nil
	}
	if !strings.HasPrefix(name, "~") && !strings.ContainsAny(name, "*?") {
		if g, ok := inv.groups[name]; ok {
			for _, i := range g.members {
				set[i] = true
			}
			return len(g.members) > 0, nil
		}
		i, ok := inv.hosts[name]
		if ok {
			set[i] = true
		}
		return ok, nil
	}
	fits, err := matcher(name)
	if err != nil {
		return false, err
	}
	for i, h := range inv.Hosts {
		if fits(h.Name) {
			set[i], found = true, true
		}
	}
	for _, g := range inv.Groups {
		if fits(g.Name) {
			for _, i := range g.members {
				set[i], found = true, true
			}
		}
	}
	return found, nil
}

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
