package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/plugins/sdk"
)

// hostData is what one module is given of a host's data. Two hosts with equal keys give it the same.
type hostData struct {
	object sdk.Object // with marks
	key    string
}

// Data is the host.data values that a node's module declares, typed as it declares them; marks are still on. It is empty for
// a node without host.
func (p *Plan) Data(node int) sdk.Object {
	n := &p.Nodes[node]
	if n.Host < 0 || n.Block == nil {
		return sdk.Object{}
	}
	return p.data[n.Host][n.Block.ModuleName].object
}

// decodeData types every host's data as the modules declare it that have nodes there.
func (b *builder) decodeData(ctx context.Context) {
	b.plan.data = make([]map[string]hostData, len(b.plan.Hosts))
	for i := range b.plan.data {
		b.plan.data[i] = map[string]hostData{}
	}
	found, firstSeen := b.findings("", len(b.plan.Hosts)), map[string]hcl.Range{}
	for _, block := range b.plan.Blocks {
		if block.Module == nil || len(block.Desc.HostData) == 0 {
			continue
		}
		for host, r := range block.at {
			if _, done := b.plan.data[host][block.ModuleName]; done || r.count == 0 {
				continue
			}
			h := b.plan.Hosts[host]
			v, ds := lang.DecodeData(ctx, block.ModuleName, block.Desc.HostData, h.Data, h.DataRange, b.in.Sources)
			found.add(host, missingData(ds, h.Range, block, firstSeen)...)
			bare, _ := v.UnmarkDeep()
			b.plan.data[host][block.ModuleName] = hostData{sdk.Object{Value: v}, bare.GoString()}
		}
	}
	found.report()
}

// missingData words what a module needs and a host does not have: nothing is written that could be pointed at, so the first
// host is.
func missingData(ds diag.Diagnostics, host hcl.Range, block *Block, firstSeen map[string]hcl.Range) diag.Diagnostics {
	for i, d := range ds {
		if d.Subject != nil && d.Subject.Filename != "" {
			continue
		}
		at, ok := firstSeen[d.Summary]
		if !ok {
			at, firstSeen[d.Summary] = host, host
		}
		ds[i].Code, ds[i].Subject = diag.MissingHostData, &at
		ds[i].Detail = fmt.Sprintf("Module %s of %s needs it.", block.ModuleName, block.Addr)
		ds[i].Advice = "Give it in data of the host or of a group. What it means: muster docs " + block.ModuleName
	}
	return ds
}
