package lang

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// examples is each function at work; what is wanted is in JSON.
var examples = map[string]string{
	`abs(-3)`: `3`, `ceil(1.2)`: `2`, `floor(1.8)`: `1`, `log(8, 2)`: `3`, `max(1, 3, 2)`: `3`, `min(1, 3, 2)`: `1`, `parseint("ff", 16)`: `255`, `pow(2, 10)`: `1024`, `signum(-9)`: `-1`,
	`sum([1, 2, 3])`: `6`, `sum([])`: `0`,
	`chomp("a\n")`: `"a"`, `format("%s-%03d", "a", 7)`: `"a-007"`, `formatlist("%s!", ["a", "b"])`: `["a!","b!"]`, `indent(2, "a\nb")`: `"a\n  b"`, `join(",", ["a", "b"])`: `"a,b"`,
	`lower("AbC")`: `"abc"`, `upper("AbC")`: `"ABC"`, `title("ab cd")`: `"Ab Cd"`, `regex("[0-9]+", "ab12c")`: `"12"`, `regexall("[0-9]", "1a2")`: `["1","2"]`,
	`replace("a.b.c", ".", "-")`: `"a-b-c"`, `replace("a1b2", "/[0-9]/", "")`: `"ab"`, `split(",", "a,b")`: `["a","b"]`, `strrev("abc")`: `"cba"`, `substr("hello", 1, 3)`: `"ell"`,
	`trim("xxaxx", "x")`: `"a"`, `trimprefix("v1", "v")`: `"1"`, `trimsuffix("a.pem", ".pem")`: `"a"`, `trimspace(" a ")`: `"a"`,
	`startswith("abc", "ab")`: `true`, `endswith("abc", "ab")`: `false`, `strcontains("abc", "b")`: `true`,
	`alltrue([true, false])`: `false`, `alltrue([])`: `true`, `anytrue([false, true])`: `true`, `anytrue([])`: `false`, `chunklist(["a", "b", "c"], 2)`: `[["a","b"],["c"]]`,
	`coalesce(null, "a")`: `"a"`, `coalescelist([], ["a"])`: `["a"]`, `compact(["a", "", "b"])`: `["a","b"]`, `concat([1], [2])`: `[1,2]`, `contains(["a"], "a")`: `true`,
	`distinct(["a", "a"])`: `["a"]`, `element(["a", "b"], 3)`: `"b"`, `flatten([[1], [2, 3]])`: `[1,2,3]`, `index(["a", "b"], "b")`: `1`, `keys({ b = 1, a = 2 })`: `["a","b"]`,
	`length([1, 2])`: `2`, `length("äö")`: `2`, `length({ a = 1 })`: `1`, `lookup({ a = 1 }, "a", 0)`: `1`, `lookup({ a = 1 }, "b", 0)`: `0`, `lookup(tomap({ a = "x" }), "b", "y")`: `"y"`, `lookup({ a = 1 }, "a")`: `1`,
	`merge({ a = 1 }, { a = 2, b = 3 })`: `{"a":2,"b":3}`, `one([])`: `null`, `one(["a"])`: `"a"`, `range(3)`: `[0,1,2]`, `reverse([1, 2])`: `[2,1]`,
	`setintersection(["a", "b"], ["b"])`: `["b"]`, `setproduct(["a"], ["b", "c"])`: `[["a","b"],["a","c"]]`, `setsubtract(["a", "b"], ["b"])`: `["a"]`, `setunion(["a"], ["b"])`: `["a","b"]`,
	`slice(["a", "b", "c"], 1, 2)`: `["b"]`, `sort(["b", "a"])`: `["a","b"]`, `values({ a = 1, b = 2 })`: `[1,2]`, `zipmap(["a"], [1])`: `{"a":1}`,
	`base64encode("hi")`: `"aGk="`, `base64decode("aGk=")`: `"hi"`, `csvdecode("a,b\n1,2\n")`: `[{"a":"1","b":"2"}]`, `jsondecode("{\"a\":[1]}")`: `{"a":[1]}`, `jsonencode({ a = [1] })`: `"{\"a\":[1]}"`,
	`sha256("")`: `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`, `substr(sha512(""), 0, 8)`: `"cf83e135"`, `urlencode("a b&c")`: `"a+b%26c"`,
	`yamldecode("a:\n- 1\n- b\n")`: `{"a":[1,"b"]}`, `yamlencode({ a = 1 })`: `"\"a\": 1\n"`,
	`cidrhost("10.8.0.0/16", 5)`: `"10.8.0.5"`, `cidrhost("10.8.0.0/16", -1)`: `"10.8.255.255"`, `cidrhost("fd00::/64", 16)`: `"fd00::10"`, `cidrnetmask("10.8.0.0/12")`: `"255.240.0.0"`,
	`cidrsubnet("10.8.0.0/16", 8, 2)`: `"10.8.2.0/24"`, `cidrsubnet("fd00::/48", 16, 162)`: `"fd00:0:0:a2::/64"`, `cidrsubnets("10.1.0.0/16", 4, 4, 8)`: `["10.1.0.0/20","10.1.16.0/20","10.1.32.0/24"]`, `cidrsubnets("10.1.0.0/16", 8, 4)`: `["10.1.0.0/24","10.1.16.0/20"]`,
	`formatdate("YYYY-MM-DD", "2026-06-01T10:00:00Z")`: `"2026-06-01"`, `timeadd("2026-06-01T10:00:00Z", "1h")`: `"2026-06-01T11:00:00Z"`,
	`semver("R23", ">= R22")`: `true`, `semver("R21", ">= 22")`: `false`, `semver("Rel_2023.08_1.411", "> 2023.07")`: `true`, `semver("1.5.2", "~> 1.4, < 2")`: `true`,
	`basename("a/b.pem")`: `"b.pem"`, `dirname("a/b.pem")`: `"a"`,
	`can(1 + "x")`: `false`, `try(1 + "x", 5)`: `5`, `sensitive("x")`: `"(sensitive)"`,
	`tobool("true")`: `true`, `tolist(["a"])`: `["a"]`, `tomap({ a = 1 })`: `{"a":1}`, `tonumber("5")`: `5`, `toset(["a", "a"])`: `["a"]`, `tostring(5)`: `"5"`,
	`file("a.txt")`: `"hello ${name}\n"`, `fileexists("a.txt")`: `true`, `fileexists("b.txt")`: `false`, `templatefile("a.txt", { name = "you" })`: `"hello you\n"`,
	`length(pem_blocks(file("chain.pem")))`: `2`, `keys(pem_by_role(file("chain.pem")))`: `["issuing","root"]`, `x509(pem_blocks(file("chain.pem"))[0]).common_name`: `"Root"`,
	`secret("prompt", "x")`: `"(sensitive)"`, `hosts("xsp")`: `["xsp1","xsp2"]`, `hosts("none")`: `[]`,
}

