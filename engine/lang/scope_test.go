package lang

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/plugins/sdk"
)

func locals(t testing.TB, src string) (*Locals, diag.Diagnostics) {
	t.Helper()
	attrs, hd := body(t, src).JustAttributes()
	if hd.HasErrors() {
		t.Fatal(hd)
	}
	var out []Local
	for line := range strings.Lines(src) { // in the order of the file
		name, _, _ := strings.Cut(line, " ")
		out = append(out, Local{name, attrs[name].Expr, attrs[name].Range})
	}
	return NewLocals(out)
}

func scope(t testing.TB) *Scope {
	t.Helper()
	ls, ds := locals(t, "b = \"${local.a}!\"\na = upper(var.x)\nsite = try(host.data.site, \"none\")\nwhere = \"${local.site}/${local.b}\"\n")
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	g, ds := NewGlobals(map[string]cty.Value{"x": cty.StringVal("v")}, ls, Functions(&Files{}, nil))
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	outputs := sdk.Schema{Attributes: []sdk.Attribute{{Name: "sum", Type: cty.String}, {Name: "left_out", Type: cty.Number}, {Name: "key", Type: cty.String, Sensitive: true}}}
	result := sdk.Object{Value: cty.ObjectVal(map[string]cty.Value{"sum": cty.StringVal("5"), "key": cty.StringVal("k")})}
	done := TaskValue(outputs, result, true)
	return &Scope{
		Globals: g, Host: NewHost("h1", "10.0.0.1", []string{"xsp", "fra"}, map[string]cty.Value{"site": cty.StringVal("fra")}),
		Each:  &Each{cty.StringVal("root"), cty.StringVal("pem")},
		Tasks: map[string]cty.Value{"done": done, "todo": UnknownTask(outputs), "many": Instances(map[string]cty.Value{"a": done})},
		Plays: map[string]map[string]cty.Value{"p": {"t": ByHost(map[string]cty.Value{"h2": done})}},
	}
}

func TestScope(t *testing.T) {
	s := scope(t)
	for src, want := range map[string]cty.Value{
		`var.x`: cty.StringVal("v"), `local.b`: cty.StringVal("V!"), `local.where`: cty.StringVal("fra/V!"),
		`"${host.name} ${host.address} ${host.groups[1]} ${host.data.site}"`: cty.StringVal("h1 10.0.0.1 fra fra"),
		`"${each.key}=${each.value}"`:                                        cty.StringVal("root=pem"),
		`task.done.sum`:                                                      cty.StringVal("5"), `task.done.changed`: cty.True, `task.done.left_out`: cty.NullVal(cty.Number), `task.done.key`: cty.StringVal("k").Mark(Sensitive),
		`task.todo.sum`: cty.UnknownVal(cty.String), `task.todo.changed`: cty.UnknownVal(cty.Bool), `task.many["a"].sum`: cty.StringVal("5"), `task.many[lower("A")].sum`: cty.StringVal("5"),
		`play.p.task.t["h2"].sum`: cty.StringVal("5"), `[for h, r in play.p.task.t : "${h}=${r.sum}"][0]`: cty.StringVal("h2=5"),
	} {
		if got, ds := s.Eval(expr(t, src)); len(ds) > 0 || !got.RawEquals(want) {
			t.Errorf("%s: %v %#v", src, brief(ds), got)
		}
	}
	other := *s
	other.Host = NewHost("h2", "h2", nil, nil)
	if got, ds := other.Eval(expr(t, "local.where")); len(ds) > 0 || got.AsString() != "none/V!" {
		t.Errorf("a host's local is another host's: %v %#v", brief(ds), got)
	}
	other.Host = UnknownHost()
	if got, ds := other.Eval(expr(t, `"${host.name}-${host.data.anything}"`)); len(ds) > 0 || got.IsKnown() {
		t.Errorf("an unknown host is known: %v %#v", brief(ds), got)
	}
}

func TestLocalsCycle(t *testing.T) {
	_, ds := locals(t, "start = local.a\na = local.b + 1\nb = \"${local.c}\"\nc = local.a\n")
	if len(ds) != 1 || ds[0].Code != diag.Cycle {
		t.Fatalf("got %v", brief(ds))
	}
	want := "They refer to each other:\nlocal.a needs local.b (t.hcl:2)\nlocal.b needs local.c (t.hcl:3)\nlocal.c needs local.a (t.hcl:4)."
	if diff := cmp.Diff(want, ds[0].Detail); diff != "" {
		t.Error(diff)
	}
	if _, ds := locals(t, "a = local.a\n"); len(ds) != 1 || ds[0].Code != diag.Cycle {
		t.Errorf("got %v", brief(ds))
	}
	if _, ds := locals(t, "a = task.x.y\n"); len(ds) != 1 || ds[0].Code != diag.BadReference {
		t.Errorf("got %v", brief(ds))
	}
}

