package plan

import (
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

// report hands everything on. What is true on all hosts names none.
func (f *findings) report() {
	for _, one := range f.list {
		if len(one.hosts) < f.total {
			var names []string
			for _, h := range one.hosts {
				names = append(names, f.b.plan.Hosts[h].Name)
			}
			if one.diag.Detail != "" {
				one.diag.Detail += " "
			}
			one.diag.Detail += "This is so on " + listSome(names) + "."
		}
		f.b.add(diag.Diagnostics{one.diag}.Within(f.in)...)
	}
}