func functionTable(t testing.TB) map[string]function.Function {
	t.Helper()
	root := issue(t, "Root", true, year(-1), year(90), nil)
	issuing := issue(t, "Issuing", true, year(-1), year(90), &root)
	dir := write(t, "a.txt", "hello ${name}\n", "chain.pem", root.pem+issuing.pem, "loop.txt", "${templatefile(\"loop.txt\", {})}", "bad.txt", "a\n${nosuch}", "deep.txt", strings.Repeat("${[", 60))
	return Functions(&Files{Dir: dir}, map[string]function.Function{"hosts": HostsFunc(func(pattern string) ([]string, error) {
		if pattern == "xsp" {
			return []string{"xsp1", "xsp2"}, nil
		}
		return nil, nil
	})})
}

func TestFunctions(t *testing.T) {
	fns := functionTable(t)
	ctx := &hcl.EvalContext{Functions: fns}
	for src, want := range examples {
		v, ds := Evaluate(expr(t, src), ctx)
		if len(ds) > 0 {
			t.Errorf("%s: %+v", src, ds)
			continue
		}
		got, err := JSON(v)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(want), &b) != nil || !cmp.Equal(a, b) {
			t.Errorf("%s is %s, want %s", src, got, want)
		}
	}
}

func TestEveryFunctionHasAnExample(t *testing.T) {
	shown := strings.Join(slices.Collect(maps.Keys(examples)), " ")
	for name := range functionTable(t) {
		if !regexp.MustCompile(`\b` + name + `\(`).MatchString(shown) {
			t.Errorf("%s has no example", name)
		}
	}
}

