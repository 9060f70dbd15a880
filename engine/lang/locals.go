package lang

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
)

// Local is one named value of a locals block.
type Local struct {
	Name  string
	Value hcl.Expression
	Range hcl.Range
}

// Locals is the locals of a playbook in the order in which they can be evaluated. The zero value holds none.
type Locals struct {
	order []Local
	// perHost names those that refer to host, directly or through another local: they are evaluated once per host.
	perHost map[string]bool
}

// NewLocals orders locals by their references to each other. A local may refer to var, local and host; a circle is an error
// that names every edge.
func NewLocals(locals []Local) (*Locals, diag.Diagnostics) {
	o := orderer{byName: map[string]Local{}, state: map[string]int{}, out: &Locals{perHost: map[string]bool{}}}
	for _, l := range locals {
		o.byName[l.Name] = l
	}
	for _, l := range locals {
		o.visit(l)
	}
	return o.out, o.diags
}

// PerHost reports whether the local depends on a host.
func (ls *Locals) PerHost(name string) bool { return ls.perHost[name] }

const (
	unseen = iota
	visiting
	done
)

type orderer struct {
	byName map[string]Local
	state  map[string]int
	path   []Ref // the references that led here
	names  []string
	out    *Locals
	diags  diag.Diagnostics
}

func (o *orderer) visit(l Local) {
	if o.state[l.Name] == done {
		return
	}
	o.state[l.Name] = visiting
	o.names = append(o.names, l.Name)
	for _, r := range Refs(l.Value) {
		o.follow(l, r)
	}
	o.names = o.names[:len(o.names)-1]
	o.state[l.Name] = done
	o.out.order = append(o.out.order, l)
}

func (o *orderer) follow(l Local, r Ref) {
	switch r.Root {
	case "host":
		o.out.perHost[l.Name] = true
	case "each", "task", "play":
		o.diags = append(o.diags, diag.At(r.Range, diag.BadReference, fmt.Sprintf("a local may not refer to %s", r.Root),
			"Locals are evaluated before any task runs: they see var, local and host.", "Write the expression where it is used."))
	case "local":
		target, ok := o.byName[r.Name]
		if !ok {
			return // the check of names reports it
		}
		o.path = append(o.path, r)
		if o.state[r.Name] == visiting {
			o.diags = append(o.diags, o.cycle(r.Name))
		} else {
			o.visit(target)
			if o.out.perHost[r.Name] {
				o.out.perHost[l.Name] = true
			}
		}
		o.path = o.path[:len(o.path)-1]
	}
}

// cycle tells the way from the local back to itself, each step with its place.
func (o *orderer) cycle(name string) diag.Diagnostic {
	start := 0
	for i, n := range o.names {
		if n == name {
			start = i
		}
	}
	detail := "They refer to each other:"
	for i := start; i < len(o.names); i++ {
		r := o.path[i]
		detail += fmt.Sprintf("\nlocal.%s needs local.%s (%s:%d)", o.names[i], r.Name, r.Range.Filename, r.Range.Start.Line)
	}
	return diag.At(o.path[start].Range, diag.Cycle, fmt.Sprintf("local.%s depends on itself", name), detail+".", "Break the circle at one of these places.")
}
