package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/engine/playbook"
	"github.com/muster-run/muster/plugins/sdk"
)

// probes lists the modules that may stand in a health block.
func (b *builder) probes(ctx context.Context) []string {
	var names []string
	for _, n := range b.in.Modules.Names() {
		if m, err := b.in.Modules.Module(ctx, n); err == nil && m.Describe().Kind == sdk.Probe {
			names = append(names, n)
		}
	}
	return names
}

// module finds the block's module and holds its arguments against the schema.
func (b *builder) module(ctx context.Context, block *Block, body hcl.Body, at hcl.Range) {
	m, err := b.in.Modules.Module(ctx, block.ModuleName)
	if err != nil {
		names := b.in.Modules.Names()
		b.addIn(block, diag.FromError(err, &at, diag.UnknownModule, fmt.Sprintf("unknown module %q", block.ModuleName),
			diag.DidYouMean(block.ModuleName, names, "There are: "+diag.List(names)+".")))
		return
	}
	block.Module, block.Desc = m, m.Describe()
	args, ds := lang.Compile(block.ModuleName, body, block.Desc.Args, b.functions)
	block.Args = args
	block.misfit = ds.HasErrors()
	block.Refs = append(block.Refs, args.Refs()...)
	b.addIn(block, b.habits(ds)...)
}

// habits gives the advice for words of other tools in place of a misspelling, where lang found an unknown argument.
func (b *builder) habits(ds diag.Diagnostics) diag.Diagnostics {
	for i, d := range ds {
		if d.Subject == nil || d.Code != diag.UnknownArgument && d.Code != diag.UnknownBlock {
			continue
		}
		src := b.in.Playbook.Sources[d.Subject.Filename]
		if !d.Subject.CanSliceBytes(src) {
			continue
		}
		if advice, ok := playbook.Habit(string(d.Subject.SliceBytes(src))); ok {
			ds[i].Advice = advice
		}
	}
	return ds
}
