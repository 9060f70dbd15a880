package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
)

// EnvPrefix begins the environment variables that give values.
const EnvPrefix = "MUSTER_VAR_"

// Inputs is where values of variables come from; a later one wins: files in their order, the environment, Vars.
type Inputs struct {
	Files   []string          // --var-file: HCL files of NAME = VALUE
	Environ []string          // as os.Environ gives it; only MUSTER_VAR_NAME is looked at
	Vars    map[string]string // --var: the text itself for a string variable, else HCL
}

// given is one value with where it came from.
type given struct {
	value  cty.Value
	rng    *hcl.Range // in a file
	source string     // otherwise: `command line, --var port`
}

func (g *given) place(d *diag.Diagnostic) { d.Subject, d.Source = g.rng, g.source }

// from says in a sentence where the value came from.
func (g *given) from() string {
	switch {
	case g == nil:
		return "the default"
	case g.rng != nil:
		return fmt.Sprintf("set at %s:%d", g.rng.Filename, g.rng.Start.Line)
	}
	return "from the " + g.source
}

// collect reads all sources. A value for a name that is not declared is an error, except in the environment, which other
// playbooks share: there it is a warning, when the name looks like a misspelling.
func (in Inputs) collect(vars []typed) (map[string]*given, diag.Diagnostics) {
	c := collector{byName: map[string]typed{}, names: names(vars), out: map[string]*given{}}
	for _, v := range vars {
		c.byName[v.Name] = v
	}
	for _, f := range in.Files {
		c.file(f)
	}
	for _, kv := range in.Environ {
		name, text, ok := strings.Cut(kv, "=")
		if name, found := strings.CutPrefix(name, EnvPrefix); ok && found {
			c.text(name, text, "environment, "+EnvPrefix+name, false)
		}
	}
	keys := make([]string, 0, len(in.Vars))
	for k := range in.Vars {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		c.text(k, in.Vars[k], fmt.Sprintf("command line, --var %s", k), true)
	}
	return c.out, c.diags
}

type collector struct {
	byName map[string]typed
	names  []string
	out    map[string]*given
	diags  diag.Diagnostics
}

func (c *collector) undeclared(name string) diag.Diagnostic {
	otherwise := "The playbook declares no variables."
	if len(c.names) > 0 {
		otherwise = "Declared are: " + diag.List(c.names) + "."
	}
	return diag.Diagnostic{
		Code: diag.UnknownVariable, Summary: fmt.Sprintf("variable %q is not declared", name),
		Detail: "A value was given for a variable that the playbook does not have.", Advice: diag.DidYouMean(name, c.names, otherwise),
	}
}

func (c *collector) file(path string) {
	file, ds := ParseFile(path)
	c.diags = append(c.diags, ds...)
	if file == nil {
		return
	}
	attrs, hd := file.Body.JustAttributes()
	c.diags = append(c.diags, diag.FromHCL(hd)...)
	for name, a := range attrs {
		if _, ok := c.byName[name]; !ok {
			d := c.undeclared(name)
			d.Subject = &a.NameRange
			c.diags = append(c.diags, d)
			continue
		}
		v, ds := Evaluate(a.Expr, nil)
		c.diags = append(c.diags, ds...)
		if !ds.HasErrors() {
			r := a.Expr.Range()
			c.out[name] = &given{value: v, rng: &r}
		}
	}
}

// text takes a value that was given as text: as it is for a string variable, else parsed as HCL. For a variable of any type,
// what is no HCL is the text itself.
func (c *collector) text(name, text, source string, strict bool) {
	v, ok := c.byName[name]
	if !ok {
		d := c.undeclared(name)
		d.Source, d.Mark = source, &diag.Mark{From: len(source) - len(name), To: len(source)}
		if !strict {
			d.Severity, d.Code = diag.Warning, diag.StrayVariable
		}
		if strict || diag.Nearest(name, c.names) != "" {
			c.diags = append(c.diags, d)
		}
		return
	}
	if v.ty == cty.String {
		c.out[name] = &given{value: cty.StringVal(text), source: source}
		return
	}
	val, ds := parseValue(text, source)
	if ds.HasErrors() {
		if v.ty == cty.DynamicPseudoType {
			c.out[name] = &given{value: cty.StringVal(text), source: source}
			return
		}
		c.diags = append(c.diags, diag.Diagnostic{
			Code: diag.BadVariable, Summary: fmt.Sprintf("the value of variable %q cannot be read", name), Source: source,
			Detail: fmt.Sprintf("A variable of type %s takes an HCL value: %s.", typeName(v.ty), ds[0].Summary),
			Advice: fmt.Sprintf("Write for example --var '%s=%s'.", name, example(v.ty)),
		})
		return
	}
	c.out[name] = &given{value: val, source: source}
}

func parseValue(text, source string) (cty.Value, diag.Diagnostics) {
	src := []byte(text)
	if d, bad := checkText(source, src); bad {
		return cty.DynamicVal, diag.Diagnostics{d}
	}
	if d, bad := checkDepth(source, src); bad {
		return cty.DynamicVal, diag.Diagnostics{d}
	}
	expr, hd := hclsyntax.ParseExpression(src, source, hcl.InitialPos)
	if hd.HasErrors() {
		return cty.DynamicVal, diag.FromHCL(hd)
	}
	return Evaluate(expr, nil)
}

func example(ty cty.Type) string {
	switch {
	case ty == cty.Number:
		return "8012"
	case ty == cty.Bool:
		return "true"
	case ty.IsListType(), ty.IsSetType(), ty.IsTupleType():
		return `["a", "b"]`
	case ty.IsMapType(), ty.IsObjectType():
		return `{ key = "value" }`
	}
	return "..."
}
