package plan

import (
	"fmt"
	"maps"
	"slices"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

// mostInstances bounds what one for_each makes on one host.
const mostInstances = 10_000

// instance is a block with one key of its for_each, or without.
type instance struct {
	key   string
	keyed bool
	each  cty.Value
}

// expander makes the instances of one block, once for all hosts where for_each does not look at the host.
type expander struct {
	b     *builder
	block *Block
	found *findings
	every []instance // the same on all hosts
	known bool
}

func (b *builder) expander(block *Block) *expander {
	e := &expander{b: b, block: block, found: b.findings(block.in(), len(b.hostsOf(block)))}
	if block.forEach() == nil {
		e.every, e.known = []instance{{}}, true
	}
	return e
}

// on gives the instances on a host that are chosen.
func (e *expander) on(host int) []instance {
	all := e.every
	if !e.known {
		all = e.evaluate(host)
		if !e.b.exprPerHost(e.block.forEach()) {
			e.every, e.known = all, true
		}
	}
	if e.block.keys == nil {
		return all
	}
	var chosen []instance
	for _, inst := range all {
		if _, ok := e.block.keys[inst.key]; ok {
			chosen = append(chosen, inst)
		}
	}
	return chosen
}

func (e *expander) evaluate(host int) []instance {
	expr := e.block.forEach()
	scope := &lang.Scope{Globals: e.b.plan.globals, Host: e.b.plan.scopes[host]}
	v, ds := scope.Eval(expr)
	if !ds.HasErrors() {
		var insts []instance
		if insts, ds = forEach(v, expr.Range()); !ds.HasErrors() {
			return insts
		}
	}
	if !e.b.exprPerHost(expr) {
		e.found.total = 1
	}
	e.found.add(host, ds...)
	return nil
}

// exprPerHost reports whether an expression can differ between hosts.
func (b *builder) exprPerHost(e hcl.Expression) bool {
	return slices.ContainsFunc(lang.Refs(e), func(r lang.Ref) bool {
		return r.Root == "host" || r.Root == "local" && b.locals.PerHost(r.Name)
	})
}

// forEach takes a map, an object, or a set or list of strings apart. Instances of maps and sets are sorted by key.
func forEach(v cty.Value, at hcl.Range) ([]instance, diag.Diagnostics) {
	bad := func(code, summary, detail, advice string) ([]instance, diag.Diagnostics) {
		return nil, diag.Diagnostics{diag.At(at, code, summary, detail, advice)}
	}
	if lang.IsSensitive(v) && !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return bad(diag.SensitiveKey, "for_each has sensitive keys", "A key is part of an address, and addresses are shown.",
			"Walk something that is not secret, and look the secret up by its key.")
	}
	outer, marks := v.Unmark()
	if _, sensitive := marks[lang.Sensitive]; sensitive {
		return bad(diag.SensitiveKey, "for_each has sensitive keys", "A key is part of an address, and addresses are shown.",
			"Walk something that is not secret, and look the secret up by its key.")
	}
	switch {
	case !outer.IsKnown():
		return bad(diag.NotYetKnown, "for_each is not known before the run", "Instances are made when the run is planned.",
			"Walk a variable, a local or host.data.")
	case outer.IsNull():
		return bad(diag.NullValue, "for_each is null", "It is a map, or a set or list of strings.", "Write for_each = {} for none.")
	case !outer.CanIterateElements():
		return bad(diag.BadForEach, fmt.Sprintf("for_each cannot walk a %s", outer.Type().FriendlyName()), "It is a map, or a set or list of strings.",
			`Write ["a", "b"], or { a = 1, b = 2 }; each.key and each.value are the parts.`)
	case outer.LengthInt() > mostInstances:
		return bad(diag.TooManyInstances, fmt.Sprintf("for_each makes %d instances", outer.LengthInt()), fmt.Sprintf("At most %d are made on one host.", mostInstances),
			"Walk less.")
	}
	return elements(outer, marks, bad)
}

func elements(v cty.Value, marks cty.ValueMarks, bad func(code, summary, detail, advice string) ([]instance, diag.Diagnostics)) ([]instance, diag.Diagnostics) {
	isMap := v.Type().IsMapType() || v.Type().IsObjectType()
	var out []instance
	seen := map[string]bool{}
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if !isMap {
			key, _ = value.Unmark()
		}
		switch {
		case !key.IsKnown():
			return bad(diag.NotYetKnown, "for_each is not known before the run", "Instances are made when the run is planned.", "Walk a variable, a local or host.data.")
		case key.Type() != cty.String || key.IsNull():
			return bad(diag.BadForEach, "for_each walks a list of something else than strings", "Each instance needs a key that is a text.",
				"Write a map: for_each = { for x in LIST : x.name => x }.")
		case seen[key.AsString()]:
			return bad(diag.BadForEach, fmt.Sprintf("for_each has %q twice", key.AsString()), "Each instance needs a key of its own.", "Write toset(LIST) or distinct(LIST).")
		case unprintable(key.AsString()):
			return bad(diag.BadForEach, fmt.Sprintf("%q cannot be a key of for_each", key.AsString()), "A key is part of an address: printable text, at most 200 characters.",
				"Walk a map with names as its keys.")
		}
		seen[key.AsString()] = true
		out = append(out, instance{key: key.AsString(), keyed: true, each: value.WithMarks(marks)})
	}
	return out, nil
}

func unprintable(key string) bool {
	for _, r := range key {
		if !unicode.IsPrint(r) {
			return true
		}
	}
	return key == "" || len(key) > 200
}

// missingTarget reports a --target that names a key which no host has.
func (e *expander) missingTarget() {
	if e.block.keys == nil || len(e.found.list) > 0 {
		return
	}
	var have []string
	for _, host := range e.b.hostsOf(e.block) {
		all := e.every
		if !e.known {
			all = e.evaluate(host)
		}
		for _, inst := range all {
			have = appendOnce(have, inst.key)
		}
		if e.known {
			break
		}
	}
	for _, key := range slices.Sorted(maps.Keys(e.block.keys)) {
		if !slices.Contains(have, key) {
			e.b.add(diag.Diagnostic{Code: diag.UnknownTarget, Summary: fmt.Sprintf("%s has no instance %q", e.block.Addr, key),
				Source: targetSource(e.block.keys[key]), Detail: "Its for_each gives: " + diag.List(have) + ".",
				Advice: diag.DidYouMean(key, have, "Name one of them.")})
		}
	}
}
