package lang

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/plugins/sdk"
)

// schema has one argument of each sort.
var schema = sdk.Schema{
	Attributes: []sdk.Attribute{
		{Name: "alias", Type: cty.String, Required: true},
		{Name: "port", Type: cty.Number, Default: cty.NumberIntVal(8012)},
		{Name: "on", Type: cty.Bool},
		{Name: "interface", Type: cty.String, OneOf: []string{"cti", "http"}},
		{Name: "ciphers", Type: cty.List(cty.String), OneOf: []string{"A", "B"}},
		{Name: "labels", Type: cty.Map(cty.String)},
		{Name: "token", Type: cty.String, Sensitive: true},
		{Name: "password", Type: cty.String, Source: sdk.FromSecret},
	},
	Blocks: []sdk.Block{
		{Name: "certificate", Schema: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "key_file", Type: cty.String, Source: sdk.FromSecretFile, Required: true}, {Name: "cert_file", Type: cty.String, Source: sdk.FromFile},
		}}},
		{Name: "rule", Repeat: true, Schema: sdk.Schema{Attributes: []sdk.Attribute{{Name: "port", Type: cty.Number, Required: true}}}},
	},
}

// arguments is the struct that a module would decode into.
type arguments struct {
	Alias       string            `cty:"alias"`
	Port        int               `cty:"port"`
	On          *bool             `cty:"on"`
	Interface   *string           `cty:"interface"`
	Ciphers     []string          `cty:"ciphers"`
	Labels      map[string]string `cty:"labels"`
	Token       *string           `cty:"token"`
	Password    *sdk.Handle       `cty:"password"`
	Certificate *certificateArgs  `cty:"certificate"`
	Rule        []ruleArgs        `cty:"rule"`
}

type certificateArgs struct {
	KeyFile  sdk.Handle `cty:"key_file"`
	CertFile *sdk.File  `cty:"cert_file"`
}

type ruleArgs struct {
	Port int `cty:"port"`
}

// testSources hands out handles and remembers what they stand for.
type testSources struct {
	files  *Files
	handed map[string]string
}

func (s *testSources) Files() *Files { return s.files }

func (s *testSources) Handle(_ context.Context, secret *Secret) (sdk.Handle, error) {
	if secret.Kind == SecretPrompt {
		s.handed["prompt"] = secret.Name
		return sdk.Handle{ID: "prompt"}, nil
	}
	b, err := secret.Read()
	if err != nil {
		return sdk.Handle{}, fmt.Errorf("obtain %s: %w", secret, err)
	}
	id := fmt.Sprint(len(s.handed))
	s.handed[id] = string(b)
	return sdk.Handle{ID: id, Name: secret.Name, Size: int64(len(b))}, nil
}

func decodeScope(t testing.TB, dir string) (*Scope, *testSources) {
	t.Helper()
	src := &testSources{files: &Files{Dir: dir, WorkDir: dir}, handed: map[string]string{}}
	vars := map[string]cty.Value{"x": cty.StringVal("X"), "dir": cty.StringVal(dir).Mark(Operator), "nothing": cty.NullVal(cty.DynamicPseudoType), "pw": cty.StringVal("hunter2").Mark(Sensitive)}
	g, ds := NewGlobals(vars, &Locals{}, Functions(src.files, nil))
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	return &Scope{Globals: g, Host: NewHost("h1", "h1", nil, nil), Tasks: map[string]cty.Value{"todo": UnknownTask(sdk.Schema{Attributes: []sdk.Attribute{{Name: "out", Type: cty.String}}})}}, src
}

// decode compiles and decodes a body.
func decode(t testing.TB, s *Scope, src Sources, text string) (cty.Value, diag.Diagnostics) {
	t.Helper()
	a, ds := Compile("cti_interface", body(t, text), schema, s.Globals.functions)
	if ds.HasErrors() {
		return cty.NilVal, ds
	}
	ec, more := s.Context(a.Refs())
	v, last := a.Decode(context.Background(), ec, src)
	return v, append(append(ds, more...), last...)
}

