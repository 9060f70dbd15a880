package lang

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// declare reads variable blocks as a playbook has them.
func declare(t testing.TB, src string) []Variable {
	t.Helper()
	var out []Variable
	for _, b := range body(t, src).(*hclsyntax.Body).Blocks {
		v := Variable{Name: b.Labels[0], Range: b.DefRange()}
		for name, a := range b.Body.Attributes {
			switch name {
			case "type":
				v.Type = a.Expr
			case "default":
				v.Default = a.Expr
			case "sensitive":
				v.Sensitive = true
			}
		}
		for _, r := range b.Body.Blocks {
			v.Rules = append(v.Rules, Rule{r.Body.Attributes["condition"].Expr, r.Body.Attributes["error_message"].Expr, r.DefRange()})
		}
		out = append(out, v)
	}
	return out
}

const vars = `variable "name" {
  type    = string
  default = "default"
}
variable "port" {
  type    = number
  default = 22
  validation {
    condition     = var.port > 0 && var.port < 65536
    error_message = "A port is from 1 to 65535, not ${var.port}."
  }
}
variable "tls" {
  type    = object({ on = bool, versions = optional(list(string), ["TLSv1.2"]) })
  default = { on = true }
}
variable "any" {
  default = null
}
variable "pw" {
  type      = string
  default   = "hunter2"
  sensitive = true
}
`

func TestVariableSources(t *testing.T) {
	dir := write(t, "a.hcl", "name = \"a\"\nport = 1\n", "b.hcl", "port = \"2\"\n")
	a, b := filepath.Join(dir, "a.hcl"), filepath.Join(dir, "b.hcl")
	for name, tt := range map[string]struct {
		in         Inputs
		name, port cty.Value
	}{
		"defaults":    {Inputs{}, cty.StringVal("default"), cty.NumberIntVal(22)},
		"file":        {Inputs{Files: []string{a}}, cty.StringVal("a").Mark(Operator), cty.NumberIntVal(1).Mark(Operator)},
		"later file":  {Inputs{Files: []string{a, b}}, cty.StringVal("a").Mark(Operator), cty.NumberIntVal(2).Mark(Operator)},
		"environment": {Inputs{Files: []string{a}, Environ: []string{"MUSTER_VAR_port=3", "MUSTER_VAR_other=x", "HOME=/"}}, cty.StringVal("a").Mark(Operator), cty.NumberIntVal(3).Mark(Operator)},
		"flag":        {Inputs{Files: []string{a}, Environ: []string{"MUSTER_VAR_port=3"}, Vars: map[string]string{"port": "4"}}, cty.StringVal("a").Mark(Operator), cty.NumberIntVal(4).Mark(Operator)},
		"text as is":  {Inputs{Vars: map[string]string{"name": "${x} [1"}}, cty.StringVal("${x} [1").Mark(Operator), cty.NumberIntVal(22)},
	} {
		got, ds := Variables(declare(t, vars), tt.in, nil)
		if len(ds) > 0 || !got["name"].RawEquals(tt.name) || !got["port"].RawEquals(tt.port) {
			t.Errorf("%s: %v %#v %#v", name, brief(ds), got["name"], got["port"])
		}
	}
}

func TestVariableTypes(t *testing.T) {
	got, ds := Variables(declare(t, vars), Inputs{Vars: map[string]string{"tls": "{ on = false }", "any": "[1]"}}, nil)
	want := cty.ObjectVal(map[string]cty.Value{"on": cty.False, "versions": cty.ListVal([]cty.Value{cty.StringVal("TLSv1.2")})})
	if tls, _ := got["tls"].UnmarkDeep(); len(ds) > 0 || !tls.RawEquals(want) {
		t.Errorf("%v %#v", brief(ds), got["tls"])
	}
	if !hasMark(got["tls"], Operator) || !IsSensitive(got["pw"]) || hasMark(got["pw"], Operator) {
		t.Error("marks are wrong")
	}
	if v, _ := got["any"].UnmarkDeep(); !v.Type().IsTupleType() {
		t.Errorf("any is %#v", got["any"])
	}
	got, _ = Variables(declare(t, vars), Inputs{Vars: map[string]string{"any": "no hcl at all"}}, nil)
	if v, _ := got["any"].UnmarkDeep(); v.AsString() != "no hcl at all" {
		t.Errorf("any is %#v", got["any"])
	}
}

