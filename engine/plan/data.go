package plan

import (
	"context"

	"github.com/muster-run/muster/engine/lang"
	"github.com/muster-run/muster/plugins/sdk"
)

// hostData is what one module is given of a host's data. Two hosts with equal keys give it the same.
type hostData struct {
	object, bare sdk.Object // with marks, and without
	key          string
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
	found := b.findings("", 0)
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
			found.add(host, ds...)
			bare, _ := v.UnmarkDeep()
			b.plan.data[host][block.ModuleName] = hostData{sdk.Object{Value: v}, sdk.Object{Value: bare}, bare.GoString()}
		}
	}
	found.report()
}