func TestDecode(t *testing.T) {
	dir := write(t, "h1.key", "KEY", "h1.crt", "CERT")
	s, src := decodeScope(t, dir)
	v, ds := decode(t, s, src, `
alias     = "a-${var.x}"
on        = true
interface = "cti"
ciphers   = ["A", upper("b")]
labels    = { k = 5 }
token     = var.pw
password  = secret("prompt", "bwcli")
certificate {
  key_file  = "${var.dir}/${host.name}.key"
  cert_file = "${host.name}.crt"
}
rule {
  port = 1
}
rule {
  port = "2"
}
`)
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	if !IsSensitive(v.GetAttr("token")) || IsSensitive(v.GetAttr("alias")) {
		t.Error("marks are lost or spread")
	}
	bare, _ := v.UnmarkDeep()
	if errs := bare.Type().TestConformance(schema.Type()); len(errs) > 0 {
		t.Fatal(errs)
	}
	var got arguments
	if err := (sdk.Object{Value: bare}).Decode(&got); err != nil {
		t.Fatal(err)
	}
	on, iface, token := true, "cti", "hunter2"
	want := arguments{
		Alias: "a-X", Port: 8012, On: &on, Interface: &iface, Ciphers: []string{"A", "B"}, Labels: map[string]string{"k": "5"}, Token: &token,
		Password:    &sdk.Handle{ID: "prompt"},
		Certificate: &certificateArgs{sdk.Handle{ID: "1", Name: filepath.Join(dir, "h1.key"), Size: 3}, &sdk.File{Path: "h1.crt", Text: "CERT"}},
		Rule:        []ruleArgs{{1}, {2}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if src.handed["1"] != "KEY" || src.handed["prompt"] != "bwcli" {
		t.Errorf("handles stand for %v", src.handed)
	}
}

func TestDecodeLeftOut(t *testing.T) {
	s, src := decodeScope(t, t.TempDir())
	v, ds := decode(t, s, src, "alias = \"a\"\non = var.nothing\nport = var.nothing\npassword = var.nothing\n")
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	var got arguments
	if err := (sdk.Object{Value: v}).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(arguments{Alias: "a", Port: 8012, Rule: []ruleArgs{}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeUnknown(t *testing.T) {
	s, src := decodeScope(t, t.TempDir())
	text := "alias = task.todo.out\ninterface = task.todo.out\nciphers = [\"A\", task.todo.out]\npassword = task.todo.out\ncertificate {\n  key_file = \"${task.todo.out}.key\"\n  cert_file = task.todo.out\n}\n"
	v, ds := decode(t, s, src, text)
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	if errs := v.Type().TestConformance(schema.Type()); len(errs) > 0 {
		t.Error(errs)
	}
	for _, name := range []string{"alias", "interface", "password"} {
		if v.GetAttr(name).IsKnown() {
			t.Errorf("%s is known", name)
		}
	}
	// Without sources, files and secrets are unknown and the rest is judged.
	v, ds = decode(t, s, nil, "alias = \"a\"\npassword = var.pw\ncertificate {\n  key_file = var.dir\n  cert_file = \"nosuch\"\n}\n")
	if len(ds) > 0 || v.GetAttr("certificate").GetAttr("cert_file").IsKnown() {
		t.Errorf("%v %#v", brief(ds), v)
	}
}

func TestDecodeRefuses(t *testing.T) {
	s, src := decodeScope(t, t.TempDir())
	must := "alias = \"a\"\n"
	for name, tt := range map[string]struct{ text, want, detail, advice string }{
		"unknown argument":        {must + "prot = 1\n", `E0203 2,1 unknown argument "prot" for module cti_interface`, "", `Did you mean "port"?` + "\nAll arguments: muster docs cti_interface"},
		"misspelt and so missing": {"alais = \"a\"\n", `E0203 1,1 unknown argument "alais" for module cti_interface`, "", `Did you mean "alias"?  Required and missing: alias.` + "\nAll arguments: muster docs cti_interface"},
		"unknown block":           {must + "certificat {\n}\n", `E0202 2,1 unknown block "certificat" for module cti_interface`, "", `Did you mean "certificate"?` + "\nAll arguments: muster docs cti_interface"},
		"in a block":              {must + "rule {\n  port = 1\n  prt = 2\n}\n", `E0203 4,3 unknown argument "rule.prt" for module cti_interface`, "", `Did you mean "port"?` + "\nAll arguments: muster docs cti_interface"},
		"missing":                 {"port = 1\n", `E0204 1,1 missing argument "alias" for module cti_interface`, "", "All arguments: muster docs cti_interface"},
		"missing in block":        {must + "certificate {\n}\n", `E0204 2,13 missing argument "certificate.key_file" for module cti_interface`, "", ""},
		"block twice":             {must + "certificate {\n  key_file = \"a\"\n}\ncertificate {\n  key_file = \"a\"\n}\n", `E0212 5,1 block "certificate" stands twice`, "", ""},
		"block as argument":       {must + "certificate = {}\n", `E0205 2,1 "certificate" is written as an argument`, "It is a block: write certificate { … } without the equals sign.", ""},
		"argument as block":       {must + "port {\n}\n", `E0205 2,1 "port" is written as a block`, "It is an argument: write port = …", ""},
		"wrong type":              {must + "ciphers = \"A\"\n", `E0205 2,11 wrong type for "ciphers" of cti_interface`, "Expected list(string), got string.", "Write a list: [ … ]."},
		"wrong element":           {must + "ciphers = [\"A\", []]\n", `E0205 2,11 wrong type for "ciphers" of cti_interface`, "Expected list(string), got a list. The part at fault is ciphers[1].", ""},
		"wrong bool":              {must + "on = \"maybe\"\n", `E0205 2,6 wrong type for "on" of cti_interface`, "Expected bool, got string.", "Write true or false, without quotes."},
		"wrong at run":            {must + "ciphers = var.x\n", `E0205 2,11 wrong type for "ciphers" of cti_interface`, "", ""},
		"not allowed":             {must + "interface = \"cit\"\n", `E0206 2,13 "cit" is not allowed for "interface"`, "Allowed are: cti, http.", `Did you mean "cti"?`},
		"not allowed in list":     {must + "ciphers = [\"A\", \"C\"]\n", `E0206 2,11 "C" is not allowed for "ciphers"`, "Allowed are: A, B.", ""},
		"secret not allowed":      {must + "interface = var.pw\n", `E0206 2,13 a sensitive value is not allowed for "interface"`, "Allowed are: cti, http.", ""},
		"null":                    {"alias = var.nothing\n", `E0204 1,9 "alias" has no value`, "", ""},
		"secret for text":         {"alias = secret(\"prompt\", \"x\")\n", `E0205 1,9 wrong type for "alias" of cti_interface`, "Expected string, got a secret, which cannot be read.", ""},
		"secret in text":          {"alias = \"x${secret(\"prompt\", \"x\")}\"\n", `E0205 1,13 a value cannot stand in text`, "", ""},
		"no file":                 {must + "certificate {\n  key_file = \"nosuch\"\n}\n", `E0101 3,14 cannot read "nosuch"`, "", ""},
		"file outside":            {must + "certificate {\n  key_file = secret(\"file\", \"/etc/passwd\")\n}\n", `E0106 3,14 "/etc/passwd" leads out of the playbook's directory`, "", ""},
		"unknown function":        {must + "port = nosuch(1)\n", "E0306 2,8 unknown function", "", ""},
		"argument twice":          {must + "port = min(1, \"x\")\n", "E0402 2,16 a function cannot use its argument", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, ds := decode(t, s, src, tt.text)
			complete(t, ds)
			if len(ds) != 1 || tt.want != "" && brief(ds)[0] != tt.want || tt.detail != "" && ds[0].Detail != tt.detail || tt.advice != "" && ds[0].Advice != tt.advice {
				t.Errorf("got %+v\nbrief %v", ds, brief(ds))
			}
		})
	}
}

// TestCompileKeepsConstants: what refers to nothing is evaluated once, and what has errors is still good for places.
func TestCompileKeepsConstants(t *testing.T) {
	a, ds := Compile("m", body(t, "alias = upper(\"a\")\nport = var.x\n"), schema, Functions(&Files{}, nil))
	if len(ds) > 0 || a.body.attrs[0].folded == cty.NilVal || a.body.attrs[1].folded != cty.NilVal {
		t.Errorf("%v %#v", brief(ds), a.body.attrs[:2])
	}
	a, ds = Compile("m", body(t, "alias = upper(\"a\")\n"), schema, nil)
	if len(ds) > 0 || a.body.attrs[0].folded != cty.NilVal {
		t.Errorf("a call was evaluated without functions: %v", brief(ds))
	}
}

func TestRange(t *testing.T) {
	text := `alias = "a"
ciphers = ["A", "B"]
labels = {
  "k" = "v"
}
certificate {
  key_file = "k"
}
rule {
  port = 1
}
rule {
  port = (2)
}
`
	a, ds := Compile("m", body(t, text), schema, nil)
	if len(ds) > 0 {
		t.Fatal(brief(ds))
	}
	for path, want := range map[string]string{
		"alias": `"a"`, "ciphers": `["A", "B"]`, "ciphers[1]": `"B"`, "ciphers[7]": `["A", "B"]`, "labels.k": `"v"`, `labels["k"]`: `"v"`, "certificate.key_file": `"k"`,
		"rule[1].port": "(2)", "rule.port": "1", "alias.x.y": `"a"`,
	} {
		r := a.Range(path)
		if got := string(r.SliceBytes([]byte(text))); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	for path, line := range map[string]int{"": 1, "nosuch": 1, "certificate": 6, "certificate.cert_file": 6, "rule[1]": 12, "on": 1} {
		if r := a.Range(path); r.Start.Line != line {
			t.Errorf("%q is at line %d, want %d", path, r.Start.Line, line)
		}
	}
}

func TestDecodeData(t *testing.T) {
	inside := &Files{Dir: write(t, "pw", "x"), WorkDir: t.TempDir()}
	src := &testSources{files: inside, handed: map[string]string{}}
	pw, _ := eval(t, inside, `secret("file", "pw")`)
	attrs := []sdk.Attribute{
		{Name: "site", Type: cty.String}, {Name: "http_port", Type: cty.Number, Default: cty.NumberIntVal(443)}, {Name: "bwcli_password", Type: cty.String, Source: sdk.FromSecret},
	}
	data := map[string]cty.Value{"site": cty.StringVal("fra"), "bwcli_password": pw, "not_declared": cty.True}
	v, ds := DecodeData(context.Background(), "m", attrs, data, nil, src)
	if len(ds) > 0 || v.Type().HasAttribute("not_declared") || src.handed["0"] != "x" {
		t.Errorf("%v %#v %v", brief(ds), v, src.handed)
	}
	bare, _ := v.UnmarkDeep()
	if errs := bare.Type().TestConformance(sdk.Schema{Attributes: attrs}.Type()); len(errs) > 0 {
		t.Error(errs)
	}
	data["http_port"] = cty.StringVal("x")
	rng := hcl.Range{Filename: "inv.hcl", Start: hcl.Pos{Line: 7, Column: 3}}
	_, ds = DecodeData(context.Background(), "m", attrs, data, map[string]hcl.Range{"http_port": rng}, src)
	if len(ds) != 1 || ds[0].Code != diag.WrongType || ds[0].Subject.Start.Line != 7 {
		t.Errorf("got %+v", ds)
	}
	_, ds = DecodeData(context.Background(), "m", []sdk.Attribute{{Name: "zone", Type: cty.String, Required: true, Doc: "The zone."}}, nil, nil, src)
	complete(t, ds)
	if len(ds) != 1 || ds[0].Code != diag.MissingHostData {
		t.Errorf("got %+v", ds)
	}
}

// TestSecretIsNeverShown: no verb, no function and no output shows what a secret holds or where its text is.
func TestSecretIsNeverShown(t *testing.T) {
	s := &Secret{Kind: SecretText, Name: "password", text: "hunter2"}
	v := cty.CapsuleVal(secretType, s)
	text := fmt.Sprintf("%v %+v %#v %s %#v", s, s, s, s, v)
	js, err := JSON(cty.ObjectVal(map[string]cty.Value{"a": v, "b": cty.StringVal("hunter2").Mark(Sensitive)}))
	if err != nil {
		t.Fatal(err)
	}
	if text += string(js); strings.Contains(text, "hunter2") {
		t.Error(text)
	}
	files := &Files{Dir: t.TempDir()}
	for _, src := range []string{`"x${%s}"`, `tostring(%s)`, `jsonencode(%s)`, `yamlencode(%s)`, `format("%%v", %s)`, `sha256(%s)`, `base64encode(%s)`, `keys(%s)`, `%s.text`, `%s[0]`, `file(%s)`, `join("", [%s])`} {
		if v, ds := eval(t, files, fmt.Sprintf(src, `secret("prompt", "x")`)); !ds.HasErrors() {
			t.Errorf("%s is %#v", src, v)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	s, src := decodeScope(b, b.TempDir())
	a, ds := Compile("m", body(b, "alias = \"webex${host.name}2023\"\nport = 8012\nciphers = [\"A\", \"B\"]\ntoken = var.x\nrule {\n  port = 1\n}\n"), schema, s.Globals.functions)
	if ds.HasErrors() {
		b.Fatal(brief(ds))
	}
	b.ReportAllocs()
	for b.Loop() {
		ec, _ := s.Context(a.Refs())
		if _, ds := a.Decode(context.Background(), ec, src); len(ds) > 0 {
			b.Fatal(brief(ds))
		}
	}
}