// TestLocalFailsOnHost: a local that cannot be evaluated for a host is told where it is used, with the local's name.
func TestLocalFailsOnHost(t *testing.T) {
	ls, _ := locals(t, "site = host.data.site\n")
	g, _ := NewGlobals(nil, ls, nil)
	s := &Scope{Globals: g, Host: NewHost("h1", "h1", nil, nil)}
	_, ds := s.Eval(expr(t, "local.site"))
	if len(ds) != 1 || ds[0].Code != diag.UnknownAttribute || ds[0].In != `local "site"` {
		t.Errorf("got %+v", ds)
	}
}

func TestEvaluateHidesSecrets(t *testing.T) {
	g, _ := NewGlobals(map[string]cty.Value{"pw": cty.StringVal("hunter2").Mark(Sensitive)}, &Locals{}, Functions(&Files{}, nil))
	s := &Scope{Globals: g}
	for _, src := range []string{`parseint(var.pw, 10)`, `base64decode(var.pw)`, `regex("^x$", var.pw)`, `jsondecode(var.pw)`, `cidrhost(var.pw, 1)`, `lookup({}, var.pw)`, `{}[var.pw]`, `tonumber(var.pw)`, `semver(var.pw, "x")`, `file(var.pw)`, `secret(var.pw, "x")`, `formatdate(var.pw, var.pw)`} {
		_, ds := s.Eval(expr(t, src))
		if !ds.HasErrors() {
			t.Errorf("%s has no error", src)
		}
		complete(t, ds)
		for _, d := range ds {
			if strings.Contains(d.Summary+d.Detail+d.Advice, "hunter2") {
				t.Errorf("%s shows the secret: %+v", src, d)
			}
		}
	}
}

