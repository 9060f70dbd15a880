package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/plugins/sdk"
)

// evaluate evaluates what is known before the run, once for all nodes that it is the same for, and has the modules judge
// it.
func (b *builder) evaluate(ctx context.Context) error {
	b.before = b.diags
	b.decodeData(ctx)
	for _, block := range b.plan.Blocks {
		switch {
		case !block.chosen || block.Module == nil:
		default:
			e := b.evaluation(block, len(b.hostsOf(block)))
			for host, r := range block.at {
				for i := range int(r.count) {
					if err := ctx.Err(); err != nil {
						return err
					}
					e.node(ctx, host, int(r.first)+i)
				}
			}
			e.found.report()
		}
	}
	b.evaluateShared()
	return nil
}

// evaluateNoHost does it where there is no inventory: once for each block, with everything about hosts unknown.
func (b *builder) evaluateNoHost(ctx context.Context) error {
	b.before = b.diags
	for _, block := range b.plan.Blocks {
		if block.Module == nil {
			continue
		}
		e := b.evaluation(block, 0)
		scope := b.plan.blockScope(block, -1, nil)
		if block.forEach() != nil {
			scope.Each = &lang.Each{Key: cty.UnknownVal(cty.String), Value: cty.DynamicVal}
			_, ds := (&lang.Scope{Globals: b.plan.globals, Host: b.plan.anyHost}).Eval(block.forEach())
			b.addNew(ds.Within(block.in())...)
		}
		args, ds := e.args(ctx, scope)
		b.addNew(ds.Within(block.in())...)
		if !ds.HasErrors() && args != cty.NilVal {
			b.addNew(e.judge(ctx, args, sdk.Object{}).Within(block.in())...)
		}
	}
	b.evaluateShared()
	return nil
}

// evaluateShared evaluates what has no host: checks and outputs. What they compare is not known yet; types are.
func (b *builder) evaluateShared() {
	for _, block := range b.plan.Blocks {
		if block.Check == nil {
			continue
		}
		ec, ds := b.plan.blockScope(block, -1, nil).Context(block.Refs)
		if !ds.HasErrors() {
			_, ds = lang.WantBool(block.Check.Rule.Condition, ec)
		}
		b.addNew(ds.Within(block.in())...)
	}
	for _, o := range b.plan.Outputs {
		_, ds := b.plan.OutputScope(nil).Eval(o.Value)
		b.addNew(ds.Within(fmt.Sprintf("output %q", o.Name))...)
	}
}

// evaluation is one block under evaluation.
type evaluation struct {
	b       *builder
	block   *Block
	found   *findings
	perHost bool
	cache   map[string]evaluated        // by instance key, where hosts do not differ
	judged  map[string]diag.Diagnostics // by arguments and data
}

type evaluated struct {
	args cty.Value // NilVal: skipped, or wrong
	key  string    // names the arguments
	ds   diag.Diagnostics
}

func (b *builder) evaluation(block *Block, hosts int) *evaluation {
	return &evaluation{b: b, block: block, found: b.findings(block.in(), hosts), perHost: b.perHost(block),
		cache: map[string]evaluated{}, judged: map[string]diag.Diagnostics{}}
}

// perHost reports whether what a block's expressions give can differ between hosts before the run.
func (b *builder) perHost(block *Block) bool {
	for _, r := range block.Refs {
		switch r.Root {
		case "host", "play":
			return true
		case "local":
			if b.locals.PerHost(r.Name) {
				return true
			}
		case "each":
			if b.exprPerHost(block.forEach()) {
				return true
			}
		}
	}
	return false
}

func (e *evaluation) node(ctx context.Context, host, node int) {
	result := e.evaluated(ctx, node)
	e.found.add(host, result.ds...)
	if _, ok := e.block.Module.(sdk.Validator); !ok || result.args == cty.NilVal {
		return
	}
	data := e.b.plan.data[host][e.block.ModuleName]
	key := result.key + "\x00" + data.key
	ds, ok := e.judged[key]
	if !ok {
		ds = e.judge(ctx, result.args, data.object)
		e.judged[key] = ds
	}
	e.found.add(host, ds...)
}

func (e *evaluation) evaluated(ctx context.Context, node int) evaluated {
	key := e.b.plan.Nodes[node].Addr.Key
	if have, ok := e.cache[key]; ok && !e.perHost {
		return have
	}
	out := evaluated{key: key}
	args, ds := e.args(ctx, e.b.plan.Scope(node, nil))
	out.ds = ds
	if !ds.HasErrors() {
		out.args = args
	}
	if e.perHost {
		if args != cty.NilVal {
			bare, _ := args.UnmarkDeep()
			out.key = bare.GoString()
		}
		return out
	}
	e.cache[key] = out
	return out
}

// args evaluates when and the arguments; NilVal where the condition is known to be false: what is skipped is not judged.
func (e *evaluation) args(ctx context.Context, scope *lang.Scope) (cty.Value, diag.Diagnostics) {
	ec, ds := scope.Context(e.block.Refs)
	if ds.HasErrors() {
		return cty.NilVal, ds
	}
	if e.block.When != nil {
		run, more := lang.WantBool(e.block.When, ec)
		ds = append(ds, more...)
		if more.HasErrors() || run.IsKnown() && run.False() {
			return cty.NilVal, ds
		}
	}
	v, more := e.block.Args.Decode(ctx, ec, e.b.in.Sources)
	if e.block.misfit {
		// What is missing was told with the names that do not fit.
		more = slices.DeleteFunc(more, func(d diag.Diagnostic) bool { return d.Code == diag.MissingArgument })
		return cty.NilVal, append(ds, more...)
	}
	if more.HasErrors() {
		return cty.NilVal, append(ds, more...)
	}
	return v, append(ds, more...)
}
