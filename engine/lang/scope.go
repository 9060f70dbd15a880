package lang

import (
	"fmt"
	"maps"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/diag"
)

// Globals is what all nodes of a run share: variables, the locals that depend on no host, functions. Safe for concurrent use.
type Globals struct {
	vars      cty.Value
	locals    *Locals
	static    map[string]cty.Value // locals without host
	localObj  cty.Value            // static, when no local depends on a host
	functions map[string]function.Function
}

// NewGlobals evaluates the locals that depend on no host; nil locals are none. vars may hold unknown values; functions come
// from Functions.
func NewGlobals(vars map[string]cty.Value, locals *Locals, functions map[string]function.Function) (*Globals, diag.Diagnostics) {
	if locals == nil {
		locals = &Locals{}
	}
	g := &Globals{vars: cty.ObjectVal(vars), locals: locals, static: map[string]cty.Value{}, functions: functions}
	var ds diag.Diagnostics
	for _, l := range locals.order {
		if locals.perHost[l.Name] {
			continue
		}
		v, more := Evaluate(l.Value, g.context(g.static))
		g.static[l.Name] = v
		ds = append(ds, more.Within(fmt.Sprintf("local %q", l.Name))...)
	}
	g.localObj = cty.ObjectVal(g.static)
	return g, ds
}

func (g *Globals) context(locals map[string]cty.Value) *hcl.EvalContext {
	return &hcl.EvalContext{
		Variables: map[string]cty.Value{"var": g.vars, "local": cty.ObjectVal(locals)},
		Functions: g.functions,
	}
}

// Host is what `host` refers to, with the locals that depend on it. Make one per host and keep it: it evaluates its locals
// once, when first asked. Safe for concurrent use.
type Host struct {
	value cty.Value

	once   sync.Once
	locals cty.Value
	diags  diag.Diagnostics
}

// NewHost is the scope of a host as the inventory knows it.
func NewHost(name, address string, groups []string, data map[string]cty.Value) *Host {
	list := cty.ListValEmpty(cty.String)
	if len(groups) > 0 {
		vals := make([]cty.Value, len(groups))
		for i, g := range groups {
			vals[i] = cty.StringVal(g)
		}
		list = cty.ListVal(vals)
	}
	return &Host{value: cty.ObjectVal(map[string]cty.Value{
		"name": cty.StringVal(name), "address": cty.StringVal(address), "groups": list, "data": cty.ObjectVal(data),
	})}
}

// UnknownHost stands for any host, where a playbook is checked without an inventory.
func UnknownHost() *Host {
	return &Host{value: cty.ObjectVal(map[string]cty.Value{
		"name": cty.UnknownVal(cty.String), "address": cty.UnknownVal(cty.String), "groups": cty.UnknownVal(cty.List(cty.String)), "data": cty.DynamicVal,
	})}
}

func (h *Host) localValues(g *Globals) (cty.Value, diag.Diagnostics) {
	if len(g.locals.perHost) == 0 {
		return g.localObj, nil
	}
	h.once.Do(func() {
		all := maps.Clone(g.static)
		for _, l := range g.locals.order {
			if !g.locals.perHost[l.Name] {
				continue
			}
			ctx := g.context(all)
			ctx.Variables["host"] = h.value
			v, ds := Evaluate(l.Value, ctx)
			all[l.Name] = v
			h.diags = append(h.diags, ds.Within(fmt.Sprintf("local %q", l.Name))...)
		}
		h.locals = cty.ObjectVal(all)
	})
	return h.locals, h.diags
}

// Each is what `each` refers to in an instance of a task with for_each.
type Each struct{ Key, Value cty.Value }

// Scope is what one node's expressions may refer to. Making one costs nothing; parts that a body does not refer to are not
// built. A nil Host or Each means that there is none here.
type Scope struct {
	Globals *Globals
	Host    *Host
	Each    *Each
	// Tasks holds the results of the play's tasks on this host, as TaskValue, UnknownTask or Instances give them.
	Tasks map[string]cty.Value
	// Plays holds, by play and task, an object with one such value per host: ByHost.
	Plays map[string]map[string]cty.Value
}

// Context builds what expressions with these references need; refs come from Refs or Args.Refs. The diagnostics are those of
// locals that could not be evaluated for this host.
func (s *Scope) Context(refs []Ref) (*hcl.EvalContext, diag.Diagnostics) {
	g := s.Globals
	vars := map[string]cty.Value{}
	var ds diag.Diagnostics
	tasks, plays := map[string]cty.Value{}, map[string]map[string]cty.Value{}
	for _, r := range refs {
		switch r.Root {
		case "var":
			vars["var"] = g.vars
		case "local":
			if _, done := vars["local"]; !done {
				vars["local"], ds = s.locals()
			}
		case "host":
			if s.Host != nil {
				vars["host"] = s.Host.value
			}
		case "each":
			if s.Each != nil {
				vars["each"] = cty.ObjectVal(map[string]cty.Value{"key": s.Each.Key, "value": s.Each.Value})
			}
		case "task":
			pick(tasks, s.Tasks, r.Name)
		case "play":
			if plays[r.Play] == nil {
				plays[r.Play] = map[string]cty.Value{}
			}
			pick(plays[r.Play], s.Plays[r.Play], r.Name)
		}
	}
	if len(tasks) > 0 {
		vars["task"] = cty.ObjectVal(tasks)
	}
	if len(plays) > 0 {
		vars["play"] = playValue(plays)
	}
	return &hcl.EvalContext{Variables: vars, Functions: g.functions}, ds
}

func (s *Scope) locals() (cty.Value, diag.Diagnostics) {
	if s.Host == nil {
		return s.Globals.localObj, nil
	}
	return s.Host.localValues(s.Globals)
}

// Eval evaluates one expression in the scope.
func (s *Scope) Eval(expr hcl.Expression) (cty.Value, diag.Diagnostics) {
	ctx, ds := s.Context(Refs(expr))
	if ds.HasErrors() {
		return cty.DynamicVal, ds
	}
	v, more := Evaluate(expr, ctx)
	return v, append(ds, more...)
}

func pick(to, from map[string]cty.Value, name string) {
	if v, ok := from[name]; ok {
		to[name] = v
	}
}

func playValue(plays map[string]map[string]cty.Value) cty.Value {
	out := map[string]cty.Value{}
	for name, tasks := range plays {
		out[name] = cty.ObjectVal(map[string]cty.Value{"task": cty.ObjectVal(tasks)})
	}
	return cty.ObjectVal(out)
}
