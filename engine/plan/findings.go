package plan

import (
	"slices"
	"strings"

	"github.com/muster-run/muster/engine/diag"
)

// findings gathers what is wrong with one block on many hosts, to say each thing once with the hosts it is true for.
type findings struct {
	b     *builder
	in    string
	total int // hosts that were looked at
	list  []*finding
	index map[findingKey]*finding
}

type findingKey struct{ code, place, summary, detail string }

type finding struct {
	diag  diag.Diagnostic
	hosts []int
	alike []int // hosts where the same place is wrong in other words
}

func (b *builder) findings(in string, total int) *findings {
	return &findings{b: b, in: in, total: total, index: map[findingKey]*finding{}}
}

func (f *findings) add(host int, ds ...diag.Diagnostic) {
	for _, d := range ds {
		k := findingKey{d.Code, "", d.Summary, d.Detail}
		if d.Subject != nil {
			k.place = d.Subject.String()
		}
		have := f.index[k]
		if have == nil {
			have = &finding{diag: d}
			f.index[k] = have
			f.list = append(f.list, have)
		}
		if n := len(have.hosts); n == 0 || have.hosts[n-1] != host {
			have.hosts = append(have.hosts, host)
		}
	}
}

// report hands everything on. What is true on all hosts names none; of what is wrong at one place in other words on other
// hosts, such as a file of each host that is missing, the first is told and the other hosts are named.
func (f *findings) report() {
	told := map[findingKey]*finding{}
	var list []*finding
	for _, one := range f.list {
		place := findingKey{code: one.diag.Code}
		if one.diag.Subject != nil {
			place.place = one.diag.Subject.String()
		}
		if first := told[place]; first != nil && len(one.hosts) < f.total {
			first.alike = append(first.alike, one.hosts...)
			continue
		}
		if len(one.hosts) < f.total {
			told[place] = one
		}
		list = append(list, one)
	}
	for _, one := range list {
		f.b.addNew(diag.Diagnostics{f.worded(one)}.Within(f.in)...)
	}
}

func (f *findings) worded(one *finding) diag.Diagnostic {
	d := one.diag
	if len(one.hosts) >= f.total {
		return d
	}
	if d.Detail != "" && !strings.HasSuffix(d.Detail, ".") {
		d.Detail += "."
	}
	if d.Detail != "" {
		d.Detail += " "
	}
	d.Detail += "This is so on " + f.names(one.hosts)
	if len(one.alike) > 0 {
		d.Detail += "; it is much the same on " + f.names(one.alike)
	}
	d.Detail += "."
	return d
}

func (f *findings) names(hosts []int) string {
	slices.Sort(hosts)
	var names []string
	for _, h := range slices.Compact(hosts) {
		names = append(names, f.b.plan.Hosts[h].Name)
	}
	return listSome(names)
}
