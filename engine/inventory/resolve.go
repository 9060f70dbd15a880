package inventory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
)

// resolve names all hosts, in the order of the files, then the members of the groups, then what each host is.
func (l *loader) resolve() {
	for _, b := range l.order {
		switch b := b.(type) {
		case *groupBlock:
			l.groupHosts(b)
		case *hostBlock:
			l.ownBlock(b)
		}
		if len(l.inv.Hosts) > MaxHosts {
			l.add(diag.Diagnostic{Code: diag.TooManyHosts, Summary: "the inventory has too many hosts", Source: "inventory",
				Detail: fmt.Sprintf("It may have %d.", MaxHosts), Advice: "Check the ranges, or divide it."})
			return
		}
	}
	for _, g := range l.groups {
		l.matchHosts(g)
	}
	if l.diags.HasErrors() {
		return
	}
	for _, g := range l.inv.Groups {
		slices.Sort(g.members)
		for _, i := range g.members {
			g.Hosts = append(g.Hosts, l.inv.Hosts[i].Name)
			l.inv.Hosts[i].Groups = append(l.inv.Hosts[i].Groups, g.Name)
		}
	}
	l.merge()
	if l.checkNames() {
		l.checkAddresses()
	}
}

// hostNamed returns the index of a host, which is made when it is new.
func (l *loader) hostNamed(name string, rng hcl.Range) int {
	if i, ok := l.inv.hosts[name]; ok {
		return i
	}
	i := len(l.inv.Hosts)
	l.inv.hosts[name] = i
	l.inv.Hosts = append(l.inv.Hosts, &Host{Name: name, Range: rng})
	return i
}

func (l *loader) groupHosts(b *groupBlock) {
	if first, ok := l.inv.groups[b.name]; ok {
		l.add(duplicate(b.rng, fmt.Sprintf("group %q", b.name), first.Range))
		return
	}
	g := &Group{Name: b.name, Range: b.rng}
	l.inv.groups[b.name] = g
	l.inv.Groups = append(l.inv.Groups, g)
	seen := map[int]bool{}
	for _, e := range b.entries {
		names, err := expand(e.text)
		if err != nil {
			l.add(diag.FromError(err, &e.rng, diag.BadRange, "bad range", rangeAdvice))
			continue
		}
		for _, name := range names {
			if err := checkName(name); err != nil {
				l.add(diag.FromError(err, &e.rng, diag.BadHostName, "bad host name", ""))
				break
			}
			i := l.hostNamed(name, e.rng)
			if seen[i] {
				l.add(diag.At(e.rng, diag.DuplicateHost, fmt.Sprintf("host %q stands twice in group %q", name, b.name), "Most likely two ranges overlap.", "Name each host once."))
				break
			}
			seen[i] = true
			g.members = append(g.members, i)
		}
	}
}

// ownBlock makes the host of a host block, or finds it among those of groups.
func (l *loader) ownBlock(b *hostBlock) {
	if first, ok := l.own[b.name]; ok {
		l.add(diag.At(b.nameRng, diag.DuplicateHost, fmt.Sprintf("host %q has two blocks", b.name), fmt.Sprintf("The first is at %s:%d.", first.rng.Filename, first.rng.Start.Line), "Merge the two."))
		return
	}
	l.own[b.name] = b
	l.inv.Hosts[l.hostNamed(b.name, b.rng)].Range = b.rng
}

// matchHosts adds to a group the hosts that its match fits, wherever they stand.
func (l *loader) matchHosts(b *groupBlock) {
	g := l.inv.groups[b.name]
	if b.match == nil || g == nil {
		return
	}
	fits, err := matcher(b.match.text)
	if err != nil {
		l.add(diag.FromError(err, &b.match.rng, diag.BadPattern, "bad match", ""))
		return
	}
	named := map[int]bool{}
	for _, i := range g.members {
		named[i] = true
	}
	for i, h := range l.inv.Hosts {
		if !named[i] && fits(h.Name) {
			g.members = append(g.members, i)
		}
	}
	if len(g.members) == len(named) {
		l.add(diag.At(b.match.rng, diag.NothingMatches, fmt.Sprintf("no host matches %q", b.match.text), fmt.Sprintf("Group %q takes its hosts from those that other groups and host blocks name.", b.name), "Change the match; an empty group is hosts = []."))
	}
}

// checkNames finds names that mean two things: a group and a host, or two hosts that DNS cannot tell apart.
func (l *loader) checkNames() bool {
	before := len(l.diags)
	folded := make(map[string]*Host, len(l.inv.Hosts))
	for _, h := range l.inv.Hosts {
		if g, ok := l.inv.groups[h.Name]; ok {
			l.add(diag.At(h.Range, diag.Duplicate, fmt.Sprintf("%q is a host and a group", h.Name), fmt.Sprintf("The group is at %s:%d, so a pattern could mean either.", g.Range.Filename, g.Range.Start.Line), "Rename one of them."))
		}
		key := strings.ToLower(h.Name)
		if first, ok := folded[key]; ok {
			l.add(diag.At(h.Range, diag.DuplicateHost, fmt.Sprintf("hosts %q and %q differ only in case", first.Name, h.Name), "Names of hosts are one whatever their case, so this is the same host twice.", "Write the name in one way."))
		}
		folded[key] = h
	}
	return len(l.diags) == before
}

// checkAddresses finds two names for one host, which would be changed by two tasks at once and counted twice in a rollout.
func (l *loader) checkAddresses() {
	type endpoint struct {
		address string
		port    int
	}
	seen := make(map[endpoint]*Host, len(l.inv.Hosts))
	for _, h := range l.inv.Hosts {
		at := endpoint{strings.ToLower(h.Address), h.Port}
		if first, ok := seen[at]; ok {
			l.add(diag.At(h.Range, diag.DuplicateAddress, fmt.Sprintf("hosts %q and %q have one address", first.Name, h.Name),
				fmt.Sprintf("Both are reached at %s port %d; the first stands at %s:%d.", h.Address, h.Port, first.Range.Filename, first.Range.Start.Line), "Remove one of the names, or correct the address."))
			continue
		}
		seen[at] = h
	}
}
