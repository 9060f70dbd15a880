package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/plugins/sdk"
)

// Args is the body of a task or health block, checked against its module's schema once and decoded for every node. Safe for
// concurrent use.
type Args struct {
	module string
	body   argBody
	refs   []Ref
}

// argBody is one body taken apart.
type argBody struct {
	schema  sdk.Schema
	attrs   []argAttr // in the order of the schema
	blocks  []argBlock
	missing hcl.Range
}

type argAttr struct {
	sdk.Attribute
	hcl    *hcl.Attribute // nil: left out
	folded cty.Value      // the received value, where it is a constant; NilVal otherwise
}

type argBlock struct {
	sdk.Block
	ty     cty.Type // of one block's value
	bodies []argBody
}

// Compile checks everything that needs no values: argument and block names, what is required, how often blocks stand, and
// constants against types and allowed values. The functions are those of the run; with nil, calls are left for Decode.
// What is returned with errors is still good for Refs and Range.
func Compile(module string, body hcl.Body, schema sdk.Schema, functions map[string]function.Function) (*Args, diag.Diagnostics) {
	c := compiler{module: module, functions: functions}
	a := &Args{module: module, body: c.body(body, schema, "")}
	a.refs = a.body.refs(nil)
	return a, c.diags
}

// Refs lists the references of all expressions of the body.
func (a *Args) Refs() []Ref { return a.refs }

func (b *argBody) refs(out []Ref) []Ref {
	for _, at := range b.attrs {
		if at.hcl != nil {
			out = append(out, Refs(at.hcl.Expr)...)
		}
	}
	for _, bl := range b.blocks {
		for i := range bl.bodies {
			out = bl.bodies[i].refs(out)
		}
	}
	return out
}

type compiler struct {
	module    string
	functions map[string]function.Function
	diags     diag.Diagnostics
}

func (c *compiler) body(body hcl.Body, schema sdk.Schema, prefix string) argBody {
	content, leftover, hd := body.PartialContent(hclSchema(schema))
	c.diags = append(c.diags, diag.FromHCL(hd)...)
	out := argBody{schema: schema, missing: body.MissingItemRange()}
	var absent []string
	for _, a := range schema.Attributes {
		at := argAttr{Attribute: a, hcl: content.Attributes[a.Name]}
		if at.hcl == nil && a.Required {
			absent = append(absent, a.Name)
		}
		out.attrs = append(out.attrs, at)
	}
	for _, b := range schema.Blocks {
		out.blocks = append(out.blocks, c.blocks(b, content.Blocks.OfType(b.Name), out.missing, prefix))
	}
	known := len(c.diags)
	c.extra(leftover, schema, prefix, absent)
	if len(absent) > 0 && known == len(c.diags) {
		c.reportMissing(absent, out.missing, prefix)
	}
	for i := range out.attrs {
		c.constant(&out.attrs[i])
	}
	return out
}

func (c *compiler) blocks(b sdk.Block, found hcl.Blocks, missing hcl.Range, prefix string) argBlock {
	out := argBlock{Block: b, ty: b.Schema.Type().WithoutOptionalAttributesDeep()}
	if len(found) == 0 && b.Required {
		c.diags = append(c.diags, diag.At(missing, diag.MissingBlock, fmt.Sprintf("module %s needs a block %q", c.module, prefix+b.Name), b.Doc, fmt.Sprintf("Add %s { … }.", b.Name)))
	}
	if len(found) > 1 && !b.Repeat {
		c.diags = append(c.diags, diag.At(found[1].DefRange, diag.TooManyBlocks, fmt.Sprintf("block %q stands twice", prefix+b.Name),
			fmt.Sprintf("The first is at line %d; module %s takes one.", found[0].DefRange.Start.Line, c.module), "Remove one of the two."))
		found = found[:1]
	}
	for _, f := range found {
		out.bodies = append(out.bodies, c.body(f.Body, b.Schema, prefix+b.Name+"."))
	}
	return out
}

// extra reports what the schema does not know. A missing argument is told with it, because it is most likely the one meant.
func (c *compiler) extra(rest hcl.Body, schema sdk.Schema, prefix string, absent []string) {
	var names []string
	for _, a := range schema.Attributes {
		names = append(names, a.Name)
	}
	for _, b := range schema.Blocks {
		names = append(names, b.Name)
	}
	for _, item := range leftovers(rest) {
		what := "argument"
		code := diag.UnknownArgument
		if item.block {
			what, code = "block", diag.UnknownBlock
		}
		detail := fmt.Sprintf("Not among the arguments of %s.", c.module)
		switch {
		case !item.block && isBlock(schema, item.name):
			code, detail = diag.WrongType, fmt.Sprintf("It is a block: write %s { … } without the equals sign.", item.name)
		case item.block && isAttribute(schema, item.name):
			code, detail = diag.WrongType, fmt.Sprintf("It is an argument: write %s = …", item.name)
		}
		advice := []string{diag.DidYouMean(item.name, names, takes(names))}
		if len(absent) > 0 {
			advice = append(advice, "Required and missing: "+strings.Join(absent, ", ")+".")
		}
		summary := fmt.Sprintf("unknown %s %q for module %s", what, prefix+item.name, c.module)
		if code == diag.WrongType {
			summary = fmt.Sprintf("%q is written as %s", prefix+item.name, map[bool]string{false: "an argument", true: "a block"}[item.block])
		}
		c.diags = append(c.diags, diag.At(item.rng, code, summary, detail, strings.Join(advice, "  ")+"\nAll arguments: muster docs "+c.module))
	}
}

func (c *compiler) reportMissing(absent []string, rng hcl.Range, prefix string) {
	for i, n := range absent {
		absent[i] = fmt.Sprintf("%q", prefix+n)
	}
	noun := "argument"
	if len(absent) > 1 {
		noun = "arguments"
	}
	c.diags = append(c.diags, diag.At(rng, diag.MissingArgument, fmt.Sprintf("missing %s %s for module %s", noun, strings.Join(absent, ", "), c.module),
		"The module cannot work without.", "All arguments: muster docs "+c.module))
}

func isBlock(s sdk.Schema, name string) bool {
	return slices.ContainsFunc(s.Blocks, func(b sdk.Block) bool { return b.Name == name })
}

func isAttribute(s sdk.Schema, name string) bool {
	return slices.ContainsFunc(s.Attributes, func(a sdk.Attribute) bool { return a.Name == name })
}

func hclSchema(s sdk.Schema) *hcl.BodySchema {
	out := &hcl.BodySchema{}
	for _, a := range s.Attributes {
		out.Attributes = append(out.Attributes, hcl.AttributeSchema{Name: a.Name})
	}
	for _, b := range s.Blocks {
		out.Blocks = append(out.Blocks, hcl.BlockHeaderSchema{Type: b.Name})
	}
	return out
}

func takes(names []string) string {
	if len(names) == 0 {
		return "It takes no arguments."
	}
	return "It takes: " + diag.List(names) + "."
}
