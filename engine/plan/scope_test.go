package plan

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/plugins/sdk"
)

// outputs are results by node.
type outputs struct{ values map[int]cty.Value }

func (o *outputs) Output(node int) (cty.Value, bool) {
	v, ok := o.values[node]
	return v, ok
}

func (o *outputs) Missing(int) bool { return false }

// TestScope: the same expressions give unknown values before the run, and values when what they refer to has ended.
func TestScope(t *testing.T) {
	in := Input{Playbook: source(t, `
play "q" {
  hosts = "xsp"
  task "note" "a" {
    for_each = ["x", "y"]
    text     = each.key
  }
  task "note" "b" {
    text = "${host.name} ${task.a["x"].text} ${task.a["y"].changed}"
  }
}
play "p" {
  hosts = "xsp"
  task "note" "one" {
    text = play.q.task.b["xsp01.muc"].text
  }
  task "note" "own" {
    text = play.q.task.b[host.name].text
  }
  task "note" "all" {
    text = join(",", [for h, v in play.q.task.b : v.text])
  }
  task "note" "keyed" {
    text = play.q.task.a["xsp01.fra"]["y"].text
  }
  check "c" {
    condition     = length(play.q.task.b) == 2
    error_message = "x"
  }
}
output "o" {
  value = [for h, v in play.q.task.b : v.text]
}
`), Inventory: lab(t, 2), Modules: bundled()}
	p, ds := Build(t.Context(), in)
	noErrors(t, ds)
	results := &outputs{values: map[int]cty.Value{}}
	for i, n := range p.Nodes {
		if n.Block != nil && n.Block.Check == nil {
			text := n.Addr.Key + "@" + n.Addr.Host
			results.values[i] = n.Block.Result(sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"text": cty.StringVal(text)})}, true)
		}
	}
	want := map[string]string{
		"xsp01.fra: q.task.b":     "xsp01.fra x@xsp01.fra true",
		"xsp01.fra: p.task.one":   "@xsp01.muc",
		"xsp01.fra: p.task.own":   "@xsp01.fra",
		"xsp01.muc: p.task.own":   "@xsp01.muc",
		"xsp01.muc: p.task.all":   "@xsp01.fra,@xsp01.muc",
		"xsp01.muc: p.task.keyed": "y@xsp01.fra",
	}
	for i, n := range p.Nodes {
		text, ok := want[n.Addr.String()]
		if !ok {
			continue
		}
		if v := decoded(t, p, i, nil); v.IsKnown() {
			t.Errorf("%s: known before the run: %#v", n.Addr, v)
		}
		if v := decoded(t, p, i, results); !v.RawEquals(cty.StringVal(text)) {
			t.Errorf("%s: got %#v, want %q", n.Addr, v, text)
		}
	}
	if v, ds := p.OutputScope(results).Eval(p.Outputs[0].Value); ds.HasErrors() || v.LengthInt() != 2 {
		t.Errorf("output: %#v %v", v, ds)
	}
}

func decoded(t *testing.T, p *Plan, node int, results Results) cty.Value {
	t.Helper()
	b := p.Nodes[node].Block
	scope := p.Scope(node, results)
	ec, ds := scope.Context(b.Refs)
	noErrors(t, ds)
	v, ds := b.Args.Decode(t.Context(), ec, nil)
	noErrors(t, ds)
	return v.GetAttr("text")
}

// TestScopeCheck: a check sees all hosts, and no host of its own.
func TestScopeCheck(t *testing.T) {
	in := Input{Playbook: source(t, `
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  check "c" {
    condition     = length(distinct([for h, v in play.p.task.a : v.text])) == 1
    error_message = "They differ."
  }
}
`), Inventory: lab(t, 2), Modules: bundled()}
	p, ds := Build(t.Context(), in)
	noErrors(t, ds)
	results := &outputs{values: map[int]cty.Value{}}
	for i, n := range p.Nodes {
		if n.Host >= 0 {
			results.values[i] = n.Block.Result(sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"text": cty.StringVal(n.Addr.Host)})}, false)
		}
	}
	for i, n := range p.Nodes {
		if n.Block == nil || n.Block.Check == nil {
			continue
		}
		ec, ds := p.Scope(i, results).Context(n.Block.Refs)
		noErrors(t, ds)
		v, ds := lang.WantBool(n.Block.Check.Rule.Condition, ec)
		if ds.HasErrors() || !v.RawEquals(cty.False) {
			t.Errorf("%#v %v", v, ds)
		}
	}
}

// TestData: a module is given the host.data that it declares, and nothing else.
func TestData(t *testing.T) {
	p, ds := Build(t.Context(), Input{Playbook: source(t, `
play "p" {
  hosts = "all"
  task "client_identity" "a" {
    name = "x"
  }
  task "note" "b" {
  }
}
`), Inventory: lab(t, 2), Modules: bundled()})
	noErrors(t, ds)
	for i, n := range p.Nodes {
		data := p.Data(i)
		switch n.Addr.Name {
		case "a":
			site := n.Addr.Host[len(n.Addr.Host)-3:]
			if v := data.Attr("site"); !v.RawEquals(cty.StringVal(site)) {
				t.Errorf("%s: %#v", n.Addr, v)
			}
		case "b":
			if data.Value != cty.NilVal {
				t.Errorf("%s: %#v", n.Addr, data.Value)
			}
		}
	}
}