func TestNames(t *testing.T) {
	here := map[string]TaskNames{"one": {Outputs: []string{"sum"}}, "many": {Keyed: true, Outputs: []string{"sum"}}, "odd": {AnyOutput: true}}
	n := Names{Vars: []string{"port"}, Locals: []string{"chain"}, Host: true, Each: true, Tasks: here, Plays: map[string]map[string]TaskNames{"cti": here, "as": {"far": {Outputs: []string{"sum"}}}}}
	for src, want := range map[string]struct{ brief, advice string }{
		`var.prot`:                    {`E0302 1,1 there is no variable "prot"`, "Did you mean var.port?"},
		`var.zzz`:                     {`E0302 1,1 there is no variable "zzz"`, `Declare it: variable "zzz" { … }`},
		`local.chian`:                 {`E0302 1,1 there is no local "chian"`, "Did you mean local.chain?"},
		`local`:                       {`E0303 1,1 local alone means nothing`, "Write local.NAME."},
		`host.nmae`:                   {`E0302 1,1 there is no attribute of host "nmae"`, "Did you mean host.name?"},
		`each.valeu`:                  {`E0302 1,1 there is no attribute of each "valeu"`, "Did you mean each.value?"},
		`task.oen.sum`:                {`E0302 1,1 there is no task "oen"`, "Did you mean task.one?"},
		`task.far.sum`:                {`E0302 1,1 there is no task "far" in this play`, `Play "as" has one: play.as.task.far[HOST].ATTR.`},
		`task.one.smu`:                {`E0307 1,1 task "one" has no output "smu"`, `Did you mean "sum"?`},
		`task.one["k"].sum`:           {`E0303 1,1 task.one has no keys`, "Write task.one.ATTR."},
		`task.many.sum`:               {`E0303 1,1 task.many.sum needs a key`, "Write task.many[KEY].sum."},
		`task.many["k"].smu`:          {`E0307 1,1 task "many" has no output "smu"`, `Did you mean "sum"?`},
		`play.cit.task.one["h"].sum`:  {`E0302 1,1 there is no play "cit"`, `Did you mean "cti"?`},
		`play.cti.one`:                {`E0303 1,1 the reference to another play is incomplete`, "Write play.PLAY.task.NAME[HOST].ATTR."},
		`play.cti.task.one.sum`:       {`E0303 1,1 play.cti.task.one.sum needs a host`, "Write play.cti.task.one[HOST].sum."},
		`play.cti.task.oen["h"].sum`:  {`E0302 1,1 there is no task "oen"`, "Did you mean task.one?"},
		`port`:                        {`E0302 1,1 unknown name "port"`, "Write var.port."},
		`chain`:                       {`E0302 1,1 unknown name "chain"`, "Write local.chain."},
		`item`:                        {`E0302 1,1 unknown name "item"`, "What Ansible calls item is each.value."},
		`inventory_hostname`:          {`E0302 1,1 unknown name "inventory_hostname"`, "What Ansible calls inventory_hostname is host.name."},
		`vra.port`:                    {`E0302 1,1 unknown name "vra"`, "Did you mean var.port?"},
		`hello`:                       {`E0302 1,1 unknown name "hello"`, `Text goes in quotes: "hello". References begin with var, local, host, each, task or play.`},
		`"{{ item }}"`:                {`E0216 1,2 {{ }} has no meaning here`, "Write ${item}. What Ansible calls item is each.value."},
		`"x {{ port | default(1) }}"`: {`E0216 1,2 {{ }} has no meaning here`, "Write ${port}. A variable is var.port."},
		`"R23" >= "R22"`:              {`E0412 1,1 text cannot be compared by size`, `For versions write semver("R23", ">= R22").`},
	} {
		ds := Check(n, expr(t, src))
		complete(t, ds)
		if len(ds) != 1 || brief(ds)[0] != want.brief || ds[0].Advice != want.advice {
			t.Errorf("%s: got %+v", src, ds)
		}
	}
	for _, src := range []string{
		`var.port + 1`, `local.chain["x"]`, `host.data.site`, `task.one.sum`, `task.one.changed`, `task.one`, `task.many["k"].sum`, `task.many[each.key].sum`, `task.odd.anything`,
		`play.cti.task.one["h"].sum`, `play.cti.task.many["h"]["k"].sum`, `play.as.task.far`, `[for x in [1] : x]`, `"{{.Names}} {{json .}}"`, `1 < 2`, `"a" == "b"`,
	} {
		if ds := Check(n, expr(t, src)); len(ds) > 0 {
			t.Errorf("%s: got %v", src, brief(ds))
		}
	}
	bare := Names{Why: "A check block is evaluated once, without a host."}
	for _, src := range []string{`host.name`, `each.key`, `task.x.y`} {
		if ds := Check(bare, expr(t, src)); len(ds) != 1 || ds[0].Code != diag.BadReference || ds[0].Detail != bare.Why {
			t.Errorf("%s: got %+v", src, ds)
		}
	}
}

func TestRefs(t *testing.T) {
	got := Refs(expr(t, `"${var.x} ${task.y["k"].out.deep} ${task.z[each.key].out} ${play.p.task.t["h"].o} ${host.data.site}"`), nil)
	var text []string
	for _, r := range got {
		text = append(text, r.String())
	}
	want := []string{"var.x", `task.y["k"].out`, "task.z", "each.key", `play.p.task.t["h"].o`, "host.data.site"}
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkContext(b *testing.B) {
	s := scope(b)
	refs := Refs(expr(b, `"${local.where} ${host.name} ${each.key} ${task.done.sum}"`))
	for b.Loop() {
		s.Context(refs)
	}
}

// TestConcurrentUse: nodes of one run share globals, hosts, files and compiled bodies. The race detector judges.
func TestConcurrentUse(t *testing.T) {
	files := &Files{Dir: write(t, "a.txt", "x")}
	ls, _ := locals(t, "where = \"${host.name}-${file(\"a.txt\")}\"\n")
	g, _ := NewGlobals(nil, ls, Functions(files, nil))
	host := NewHost("h1", "h1", nil, nil)
	args, ds := Compile("m", body(t, "alias = \"${local.where}${each.key}\"\n"), schema, g.functions)
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			s := &Scope{Globals: g, Host: host, Each: &Each{cty.StringVal(fmt.Sprint(i)), cty.True}}
			ec, _ := s.Context(args.Refs())
			v, ds := args.Decode(context.Background(), ec, nil)
			if want := fmt.Sprintf("h1-x%d", i); len(ds) > 0 || v.GetAttr("alias").AsString() != want {
				t.Errorf("%v %#v", brief(ds), v)
			}
		})
	}
	wg.Wait()
}