// TestFunctionsKeepMarks gives every example's first text argument both marks, and wants both back where a value comes back.
func TestFunctionsKeepMarks(t *testing.T) {
	ctx := &hcl.EvalContext{Functions: functionTable(t), Variables: map[string]cty.Value{
		"text": cty.StringVal("a.b").Mark(Sensitive).Mark(Operator), "list": cty.ListVal([]cty.Value{cty.StringVal("a").Mark(Sensitive).Mark(Operator)}),
		"map": cty.MapVal(map[string]cty.Value{"a": cty.StringVal("x").Mark(Sensitive).Mark(Operator)}),
	}}
	for _, src := range []string{
		`upper(text)`, `format("%s", text)`, `replace(text, ".", "-")`, `split(".", text)`, `base64encode(text)`, `sha256(text)`, `urlencode(text)`, `trimprefix(text, "a")`, `jsonencode([text])`, `yamlencode([text])`,
		`startswith(text, "a")`, `basename(text)`, `dirname(text)`, `length(text)`, `"${text}"`, `join(",", list)`, `one(list)`, `concat(list, ["b"])`, `element(list, 0)`, `lookup(map, "a", "")`, `lookup({}, text, "d")`, `merge(map, {})["a"]`, `coalesce(text, "b")`,
		`try(text, "b")`, `toset(list)`, `index(["a.b"], text)`, `alltrue([text == "a"])`, `sort(list)`, `reverse(list)`, `[for x in list : upper(x)][0]`, `regex("a", text)`, `templatefile("a.txt", { name = text })`, `pem_blocks(text)`, `flatten([list])`, `setproduct(list, ["b"])`, `tostring(text)`, `jsondecode("\"${text}\"")`, `yamldecode(text)`, `semver("1", ">= 1${substr(text, 0, 0)}")`, `csvdecode(text)`, `contains(list, "a")`,
	} {
		v, ds := Evaluate(expr(t, src), ctx)
		if len(ds) > 0 {
			t.Errorf("%s: %+v", src, ds)
			continue
		}
		if !hasMark(v, Sensitive) || !hasMark(v, Operator) {
			t.Errorf("%s loses a mark: %#v", src, v)
		}
	}
	// What stands in a file is not the operator's word, though its name was.
	ctx.Variables["path"] = cty.StringVal("a.txt").Mark(Sensitive)
	if v, ds := Evaluate(expr(t, `file(path)`), ctx); len(ds) > 0 || !hasMark(v, Sensitive) || hasMark(v, Operator) {
		t.Errorf("%v %#v", brief(ds), v)
	}
}