func TestVariablesRefuse(t *testing.T) {
	dir := write(t, "x.hcl", "prot = 1\nport = [\n]\n", "block.hcl", "a {\n}\n", "expr.hcl", "port = nosuch\n")
	file := func(name string) Inputs { return Inputs{Files: []string{filepath.Join(dir, name)}} }
	flag := func(kv ...string) Inputs {
		in := Inputs{Vars: map[string]string{}}
		for i := 0; i < len(kv); i += 2 {
			in.Vars[kv[i]] = kv[i+1]
		}
		return in
	}
	for name, tt := range map[string]struct {
		src    string
		in     Inputs
		want   []string
		advice string
	}{
		"undeclared flag":                  {vars, flag("prot", "1"), []string{`E0120  variable "prot" is not declared`}, `Did you mean "port"?`},
		"undeclared in a file, and a type": {vars, file("x.hcl"), []string{`E0120 1,1 variable "prot" is not declared`, `E0122 2,8 the value of variable "port" has the wrong type`}, `Did you mean "port"?`},
		"a block in a file":                {vars, file("block.hcl"), []string{`E0202 1,1 unexpected "a" block`}, ""},
		"a reference in a file":            {vars, file("expr.hcl"), []string{"E0218 1,8 references are not allowed here"}, ""},
		"no file":                          {vars, file("nosuch.hcl"), []string{`E0101  cannot read "` + filepath.Join(dir, "nosuch.hcl") + `"`}, ""},
		"misspelt in the environment":      {vars, Inputs{Environ: []string{"MUSTER_VAR_prot=1", "MUSTER_VAR_other=1"}}, []string{`W0120  variable "prot" is not declared`}, `Did you mean "port"?`},
		"missing":                          {"variable \"a\" {\n}\nvariable \"b\" {\n  type = string\n}\n", Inputs{}, []string{`E0121 1,1 variable "a" has no value`, `E0121 3,1 variable "b" has no value`}, "Give --var 'a=…', a --var-file, or MUSTER_VAR_a in the environment."},
		"wrong type":                       {vars, flag("port", "[]"), []string{`E0122  the value of variable "port" has the wrong type`}, ""},
		"not HCL":                          {vars, flag("port", "twenty two"), []string{`E0122  the value of variable "port" cannot be read`}, "Write for example --var 'port=8012'."},
		"a bomb":                           {vars, flag("tls", strings.Repeat("[", 100_000)), []string{`E0122  the value of variable "tls" cannot be read`}, ""},
		"rule":                             {vars, flag("port", "70000"), []string{`E0123 9,21 variable "port" breaks its rule`}, "Give another value: this one is from the command line, --var port."},
		"bad default":                      {"variable \"a\" {\n  type = number\n  default = \"x\"\n}\n", Inputs{}, []string{`E0122 3,13 the value of variable "a" has the wrong type`}, ""},
		"bad type":                         {"variable \"a\" {\n  type = strng\n  default = 1\n}\n", Inputs{}, []string{`E0205 2,10 invalid type specification`}, ""},
		"rule sees a local": {"variable \"a\" {\n  default = 1\n  validation {\n    condition = local.x == 1\n    error_message = \"\"\n  }\n}\n", Inputs{},
			[]string{"E0303 4,17 a validation may refer only to variables", "E0302 4,17 reference to an unknown name"}, ""},
		"rule of text": {"variable \"a\" {\n  default = 1\n  validation {\n    condition = \"var.a == 1\"\n    error_message = \"\"\n  }\n}\n", Inputs{}, []string{"E0215 4,17 the condition is a string"}, "Remove the quotes: var.a == 1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, ds := Variables(declare(t, tt.src), tt.in, nil)
			complete(t, ds)
			if diff := cmp.Diff(tt.want, brief(ds)); diff != "" {
				t.Error(diff)
			}
			if tt.advice != "" && ds[0].Advice != tt.advice {
				t.Errorf("advice %q, want %q", ds[0].Advice, tt.advice)
			}
			for _, v := range declare(t, tt.src) {
				if got[v.Name] == cty.NilVal {
					t.Errorf("variable %q has no value at all", v.Name)
				}
			}
		})
	}
}

func TestRuleMessage(t *testing.T) {
	_, ds := Variables(declare(t, vars), Inputs{Vars: map[string]string{"port": "70000"}}, nil)
	if len(ds) != 1 || ds[0].Detail != "A port is from 1 to 65535, not 70000." || ds[0].In != `variable "port"` {
		t.Errorf("got %+v", ds)
	}
	secret := "variable \"pw\" {\n  sensitive = true\n  default = \"hunter2\"\n  validation {\n    condition = length(var.pw) > 20\n    error_message = \"${var.pw} is short.\"\n  }\n}\n"
	_, ds = Variables(declare(t, secret), Inputs{}, Functions(&Files{}, nil))
	if len(ds) != 1 || strings.Contains(ds[0].Detail, "hunter2") {
		t.Errorf("got %+v", ds)
	}
}

// TestOperatorPath: a path in a variable reads beside the operator when it was given, and beside the playbook when it is the
// default; the mark survives templates and functions.
func TestOperatorPath(t *testing.T) {
	dir := write(t, "play/a.txt", "playbook's", "work/a.txt", "operator's")
	files := &Files{Dir: filepath.Join(dir, "play"), WorkDir: filepath.Join(dir, "work")}
	fns := Functions(files, nil)
	decl := declare(t, "variable \"dir\" {\n  type = string\n  default = \".\"\n}\n")
	for in, want := range map[string]string{"": "playbook's", ".": "operator's"} {
		inputs := Inputs{}
		if in != "" {
			inputs.Vars = map[string]string{"dir": in}
		}
		vals, _ := Variables(decl, inputs, fns)
		ctx := &hcl.EvalContext{Variables: map[string]cty.Value{"var": cty.ObjectVal(vals)}, Functions: fns}
		v, ds := Evaluate(expr(t, `file(format("%s/%s", "${lower(var.dir)}", join(".", ["a", "txt"])))`), ctx)
		if len(ds) > 0 || v.AsString() != want {
			t.Errorf("%q: %v %#v", in, brief(ds), v)
		}
	}
	_, ds := eval(t, files, `file("../work/a.txt")`)
	if len(ds) != 1 || ds[0].Code != diag.PathEscapes {
		t.Errorf("got %v", brief(ds))
	}
}
