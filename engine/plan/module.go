package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/addr"
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
	b.addIn(block, b.habits(block.Addr.Kind, ds)...)
}

// habits gives, where lang found an unknown argument, the advice for a word of other tools; and where it is like none of the
// module's, the word of the engine that was meant.
func (b *builder) habits(kind addr.Kind, ds diag.Diagnostics) diag.Diagnostics {
	for i, d := range ds {
		if d.Subject == nil || d.Code != diag.UnknownArgument && d.Code != diag.UnknownBlock {
			continue
		}
		src := b.in.Playbook.Sources[d.Subject.Filename]
		if !d.Subject.CanSliceBytes(src) {
			continue
		}
		word := string(d.Subject.SliceBytes(src))
		if advice, ok := playbook.Habit(word); ok {
			ds[i].Advice = advice
		} else if own := diag.Nearest(word, playbook.Words(kind)); own != "" && !strings.HasPrefix(d.Advice, "Did you mean") {
			ds[i].Advice = fmt.Sprintf("Did you mean %q?", own)
		}
	}
	return ds
}
