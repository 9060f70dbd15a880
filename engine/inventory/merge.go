package inventory

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// merger gives each host its settings: host over inner group over outer group over defaults. A group is inside another when
// its hosts are some, not all, of the other's. Hosts in the same groups share one result.
type merger struct {
	l        *loader
	blocks   map[string]*groupBlock
	byGroups map[string]*merged
	inside   map[[2]string]bool
	members  map[string]map[int]bool
	reported map[string]bool
}

// merged is the settings of all hosts that are in the same groups and have no block.
type merged struct {
	values map[string]setting
	data   map[string]cty.Value
	ranges map[string]hcl.Range
}

func (l *loader) merge() {
	m := merger{l: l, blocks: map[string]*groupBlock{}, byGroups: map[string]*merged{}, inside: map[[2]string]bool{}, members: map[string]map[int]bool{}, reported: map[string]bool{}}
	for _, g := range l.groups {
		m.blocks[g.name] = g
	}
	for _, h := range l.inv.Hosts {
		all := m.ofGroups(h)
		h.Address = h.Name
		if b := l.own[h.Name]; b != nil {
			all = overlaid(all.values, b.values)
			if b.address != "" {
				h.Address = b.address
			}
		}
		all.fill(h)
	}
}

// fill sets a host's fields. Values were checked when they were read.
func (m *merged) fill(h *Host) {
	h.Port = 22
	if s, ok := m.values["port"]; ok {
		n, _ := s.value.AsBigFloat().Int64()
		h.Port = int(n)
	}
	text := func(key string) string {
		if s, ok := m.values[key]; ok {
			return s.value.AsString()
		}
		return ""
	}
	h.User, h.SSHKey, h.KnownHosts = text("user"), text("ssh_key"), text("known_hosts")
	h.Data, h.DataRange = m.data, m.ranges
}

// overlaid is the values with others above them.
func overlaid(below, above map[string]setting) *merged {
	out := &merged{values: maps.Clone(below), data: map[string]cty.Value{}, ranges: map[string]hcl.Range{}}
	if out.values == nil {
		out.values = map[string]setting{}
	}
	maps.Copy(out.values, above)
	for key, s := range out.values {
		if name, ok := strings.CutPrefix(key, "data."); ok {
			out.data[name], out.ranges[name] = s.value, s.rng
		}
	}
	return out
}

// ofGroups is what a host has from defaults and its groups.
func (m *merger) ofGroups(h *Host) *merged {
	key := strings.Join(h.Groups, "\x00")
	if done, ok := m.byGroups[key]; ok {
		return done
	}
	setBy := map[string][]*groupBlock{}
	for _, name := range h.Groups {
		for k := range m.blocks[name].values {
			setBy[k] = append(setBy[k], m.blocks[name])
		}
	}
	values := map[string]setting{}
	for _, k := range slices.Sorted(maps.Keys(setBy)) {
		values[k] = m.innermost(h, k, setBy[k]).values[k]
	}
	var below map[string]setting
	if m.l.defaults != nil {
		below = m.l.defaults.values
	}
	out := overlaid(below, values)
	m.byGroups[key] = out
	return out
}

// innermost picks the group whose value counts. Two that are not inside each other have to agree.
func (m *merger) innermost(h *Host, key string, groups []*groupBlock) *groupBlock {
	var inner []*groupBlock
	for _, g := range groups {
		if !slices.ContainsFunc(groups, func(o *groupBlock) bool { return m.isInside(o.name, g.name) }) {
			inner = append(inner, g)
		}
	}
	for _, g := range inner[1:] {
		if !g.values[key].value.RawEquals(inner[0].values[key].value) {
			m.conflict(h, key, inner[0], g)
		}
	}
	return inner[0]
}

func (m *merger) conflict(h *Host, key string, a, b *groupBlock) {
	id := key + "\x00" + a.name + "\x00" + b.name
	if m.reported[id] {
		return
	}
	m.reported[id] = true
	first := a.values[key].rng
	m.l.add(diag.At(b.values[key].rng, diag.GroupConflict, fmt.Sprintf("groups %q and %q set %s differently", a.name, b.name, key),
		fmt.Sprintf("Host %s is in both, and neither group lies inside the other; %q sets it at %s:%d.", h.Name, a.name, first.Filename, first.Start.Line),
		"Set it in the host's own block, or in one group only."))
}

// isInside reports whether all hosts of inner are in outer, and outer has more.
func (m *merger) isInside(inner, outer string) bool {
	if inner == outer {
		return false
	}
	pair := [2]string{inner, outer}
	known, ok := m.inside[pair]
	if ok {
		return known
	}
	in, out := m.l.inv.groups[inner].members, m.set(outer)
	is := len(in) < len(out) && !slices.ContainsFunc(in, func(i int) bool { return !out[i] })
	m.inside[pair] = is
	return is
}

func (m *merger) set(group string) map[int]bool {
	if s, ok := m.members[group]; ok {
		return s
	}
	s := map[int]bool{}
	for _, i := range m.l.inv.groups[group].members {
		s[i] = true
	}
	m.members[group] = s
	return s
}