// TestFunctionsOfUnknown: nothing fails because something is not known yet.
func TestFunctionsOfUnknown(t *testing.T) {
	ctx := &hcl.EvalContext{Functions: functionTable(t), Variables: map[string]cty.Value{
		"text": cty.UnknownVal(cty.String), "list": cty.UnknownVal(cty.List(cty.String)), "any": cty.DynamicVal, "map": cty.UnknownVal(cty.Map(cty.String)),
	}}
	for _, src := range []string{
		`upper(text)`, `file(text)`, `fileexists("${text}.pem")`, `templatefile("a.txt", { name = text })`, `pem_blocks(any)`, `pem_by_role(file(text))`, `x509(text).subject`, `secret("file", text)`, `hosts(text)`, `semver(text, ">= 1")`,
		`jsondecode(text)`, `yamldecode(any)`, `lookup(map, "a", "b")`, `lookup({ a = 1 }, text, 2)`, `one(list)`, `one(any)`, `sum(any)`, `alltrue([any, true])`, `index(list, "a")`, `length(any)`, `cidrhost(text, 1)`, `setproduct(list, ["a"])`, `sensitive(any)`, `contains(list, text)`, `replace(text, "a", "b")`,
	} {
		if v, ds := Evaluate(expr(t, src), ctx); len(ds) > 0 || v.IsWhollyKnown() {
			t.Errorf("%s: %v %#v", src, ds, v)
		}
	}
}

func TestFunctionsRefuse(t *testing.T) {
	ctx := &hcl.EvalContext{Functions: functionTable(t)}
	for src, want := range map[string]string{
		`one(["a", "b"])`: "one() needs at most one element", `one({ a = 1 })`: "one() needs a list", `lookup({}, "a")`: "lookup() does not find the key", `lookup({}, "a", 1, 2)`: "lookup() has too many arguments", `lookup("a", "b")`: "lookup() needs a map",
		`index(["a"], "b")`: "index() does not find the value", `length(5)`: "length() cannot measure its argument", `base64decode("%")`: "base64decode() cannot read its argument", `cidrhost("10.0.0.0", 1)`: "not a network", `cidrhost("10.0.0.0/30", 4)`: "the network has no such address",
		`cidrnetmask("fd00::/8")`: "only IPv4 has netmasks", `cidrsubnet("10.0.0.0/30", 3, 0)`: "the prefix cannot be extended so far", `cidrsubnet("10.0.0.0/24", 2, 4)`: "the network has no such subnet", `cidrsubnets("10.0.0.0/24", 1, 1, 1)`: "the subnets do not fit into the network", `cidrsubnets("255.255.255.0/24", 1, 1, 1)`: "the subnets do not fit into the network",
		`semver("x", "> 1")`: "semver() cannot read the version", `semver("1", "about 1")`: "semver() cannot read the constraint", `secret("env", "HOME")`: "secret() does not know that source",
		`jsondecode("` + strings.Repeat("[", 200) + `")`: "jsondecode() cannot read its argument", `yamldecode("` + strings.Repeat("[", 20_000) + `")`: "yamldecode() cannot read its argument", `yamldecode("` + strings.Repeat("- ", 500) + `")`: "yamldecode() cannot read its argument",
		`yamldecode("a: &x [1]\nb: [*x, *x]\n")`: "yamldecode() cannot read its argument", `setproduct(range(1000), range(1000))`: "setproduct() would make too much",
		`templatefile("bad.txt", {})`: "the template cannot be filled in", `templatefile("deep.txt", {})`: "the template cannot be filled in", `templatefile("loop.txt", {})`: "the template cannot be filled in", `templatefile("a.txt", "x")`: "the template cannot be filled in", `templatefile("nosuch", {})`: "cannot read",
		`nosuch(1)`: "unknown function", `uppr("a")`: "unknown function",
	} {
		_, ds := Evaluate(expr(t, src), ctx)
		complete(t, ds)
		if len(ds) != 1 || !strings.HasPrefix(ds[0].Summary, want) {
			t.Errorf("%.60s: got %+v, want %q", src, ds, want)
		}
	}
	_, ds := Evaluate(expr(t, `templatefile("bad.txt", {})`), ctx)
	if len(ds) != 1 || !strings.HasPrefix(ds[0].Detail, "bad.txt:2: ") {
		t.Errorf("the place in the template is lost: %+v", ds)
	}
	if _, ds := Evaluate(expr(t, `uppr("a")`), ctx); ds[0].Advice != `Did you mean "upper"?` {
		t.Errorf("advice %q", ds[0].Advice)
	}
}
