package inventory

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

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
