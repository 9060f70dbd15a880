package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
)

// values evaluates variables and the locals that depend on no host, and checks what they refer to.
func (b *builder) values(context.Context) error {
	pb := b.in.Playbook
	b.files = &lang.Files{Dir: pb.Dir, WorkDir: b.in.WorkDir}
	if b.in.Sources != nil {
		b.files = b.in.Sources.Files()
	}
	b.functions = lang.Functions(b.files, b.hostFunctions())
	for _, v := range pb.Variables {
		b.names.Vars = append(b.names.Vars, v.Name)
	}
	for _, l := range pb.Locals {
		b.names.Locals = append(b.names.Locals, l.Name)
	}
	b.checkNames(pb)
	vars, ds := lang.Variables(variables(pb.Variables), b.in.Inputs, b.functions)
	b.tell(vars)
	b.plan.vars = vars
	b.add(b.mayBeMissing(ds)...)
	locals, ds := lang.NewLocals(locals(pb.Locals))
	b.add(ds...)
	sound := !b.diags.HasErrors()
	b.plan.globals, ds = lang.NewGlobals(vars, locals, b.functions)
	if sound { // or it would only repeat what was found
		b.add(ds...)
	}
	b.unsound = b.diags.HasErrors()
	b.locals = locals
	b.plan.anyHost = lang.UnknownHost()
	return nil
}

// tell names what is sensitive to whoever shows diagnostics: a module, a path or a pattern may repeat a value that is wrong.
func (b *builder) tell(vars map[string]cty.Value) {
	if b.in.Secret == nil {
		return
	}
	for _, v := range vars {
		_, secrets := bare(v)
		for i := 0; i < len(secrets); i += 2 {
			b.in.Secret(secrets[i])
		}
	}
}

// mayBeMissing leaves out variables without a value where no inventory is given: then the playbook is judged, not a run.
func (b *builder) mayBeMissing(ds diag.Diagnostics) diag.Diagnostics {
	if b.in.Inventory != nil {
		return ds
	}
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Code == diag.MissingVariable })
}

// checkNames checks what variables and locals refer to. That they refer to what they may not is found where they are read.
func (b *builder) checkNames(pb *playbook.Playbook) {
	check := func(in string, names lang.Names, exprs ...hcl.Expression) {
		ds := slices.DeleteFunc(lang.Check(names, exprs...), func(d diag.Diagnostic) bool { return d.Code == diag.BadReference })
		b.add(ds.Within(in)...)
	}
	for _, v := range pb.Variables {
		for _, rule := range v.Validations {
			check(fmt.Sprintf("variable %q", v.Name), lang.Names{Vars: b.names.Vars}, rule.Condition, rule.ErrorMessage)
		}
	}
	names := b.names
	names.Host = true
	for _, l := range pb.Locals {
		check("locals", names, l.Value)
	}
}

func variables(vs []*playbook.Variable) []lang.Variable {
	var out []lang.Variable
	for _, v := range vs {
		lv := lang.Variable{Name: v.Name, Type: v.Type, Default: v.Default, Sensitive: v.Sensitive, Range: v.Range}
		for _, rule := range v.Validations {
			lv.Rules = append(lv.Rules, lang.Rule{Condition: rule.Condition, ErrorMessage: rule.ErrorMessage, Range: rule.Range})
		}
		out = append(out, lv)
	}
	return out
}

func locals(ls []*playbook.Local) []lang.Local {
	var out []lang.Local
	for _, l := range ls {
		out = append(out, lang.Local{Name: l.Name, Value: l.Value, Range: l.Range})
	}
	return out
}
