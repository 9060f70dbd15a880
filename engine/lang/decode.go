package lang

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/plugins/sdk"
)

// Sources turns what a playbook names into what a module receives.
type Sources interface {
	// Files reads the files of the playbook.
	Files() *Files
	// Handle obtains the secret and gives a handle to it. It may ask the operator.
	Handle(ctx context.Context, s *Secret) (sdk.Handle, error)
}

// Decode evaluates the body to a value of the schema's Type: defaults filled in, null for what is left out, files read, secrets
// as handles. Unknown parts stay unknown and marks stay on; the caller unmarks. A nil src leaves files and secrets unknown.
func (a *Args) Decode(ctx context.Context, ec *hcl.EvalContext, src Sources) (cty.Value, diag.Diagnostics) {
	d := decoder{ctx: ctx, ec: ec, src: src, module: a.module}
	v := d.body(&a.body, "")
	if d.diags.HasErrors() {
		return cty.UnknownVal(a.body.schema.Type().WithoutOptionalAttributesDeep()), d.diags
	}
	return v, d.diags
}

// DecodeData picks from a host's data what a module declares, converted and received as arguments are. ranges says where each value
// was written, for messages.
func DecodeData(ctx context.Context, module string, attrs []sdk.Attribute, data map[string]cty.Value, ranges map[string]hcl.Range, src Sources) (cty.Value, diag.Diagnostics) {
	d := decoder{ctx: ctx, src: src, module: module, hostData: true}
	out := map[string]cty.Value{}
	for _, a := range attrs {
		v, given := data[a.Name]
		if !given {
			v = cty.NullVal(a.Type)
		}
		out[a.Name] = d.received(a, v, place{name: "host.data." + a.Name, rng: ranges[a.Name]})
	}
	return cty.ObjectVal(out), d.diags
}

type decoder struct {
	ctx      context.Context
	ec       *hcl.EvalContext
	src      Sources
	module   string
	hostData bool // not arguments, but what the inventory says of a host
	diags    diag.Diagnostics
}

// place is what a value is called and where it stands.
type place struct {
	name string
	rng  hcl.Range
}

func (d *decoder) body(b *argBody, prefix string) cty.Value {
	out := make(map[string]cty.Value, len(b.attrs)+len(b.blocks))
	for i := range b.attrs {
		out[b.attrs[i].Name] = d.attr(&b.attrs[i], b.missing, prefix)
	}
	for i := range b.blocks {
		out[b.blocks[i].Name] = d.block(&b.blocks[i], prefix)
	}
	return cty.ObjectVal(out)
}

func (d *decoder) block(b *argBlock, prefix string) cty.Value {
	var vals []cty.Value
	for i := range b.bodies {
		vals = append(vals, d.body(&b.bodies[i], prefix+b.Name+"."))
	}
	switch {
	case b.Repeat && len(vals) == 0:
		return cty.ListValEmpty(b.ty)
	case b.Repeat && !cty.CanListVal(vals):
		d.diags = append(d.diags, diag.At(b.bodies[0].missing, diag.WrongType, fmt.Sprintf("blocks %q differ in type", prefix+b.Name),
			"All blocks of one name have to have values of the same types.", "Make the values alike."))
		return cty.UnknownVal(cty.List(b.ty))
	case b.Repeat:
		return cty.ListVal(vals)
	case len(vals) == 0:
		return cty.NullVal(b.ty)
	}
	return vals[0]
}

func (d *decoder) attr(at *argAttr, missing hcl.Range, prefix string) cty.Value {
	if at.folded != cty.NilVal {
		return at.folded
	}
	if at.hcl == nil {
		return d.received(at.Attribute, cty.NullVal(at.Type), place{prefix + at.Name, missing})
	}
	v, ds := Evaluate(at.hcl.Expr, d.ec)
	d.diags = append(d.diags, ds...)
	return d.received(at.Attribute, v, place{prefix + at.Name, at.hcl.Expr.Range()})
}

// received checks a value and makes it what the module receives.
func (d *decoder) received(a sdk.Attribute, v cty.Value, at place) cty.Value {
	if bare, _ := v.Unmark(); bare.IsKnown() && bare.IsNull() {
		if a.Default == cty.NilVal {
			return d.null(a, at)
		}
		v = a.Default
	}
	var out cty.Value
	switch a.Source {
	case sdk.FromFile:
		out = d.file(a, v, at)
	case sdk.FromSecretFile, sdk.FromSecret:
		out = d.secret(a, v, at)
	default:
		out = d.plain(a, v, at)
	}
	if a.Sensitive && !out.Type().Equals(sdk.HandleType) { // a handle shows public facts only
		out = out.Mark(Sensitive)
	}
	return out
}

func (d *decoder) null(a sdk.Attribute, at place) cty.Value {
	if a.Required && d.hostData {
		d.diags = append(d.diags, diag.Diagnostic{Code: diag.MissingHostData, Summary: fmt.Sprintf("the host has no data %q", a.Name),
			Detail: fmt.Sprintf("Module %s needs it: %s", d.module, a.Doc), Advice: fmt.Sprintf("Set it in the inventory: data = { %s = … }.", a.Name)})
	} else if a.Required {
		d.diags = append(d.diags, diag.At(at.rng, diag.MissingArgument, fmt.Sprintf("%q has no value", at.name),
			fmt.Sprintf("The value is null, and %s cannot work without.", d.module), fmt.Sprintf("Give it a value. All arguments: muster docs %s", d.module)))
	}
	return cty.NullVal(a.ReceivedType().WithoutOptionalAttributesDeep())
}
